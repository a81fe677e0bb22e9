"""Names of programs and services. They are not corrected, but others are to them."""

_NAMES = """
airflow ajax android ansible anydesk apache arenadata asana asterisk azure babel bash bitbucket
bitrix blender bluetooth camunda celery chatgpt chrome citrix clickhouse clickup cloudflare
confluence consul curl dart debian delphi discord django docker dropbox drupal elastic elasticsearch
elk evernote excel exchange fastapi fedora figma firefox flask flink gerrit git gitea github gitlab
gmail golang google gradle grafana graphana greenplum hadoop haproxy harbor helm hive intellij
iphone istio java javascript jenkins jira jive jupyter kafka kaiten kali kanban kaspersky keycloak
kibana kotlin kubectl kubernetes kvm ldap libreoffice linkedin linux loki macos mail maria matlab
mattermost maven meet memcached metabase microsoft minio miro mobaxterm mongo mongodb moodle mssql
mypy mysql nextcloud nexus nginx node nodejs notion npm numpy obsidian okta ollama onedrive onenote
onlyoffice openai openshift openvpn oracle outlook pandas perl photoshop php phpstorm pip podman
polar portainer postgres postgresql postman power powerpoint powershell prometheus proxmox putty
pycharm pytest python qua rabbit rabbitmq react redis redmine rocket ruby rust rustdesk salt samba
scala scrum selectel selenium sentry sharepoint skype slack solr sonar spark spring sql squid ssh
ssl superset swagger swift symfony tableau tarantool teamcity teams teamviewer telegram terraform
todoist tomcat tornado traefik trello typescript ubuntu usedesk vault veeam viber vim virtualbox
visio vmware vpn vscode webex webpack websocket weeek whatsapp wiki wildberries windows wireguard
wireshark word wordpress wrike yarn youtrack youtube zabbix zeppelin zookeeper zoom
"""

TOOL_NAMES = frozenset(_NAMES.split())
