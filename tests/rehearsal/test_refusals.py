"""What can't be rehearsed is refused with status 2 and words that say what to do."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.sites import HostPages, free_port
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

Refuse = Callable[..., str]


@pytest.fixture(scope="module")
def host() -> Iterator[HostPages]:
    """A host of pages that a test writes."""
    pages = HostPages()
    yield pages
    pages.stop()


@pytest.fixture(scope="module")
def keys(gateway: Gateway, host: HostPages) -> Any:
    """The keys of a provider that allows the host's origin, and no guests in its sandbox."""
    return gateway.command(
        *("provider", "create", "--slug", "narrow", "--name", "Narrow", "--policy", "postpaid"),
        *("--origin", host.url),
    )


@pytest.fixture
def refuse(gateway: Gateway, keys: dict[str, str]) -> Refuse:
    """Run the command, which has to refuse; return what it said. No key is ever in it."""

    def run(url: str, *arguments: str, gateway_url: str = gateway.url, **variables: str) -> str:
        known = {"CLIENT_KEY": keys["sandbox_key"]} | variables
        done = gateway.run(
            *("rehearse", url, "--gateway", gateway_url, "--patience", "1", *arguments), **known
        )
        assert done.returncode == 2, done.stdout + done.stderr
        assert done.stdout == ""
        for key in (keys["client_key"], keys["sandbox_key"], *known.values()):
            assert not key or key not in done.stderr
        return done.stderr

    return run


def widget(at: Gateway, /, **attributes: str) -> str:
    """A page with the widget of the provider."""
    written = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return (
        f'<script type="module" src="{at.url}/static/widget/widget.js"></script>'
        f'<test-widget provider="narrow" test="work-values" {written}></test-widget>'
    )


def test_a_live_key_is_refused_and_not_repeated(refuse: Refuse, keys: dict[str, str]) -> None:
    told = refuse("http://localhost:1/", CLIENT_KEY=keys["client_key"])
    assert "live key" in told
    assert "sandbox key" in told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("", "Set CLIENT_KEY"),
        ("something", "begin with test_"),
        ("test_" + "x" * 43, "refuses the sandbox key (404 client_not_found)"),
        ("test_\n", "begin with test_"),
    ],
)
def test_what_is_no_sandbox_key_is_refused(refuse: Refuse, key: str, told: str) -> None:
    assert told in refuse("http://localhost:1/", CLIENT_KEY=key)


def test_a_gateway_that_is_not_there_is_told(refuse: Refuse, host: HostPages) -> None:
    nobody = f"http://localhost:{free_port()}"
    assert "does not answer" in refuse(host.url, gateway_url=nobody)
    assert "no Widget Gateway" in refuse(host.url, gateway_url=host.url)
    assert "https:// or http://" in refuse(host.url, gateway_url="gateway.example")


def test_a_plan_that_is_wrong_is_told_with_its_place(refuse: Refuse, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("sign_in: [{klick: a}]", "utf-8")
    assert "$.sign_in[0]" in refuse("http://localhost:1/", "--plan", str(plan))
    plan.write_text("sign_in: [", "utf-8")
    assert "is no YAML, line 1" in refuse("http://localhost:1/", "--plan", str(plan))


def test_a_webhook_needs_its_secret(refuse: Refuse) -> None:
    hook = ("--webhook", "http://localhost:1/")
    assert "WEBHOOK_SECRET" in refuse("http://localhost:1/", *hook)
    told = refuse("http://localhost:1/", *hook, WEBHOOK_SECRET="my secret")
    assert "begin with whsec_" in told


def test_a_page_that_does_not_load_is_told(refuse: Refuse, host: HostPages) -> None:
    assert "does not load" in refuse(f"http://localhost:{free_port()}/")
    assert "answers with 404" in refuse(f"{host.url}/none")
    assert "https:// or http://" in refuse("localhost/test")


def test_a_page_without_a_widget_is_told(refuse: Refuse, host: HostPages) -> None:
    assert "There is no widget" in refuse(host.add("/empty", "<p>Soon</p>"))


def test_a_page_of_live_attempts_is_refused_before_one_begins(
    refuse: Refuse, gateway: Gateway, host: HostPages
) -> None:
    page = host.add("/live", widget(gateway))
    assert "begins live attempts" in refuse(page)


def test_a_sandbox_without_guests_is_told(
    refuse: Refuse, gateway: Gateway, host: HostPages
) -> None:
    page = host.add("/no-guests", widget(gateway, sandbox=""))
    assert "--sandbox-guests" in refuse(page)


def test_a_widget_of_another_gateway_is_refused(
    refuse: Refuse, gateway: Gateway, host: HostPages
) -> None:
    page = host.add("/elsewhere", widget(gateway, sandbox="", gateway="http://localhost:1"))
    assert "uses the gateway http://localhost:1/, not" in refuse(page, "--patience", "3")


def test_a_machine_without_a_browser_is_told(refuse: Refuse, host: HostPages) -> None:
    assert "apt install chromium" in refuse(host.url, PATH="/nowhere")
    assert "does not start" in refuse(host.url, "--browser", "/bin/false")


def test_without_playwright_the_command_says_how_to_install_it() -> None:
    program = (
        "import sys; sys.modules['playwright'] = None\n"
        "from widget_gateway.cli import main\n"
        "main(['rehearse', 'http://localhost:1/'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"CLIENT_KEY": "test_x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'widget-gateway[rehearse]'" in done.stderr
