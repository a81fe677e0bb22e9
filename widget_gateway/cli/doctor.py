"""`doctor`: tells whether everything is in order, and if not, what to do about it."""

import asyncio
import sys

import click
import msgspec

from handlers.documents.worker_pool import PdfRenderer
from storage.mongod.process import explain_refusal
from widget_gateway.cli.installation import look_at_disk, look_at_packages
from widget_gateway.cli.running import (
    check_open_files,
    json_option,
    print_json,
)
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.errors import (
    DataDirectoryError,
    GatewayError,
    MachineError,
    RenderingError,
    SettingsError,
)
from widget_gateway.logs import configure_logs
from widget_gateway.services.health import Finding
from widget_gateway.settings import PREFIX, RANDOM_KEY_COMMAND, LogLevel, Settings, read_settings

_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


_LONGER = {
    "JWT_SECRET": f"Make a longer one: {RANDOM_KEY_COMMAND}. Keep this one as JWT_OLD_SECRET "
    "for two weeks, as the portal's page says.",
    "PIN_PEPPER": f"Before anybody has a PIN, make a longer one: {RANDOM_KEY_COMMAND}. Later that "
    "would make all PINs void.",
    "CALLBACK_KEY": f"Agree on a longer one with the portal: {RANDOM_KEY_COMMAND}",
}
"""What to do about a short secret, by its setting."""


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
            click.echo(f"{_word_of(finding)}  {finding.subject}: {finding.detail}")
            if _is_amiss(finding) and finding.remedy:
                click.echo(f"       {finding.remedy}")
    sys.exit(0 if healthy else 1)


def findings_as_dicts(findings: list[Finding]) -> list[dict[str, object]]:
    """Describe the findings for `--json`; only faults and warnings have a remedy."""
    return [
        {"subject": finding.subject, "ok": finding.ok, "detail": finding.detail}
        | ({"warns": True} if finding.warns else {})
        | ({"remedy": finding.remedy} if _is_amiss(finding) else {})
        for finding in findings
    ]


def _is_amiss(finding: Finding) -> bool:
    return finding.warns or not finding.ok


def _word_of(finding: Finding) -> str:
    if not finding.ok:
        return "FAULT"
    return "warn " if finding.warns else "ok   "


def _look() -> list[Finding]:
    try:
        check_open_files()
        settings = read_settings()
    except MachineError as error:
        return [Finding("open files", ok=False, detail=error.message)]
    except SettingsError as error:
        remedy = "Correct this variable; README.md lists them all."
        return [Finding("settings", ok=False, detail=error.message, remedy=remedy)]
    configure_logs(msgspec.structs.replace(settings, log_level=LogLevel.ERROR))
    return [
        *_look_at_settings(settings),
        look_at_packages(),
        _look_at_pdf(),
        *look_at_disk(settings),
        *_look_at_storage(settings),
    ]


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
        *(
            Finding(
                "secrets",
                ok=True,
                warns=True,
                detail=f"{name} is short, so it could be guessed",
                remedy=_LONGER[name.removeprefix(PREFIX)],
            )
            for name in settings.short_secrets
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
    except (RenderingError, OSError) as error:
        # It is no fault: a gateway that makes no PDFs needs neither Pango nor fonts.
        return Finding(
            "PDF",
            ok=True,
            warns=True,
            detail=str(error).removesuffix("."),
            remedy="If reports or invoices are to be PDFs, install Pango and a font. On Debian and "
            f"Ubuntu: sudo apt-get install {_PACKAGES}",
        )
    return Finding("PDF", ok=True, detail="can be made")


def _look_at_storage(settings: Settings) -> list[Finding]:
    async def examine() -> list[Finding]:
        async with open_backend(settings) as backend:
            return await backend.doctor.examine()

    try:
        return asyncio.run(examine())
    except DataDirectoryError as error:  # The message says what to do.
        return [Finding("storage", ok=False, detail=error.message)]
    except GatewayError as error:
        remedy = (
            f"Look into {settings.data_path / 'mongodb'}, or set {PREFIX}MONGODB_URI."
            if settings.embedded
            else f"Is MongoDB up, a replica set, and {PREFIX}MONGODB_URI right?"
        )
        return [Finding("storage", ok=False, detail=error.message, remedy=remedy)]
    except OSError as error:
        return [Finding("storage", ok=False, detail=explain_refusal(error))]
