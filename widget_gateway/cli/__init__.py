"""The command line (docs/protocol/http.md, "Command line and settings")."""

import click

from widget_gateway.cli.audit import audit
from widget_gateway.cli.backup import backup
from widget_gateway.cli.billing import invoice, usage
from widget_gateway.cli.cluster import cluster
from widget_gateway.cli.demo import demo
from widget_gateway.cli.doctor import doctor
from widget_gateway.cli.group import CommandGroup
from widget_gateway.cli.migrate import migrate
from widget_gateway.cli.operators import operator
from widget_gateway.cli.privacy import person, retention, user_erase, user_export
from widget_gateway.cli.providers import provider
from widget_gateway.cli.qua import qua
from widget_gateway.cli.qua_spell import spell
from widget_gateway.cli.rehearse import rehearse
from widget_gateway.cli.restore import restore
from widget_gateway.cli.serve import serve
from widget_gateway.cli.test_diff import diff
from widget_gateway.cli.test_norms import norms
from widget_gateway.cli.test_preview import preview
from widget_gateway.cli.test_states import publish, withdraw
from widget_gateway.cli.test_statistics import stats
from widget_gateway.cli.tests import test
from widget_gateway.cli.webhooks import webhook
from widget_gateway.cli.widget import widget


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="widget-gateway")
def main() -> None:
    """Widget Gateway: embedded tests on partners' pages.

    Settings come from variables with the prefix WIDGET_GATEWAY_; README.md lists them.
    """


for command in (usage, invoice, webhook, user_export, user_erase, retention):
    provider.add_command(command)
for command in (publish, withdraw, stats, norms, diff, preview):
    test.add_command(command)
qua.add_command(spell)
COMMANDS = (
    *(serve, demo, cluster, operator, provider, test, widget, audit, person, qua),
    *(backup, restore, migrate, doctor, rehearse),
)
for command in COMMANDS:
    main.add_command(command)
