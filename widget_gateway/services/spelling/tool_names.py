"""Names of programs and services. They are not corrected to Russian words."""

_NAMES = """
ajax ansible apache asana asterisk azure babel bash bitbucket bitrix blender camunda celery
chrome confluence consul curl dart debian delphi discord django docker drupal elastic
elasticsearch elk excel exchange fedora figma firefox flask flink gerrit git github gitlab
golang gradle grafana graphana hadoop harbor helm hive istio java javascript jenkins jira jive
jupyter kafka kali kanban keycloak kibana kotlin kubectl kubernetes kvm ldap linux loki mail
maria mattermost maven meet mongo mongodb moodle mssql mysql nexus nginx node notion npm numpy
okta oracle outlook pandas perl photoshop php pip podman polar portainer postgres postgresql
postman power prometheus pycharm pytest python qua rabbit rabbitmq react redis redmine rocket
ruby rust salt samba scala scrum selenium sentry sharepoint skype slack solr sonar spark spring
sql squid ssh ssl swift symfony tableau teamcity teams telegram terraform tomcat tornado trello
ubuntu vault vim visio vpn webex websocket whatsapp wiki windows word wordpress yarn youtrack
zabbix zeppelin zookeeper zoom
"""

TOOL_NAMES = frozenset(_NAMES.split())
