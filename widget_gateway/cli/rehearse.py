"""`rehearse`: drives a partner's page in a browser and prints the go-live list."""

import os
import secrets
import shlex
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from widget_gateway.cli.running import print_json

if TYPE_CHECKING:
    from widget_gateway.rehearsal.findings import Findings

KEY = "CLIENT_KEY"
GATEWAY = "GATEWAY"
SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
HAND_S = 900.0
"""Seconds that a person has for each thing that is done by hand."""


class Refused(click.ClickException):
    """The rehearsal can't take place."""

    exit_code = 2


@click.command()
@click.argument("url")
@click.option("--gateway", envvar=GATEWAY, help=f"The gateway's address; or {GATEWAY} is set.")
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), help="How to sign in and pay (YAML)."
)
@click.option("--by-hand", is_flag=True, help="Show the browser; you sign in and pay yourself.")
@click.option("--webhook", help=f"Your webhook's address; {SECRET} has its secret.")
@click.option("--browser", help="The program of a Chromium, Chrome or Edge.")
@click.option("--locale", type=click.Choice(("en", "ru")), default="en", show_default=True)
@click.option("--junit", type=click.Path(path_type=Path), help="Also write a file for pipelines.")
@click.option("--screenshots", type=click.Path(path_type=Path), help="A folder for pictures.")
@click.option(
    "--patience",
    type=click.FloatRange(1, 300),
    default=20.0,
    show_default=True,
    help="Seconds to wait for what your site should do soon.",
)
@click.option("--restart", help="A command that restarts the gateway, instead of a cut line.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
def rehearse(  # noqa: PLR0913 - click passes an argument for each option
    *,
    url: str,
    gateway: str | None,
    plan_file: Path | None,
    by_hand: bool,
    webhook: str | None,
    browser: str | None,
    locale: str,
    junit: Path | None,
    screenshots: Path | None,
    patience: float,
    restart: str | None,
    as_json: bool,
) -> None:
    """Rehearse a partner's page with the widget at URL, in the sandbox.

    The environment variable CLIENT_KEY has the sandbox key. A visitor takes the test in a real
    browser, with what goes wrong in life. Then a list says what is right, what to repair, and what
    could not be seen. Status 1: something has to be repaired; 2: the rehearsal can't take place.
    """
    if find_spec("playwright") is None:
        raise Refused("This needs Playwright: pip install 'widget-gateway[rehearse]'")
    # Playwright is an extra, so nothing of it is imported before.
    from playwright.sync_api import Error as BrowserError  # noqa: PLC0415

    from widget_gateway.rehearsal import report  # noqa: PLC0415
    from widget_gateway.rehearsal.errors import RehearsalRefusedError  # noqa: PLC0415
    from widget_gateway.rehearsal.words import words_in  # noqa: PLC0415

    words = words_in(locale)
    begun = time.monotonic()

    def tell(stage: str) -> None:
        click.echo(f"… {words.stages.get(stage, stage)}", err=True)

    try:
        findings = _rehearse(
            url,
            gateway=gateway,
            plan_file=plan_file,
            by_hand=by_hand,
            webhook=webhook,
            program=browser,
            locale=locale,
            screenshots=screenshots,
            patience_s=patience,
            restart=tuple(shlex.split(restart or "")),
            tell=tell if by_hand or not as_json else (lambda _: None),
        )
        seconds = time.monotonic() - begun
        if junit is not None:
            report.write_junit(junit, findings, words, url, seconds)
    except RehearsalRefusedError as refusal:
        raise Refused(str(refusal)) from None
    except BrowserError as error:
        raise Refused(f"The browser failed: {error.message.partition(chr(10))[0]}") from None
    if as_json:
        print_json(report.as_json(findings, words, url, seconds))
    else:
        click.echo(report.printed(findings, words, url, seconds))
    sys.exit(1 if findings.has_failed else 0)


def _rehearse(  # noqa: PLR0913 - what the options say
    url: str,
    *,
    gateway: str | None,
    plan_file: Path | None,
    by_hand: bool,
    webhook: str | None,
    program: str | None,
    locale: str,
    screenshots: Path | None,
    patience_s: float,
    restart: tuple[str, ...],
    tell: Callable[[str], None],
) -> "Findings":
    from widget_gateway.rehearsal.browser import open_browser  # noqa: PLC0415
    from widget_gateway.rehearsal.errors import RehearsalRefusedError  # noqa: PLC0415
    from widget_gateway.rehearsal.gateway import SandboxGateway  # noqa: PLC0415
    from widget_gateway.rehearsal.plan import NO_PLAN, read_plan  # noqa: PLC0415
    from widget_gateway.rehearsal.rehearsal import Rehearsal  # noqa: PLC0415
    from widget_gateway.rehearsal.relay import Relay  # noqa: PLC0415
    from widget_gateway.rehearsal.story import rehearse as run  # noqa: PLC0415
    from widget_gateway.rehearsal.traffic import Traffic  # noqa: PLC0415
    from widget_gateway.rehearsal.webhooks import WebhookSender  # noqa: PLC0415

    if not url.startswith(("https://", "http://")):
        raise RehearsalRefusedError("The page's address has to begin with https:// or http://.")
    if not gateway:
        raise RehearsalRefusedError(f"Name the gateway by --gateway or {GATEWAY}.")
    if not os.environ.get(KEY):
        raise RehearsalRefusedError(f"Set {KEY} to your sandbox key, which begins with test_.")
    if webhook and not os.environ.get(SECRET):
        raise RehearsalRefusedError(f"Set {SECRET} to the secret of your webhook.")
    if screenshots is not None:
        try:
            screenshots.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RehearsalRefusedError(f"{screenshots}: {error.strerror}.") from None
    plan = read_plan(plan_file) if plan_file is not None else NO_PLAN
    sandbox = SandboxGateway(gateway, os.environ[KEY])
    sender = WebhookSender(webhook, os.environ[SECRET]) if webhook else None
    sandbox.check()
    traffic = Traffic(sandbox.key, sandbox.url)
    with (
        Relay(*sandbox.address) as relay,
        open_browser(
            program, relay, traffic, headed=by_hand, locale=locale, patience_s=patience_s
        ) as browsers,
    ):
        rehearsal = Rehearsal(
            url=url,
            plan=plan,
            run=secrets.token_hex(3),
            gateway=sandbox,
            relay=relay,
            browsers=browsers,
            traffic=traffic,
            webhook=sender,
            by_hand=by_hand,
            by_hand_s=HAND_S,
            tell=tell,
            screenshots=screenshots,
            restart=restart,
        )
        run(rehearsal)
        return rehearsal.findings
