"""`doctor`: tells whether everything is in order, and if not, what to do about it."""

import asyncio
import sys

import click
import msgspec

from handlers.documents.worker_pool import PdfRenderer
from widget_gateway.cli.running import json_option, print_json
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.errors import GatewayError, RenderingError, SettingsError
from widget_gateway.logs import configure_logs
from widget_gateway.services.health import Finding
from widget_gateway.settings import PREFIX, LogLevel, Settings, read_settings

_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check settings, storage, indexes, time and counters. Exit status 1 where a fault is found."""
    findings = _look()
    healthy = all(finding.ok for finding in findings)
    if as_json:
        print_json({"healthy": healthy, "findings": findings_as_dicts(findings)})
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'FAULT'}  {finding.subject}: {finding.detail}")
            if not finding.ok and finding.remedy:
                click.echo(f"       {finding.remedy}")
    sys.exit(0 if healthy else 1)


def findings_as_dicts(findings: list[Finding]) -> list[dict[str, object]]:
    """Describe the findings for `--json`; only faults have a remedy."""
    return [
        {"subject": finding.subject, "ok": finding.ok, "detail": finding.detail}
        | ({} if finding.ok else {"remedy": finding.remedy})
        for finding in findings
    ]


def _look() -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        remedy = "Correct this variable; README.md lists them all."
        return [Finding("settings", ok=False, detail=error.message, remedy=remedy)]
    configure_logs(msgspec.structs.replace(settings, log_level=LogLevel.ERROR))
    return [*_look_at_settings(settings), _look_at_pdf(), *_look_at_storage(settings)]


def _look_at_settings(settings: Settings) -> list[Finding]:
    database = "embedded" if settings.embedded else "as set"
    return [
        Finding("settings", ok=True, detail=f"read; MongoDB: {database}"),
        Finding(
            "portal API",
            ok=True,  # A gateway needs no portal.
            detail="has its key"
            if settings.callback_key
            else f"closed (answers 503): {PREFIX}CALLBACK_KEY is not set; where there is a portal, "
            "set it to the key that the portal sends",
        ),
    ]


def _look_at_pdf() -> Finding:
    async def make_pdf() -> None:
        renderer = PdfRenderer()
        try:
            await renderer.render('<p lang="ru">Счёт', "doctor")
        finally:
            await renderer.close()

    try:
        asyncio.run(make_pdf())
    except RenderingError as error:
        # It is no fault: a gateway that makes no PDFs needs neither Pango nor fonts.
        why = error.message.removesuffix(".")
        detail = f"{why}. Where they are needed, install Pango and a font: on Debian {_PACKAGES}"
        return Finding("PDF", ok=True, detail=detail)
    return Finding("PDF", ok=True, detail="can be made")


def _look_at_storage(settings: Settings) -> list[Finding]:
    async def examine() -> list[Finding]:
        async with open_backend(settings) as backend:
            health = await backend.services.public.health.examine()
            return [*health, *await backend.first_steps.findings()]

    try:
        return asyncio.run(examine())
    except GatewayError as error:
        remedy = (
            f"Look into {settings.data_path / 'mongodb'}, or set {PREFIX}MONGODB_URI."
            if settings.embedded
            else f"Is MongoDB up, a replica set, and {PREFIX}MONGODB_URI right?"
        )
        return [Finding("storage", ok=False, detail=error.message, remedy=remedy)]
