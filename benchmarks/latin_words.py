"""Words in Latin letters: misspelled ones with what is meant, and right ones, which must stay.

All were written before any was tried. The first list of each kind served to choose numbers and
names of tools; the second one was written after that. docs/spelling.md has the results.
"""

_MISSPELLED = """
outlok=outlook whatsap=whatsapp wildberies=wildberries photohsop=photoshop confluense=confluence
mattermsot=mattermost kubernets=kubernetes dokcer=docker exel=excel pasword=password
onbording=onboarding dedline=deadline telegramm=telegram gihtub=github gitalb=gitlab
postgressql=postgresql elasticserach=elasticsearch jenkis=jenkins grafanna=grafana
promethues=prometheus terrafrom=terraform ansibel=ansible powerpiont=powerpoint sharepont=sharepoint
discrod=discord figam=figma bitriks=bitrix instagramm=instagram linkedn=linkedin youtub=youtube
googel=google microsft=microsoft windovs=windows andriod=android firefix=firefox chorme=chrome
javascritp=javascript pyhton=python calender=calendar meetting=meeting feedbak=feedback
busines=business managment=management recieve=receive adress=address acount=account
maintanance=maintenance enviroment=environment repositry=repository databse=database
securty=security notificaton=notification templete=template invocie=invoice vaccation=vacation
trelo=trello zabix=zabbix keyclaok=keycloak brouser=browser messanger=messenger drobox=dropbox
bluetoth=bluetooth
"""

_MORE_MISSPELLED = """
sentri=sentry gogle=google thunderbrid=thunderbird teamviwer=teamviewer vritualbox=virtualbox
openvnp=openvpn pycharn=pycharm bitbuckett=bitbucket zeppelinn=zeppelin youtrak=youtrack skyp=skype
telegarm=telegram notepd=notepad acrobt=acrobat inkscpae=inkscape premuim=premium
subscribtion=subscription roadmp=roadmap standap=standup workfow=workflow newsleter=newsletter
presentaton=presentation spreadsheat=spreadsheet conferense=conference payrol=payroll bugdet=budget
overtme=overtime complience=compliance benifits=benefits recruting=recruiting
retrospectiv=retrospective brainstrom=brainstorm scheduel=schedule guidline=guideline
templat=template authentification=authentication certficate=certificate kaitten=kaiten
yougil=yougile bitrx=bitrix hadop=hadoop clikhouse=clickhouse swager=swagger webhok=webhook
tiket=ticket
"""

_RIGHT = """
Miro Jira Redis Mattermost Kaiten Loop Pachca Yougile Weeek Teamly Bitrix Directum Docsvision Tessa
Naumen Okdesk Usedesk Omnidesk Jivo Planfix Megaplan Wrike ClickUp Basecamp Todoist Evernote
Obsidian Logseq Anytype Airtable Grist NocoDB Baserow Metabase Superset Redash Datalens Clickhouse
Greenplum Tarantool Vertica Arenadata Picodata GigaChat Ollama Langfuse Qdrant Milvus Weaviate Dify
Valkey Minio Ceph Longhorn Cilium Calico Linkerd Traefik Caddy Angie Haproxy Keydb Pgbouncer Patroni
Odyssey Barman Restic Kopia Velero Pulumi Nomad Packer Buildah Skopeo Kaniko Skaffold ArgoCD Gitea
Forgejo Gogs SonarQube Semgrep Trivy Falco Wazuh Suricata RustDesk AnyDesk Radmin Termius PuTTY
MobaXterm Rutoken JaCarta CryptoPro ViPNet Kaspersky Vinteo TrueConf Dion Telemost Ktalk Sferum
getUserName userId maxRetries nginx kubectl systemd crontab rsync tmux hotfix changelog standup
grooming onboarding offboarding timesheet payslip refactoring rollback webhook runbook backlog
"""

_MORE_RIGHT = """
Pyrus Elma Comindware Bpmsoft Creatio Galaktika Parus Diadoc Astral Taxcom Sigur Perco Bolid Trassir
Axxon Macroscop Videomost Mango Sipuni Novofon Zadarma Uiscom Calltouch Roistat Mindbox Unisender
Sendsay Dashamail Tilda Webflow Framer Penpot Pixso Excalidraw Whimsical Lucidchart Mermaid Plantuml
Swimm Gramax Docusaurus Hugo Gatsby Astro Svelte Nuxt Vite Esbuild Pnpm Ruff Poetry Pydantic Alembic
Celery Dramatiq Huey Litestar Quart Sanic Redpanda Pulsar Nats Temporal Dagster Prefect Mlflow
Evidently Feast Neptune Comet Polars DuckDB Lakehouse Trino Presto Doris Starrocks Ydb Loginom
Polymatica Visiology Luxms Alertmanager Thanos Mimir Tempo Jaeger Zipkin Uptrace Signoz Glitchtip
Healthchecks Cronitor Opsgenie Grafana OnCall Teleport Boundary Pritunl Netbird Tailscale Headscale
Zerotier parseJson toString isActive httpClient maxSize
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read pairs of what is typed and what is meant."""
    return [(typed, meant) for typed, _, meant in (pair.partition("=") for pair in text.split())]


MISSPELLED = (_pairs(_MISSPELLED), _pairs(_MORE_MISSPELLED))
RIGHT = (_RIGHT.split(), _MORE_RIGHT.split())
