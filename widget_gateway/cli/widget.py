"""`widget snippet`: prints the code by which a partner's page gets the widget."""

import os
from typing import Any

import click

from widget_gateway.cli.parameter_types import LocaleTagType, OriginType, SlugType
from widget_gateway.cli.running import json_option, load_settings, print_json, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.catalogue.tests import AccessMode
from widget_gateway.domain.errors import TestNotAllowedError, WidgetNotJoinedError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Provider, TestKind
from widget_gateway.domain.widget_snippets import PinnedScript, snippet

_HINTS: dict[str, dict[str, str]] = {
    "en": {
        "pinned": "Browsers run this script only if it is byte for byte what the hash says. It "
        "stays available for as long as pages ask for it, also after upgrades of the gateway. To "
        "move a page to the widget of a newer gateway, run this command again.",
        "newest": "A page that always wants the gateway's newest widget names this instead, "
        "without a hash: {url}",
        "policy": "A Content-Security-Policy needs at least: {policy}",
        "origin": "No page may show this provider's tests yet: widget-gateway provider update "
        "{provider} --origin https://…",
        "sandbox": "Guests of a page may not use this provider's sandbox yet: widget-gateway "
        "provider update {provider} --sandbox-guests",
        "disabled": "The provider is disabled, so its pages show no test.",
        "public_url": "The address of the gateway is a guess. Say --gateway https://…, or set "
        "WIDGET_GATEWAY_PUBLIC_URL.",
    },
    "ru": {
        "pinned": "Браузер выполнит этот скрипт, только если он до байта совпадает с хешем. Скрипт "
        "доступен, пока его запрашивают страницы, и после обновлений шлюза тоже. Чтобы перевести "
        "страницу на виджет нового шлюза, выполните эту команду ещё раз.",
        "newest": "Страница, которой всегда нужен самый новый виджет шлюза, указывает вместо этого "
        "адрес без хеша: {url}",
        "policy": "Если на странице есть Content-Security-Policy, в ней нужно по меньшей мере: "
        "{policy}",
        "origin": "Пока ни одна страница не может показать тесты этого партнёра: widget-gateway "
        "provider update {provider} --origin https://…",
        "sandbox": "Гостям страниц пока нельзя в песочницу этого партнёра: widget-gateway "
        "provider update {provider} --sandbox-guests",
        "disabled": "Партнёр отключён, поэтому его страницы не показывают тестов.",
        "public_url": "Адрес шлюза — догадка. Укажите --gateway https://… или задайте "
        "WIDGET_GATEWAY_PUBLIC_URL.",
    },
}


@click.group()
def widget() -> None:
    """The widget on partners' pages."""


@widget.command("snippet")
@click.option("--provider", "slug", type=SlugType(), required=True, help="The provider's slug.")
@click.option("--test", required=True, help="The test's slug.")
@click.option("--locale", type=LocaleTagType(), help="A language; without it the page's counts.")
@click.option("--theme", type=click.Choice(["auto", "light", "dark"]))
@click.option("--manual", is_flag=True, help="Always begin with the welcome screen.")
@click.option("--show-result", is_flag=True, help="Show the report in the widget at the end.")
@click.option("--sandbox", is_flag=True, help="Guests of the page live in the sandbox.")
@click.option("--frame", is_flag=True, help="Show the widget in an iframe.")
@click.option("--gateway", type=OriginType(), help="The gateway's public URL [PUBLIC_URL].")
@click.option(
    "--hints",
    "language",
    type=click.Choice(["en", "ru"]),
    help="The language of the hints [that of the terminal].",
)
@json_option
def print_snippet(
    *,
    slug: str,
    test: str,
    gateway: str | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Print the HTML that shows a test on a page, with the script's version and hash.

    The HTML goes to standard output, and hints to standard error.
    """
    settings = load_settings(as_json=as_json)
    is_guess = gateway is None and settings.public_url is None
    home = (gateway or settings.public_url or f"http://localhost:{settings.port}").rstrip("/")

    async def work(backend: Backend) -> tuple[Provider, PinnedScript]:
        found = await _checked(backend, ProviderSlug(slug), TestSlug(test))
        files = backend.services.public.widget_files
        script = files.pinned_script("frame.js" if chosen["frame"] else "widget.js", home)
        if script is None:
            raise WidgetNotJoinedError
        await files.pin()
        return found, script

    provider, script = run(work, as_json=as_json)
    html = snippet(script, _attributes(slug, test, **chosen))
    if as_json:
        print_json(
            {
                "html": html,
                "src": script.url,
                "version": script.version,
                "integrity": script.integrity,
            }
        )
        return
    click.echo(html, nl=False)
    words = _HINTS[chosen["language"] or ("ru" if _terminal_language().startswith("ru") else "en")]
    for hint in _hints(provider, script, sandbox=chosen["sandbox"], is_guess=is_guess):
        click.echo(f"\n{words[hint[0]].format(**hint[1])}", err=True)


async def _checked(backend: Backend, slug: ProviderSlug, test: TestSlug) -> Provider:
    """Return the provider, whose pages can show the test.

    Raises:
        ProviderNotFoundError, TestNotFoundError: there is none, or the test is not published.
        TestNotAllowedError: the provider may not use the test, or no widget can show it.
    """
    provider = await backend.services.partner.providers.get(slug)
    definition = await backend.services.public.catalogue.get_current(test)
    if provider.kind_of(test) is TestKind.FORBIDDEN:
        raise TestNotAllowedError
    if definition.access is AccessMode.CALCULATION:
        raise TestNotAllowedError("The test is only calculated: no widget can show it.")
    return provider


def _attributes(slug: str, test: str, **chosen: Any) -> dict[str, str | None]:
    return {
        "provider": slug,
        "test": test,
        "locale": chosen["locale"],
        "theme": chosen["theme"],
        "start-mode": "manual" if chosen["manual"] else None,
        "show-result": "on" if chosen["show_result"] else None,
        "sandbox": "" if chosen["sandbox"] else None,
    }


def _hints(
    provider: Provider, script: PinnedScript, *, sandbox: bool, is_guess: bool
) -> list[tuple[str, dict[str, str]]]:
    """Return which hints are useful, with what they are filled in with."""
    home = script.gateway
    needs = f"script-src {home}; connect-src {home} {home.replace('http', 'ws', 1)}"
    if script.name == "frame.js":
        needs = f"script-src {home}; frame-src {home}; connect-src {home}"
    named = {"provider": str(provider.slug)}
    found = [
        ("pinned", {}),
        ("newest", {"url": f"{home}/static/widget/{script.name}"}),
        ("policy", {"policy": needs}),
    ]
    if not provider.enabled:
        found.append(("disabled", {}))
    if not provider.origins and not provider.allow_no_origin:
        found.append(("origin", named))
    if sandbox and not provider.sandbox_guests:
        found.append(("sandbox", named))
    if is_guess:
        found.append(("public_url", {}))
    return found


def _terminal_language() -> str:
    return next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
