"""Pages that do otherwise than the demo site: tokens, a frame, no policy, no sign-in."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.browser.sites import HostPages
from tests.support.processes import Gateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        "EVERY_MISTAKE" not in os.environ, reason="it takes minutes: `make test-rehearsal`"
    ),
]

TOKENS = """<script type="module">
const tokens = {tokens};
addEventListener('test-widget:token-needed', ({{ target }}) => {{
  target.accessToken = tokens.shift();
}});
</script>"""


@pytest.fixture(scope="module")
def host() -> Iterator[HostPages]:
    """A host of pages that a test writes."""
    pages = HostPages()
    yield pages
    pages.stop()


@pytest.fixture(scope="module")
def keys(gateway: Gateway, host: HostPages) -> Any:
    """The keys of the provider whose pages the host has."""
    return gateway.command(
        *("provider", "create", "--slug", "plain", "--name", "Plain", "--policy", "postpaid"),
        *("--origin", host.url, "--test-policy", "unlimited", "--sandbox-guests"),
    )


def rehearse(gateway: Gateway, page: str, keys: dict[str, str]) -> dict[str, Any]:
    """Rehearse a page without a plan; return its lines."""
    done = gateway.run(
        *("rehearse", page, "--gateway", gateway.url, "--patience", "5", "--json"),
        CLIENT_KEY=keys["sandbox_key"],
    )
    assert done.returncode in {0, 1}, done.stderr
    return {line["name"]: line for line in json.loads(done.stdout)["lines"]}


def token_of(gateway: Gateway, key: str) -> str:
    """Get an access token, as the partner's server does."""
    request = Request(  # noqa: S310 - the gateway of this test
        f"{gateway.url}/partner/api/v3/access/token",
        data=urlencode({"user_id": "anna", "test": "work-values"}).encode(),
        headers={"Authorization": f"Bearer {key}"},
    )
    with urlopen(request) as answer:  # noqa: S310
        return str(json.load(answer)["access_token"])


def status_of(lines: dict[str, Any], *names: str) -> list[str]:
    """Say how each of these lines ended."""
    return [lines[name]["status"] for name in names]


WAY = ("widget-starts", "survives-outage", "session-survives-reload", "blocked-websocket")


def test_a_page_that_renews_its_access_token_passes_and_one_that_does_not_is_told(
    gateway: Gateway, host: HostPages, keys: dict[str, str]
) -> None:
    tokens = [token_of(gateway, keys["sandbox_key"]) for _ in range(6)]
    script = f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
    widget = f'<test-widget provider="plain" test="work-values" access-token="{tokens[0]}">'
    renewing = TOKENS.format(tokens=json.dumps(tokens[1:]))
    lines = rehearse(gateway, host.add("/renews", script + widget + renewing), keys)
    assert status_of(lines, *WAY, "finishes", "expired-token") == ["passed"] * 6
    assert lines["pause-shown"]["reason"] == "no-pause"
    assert lines["second-device"]["reason"] == "no-sign-in"
    assert lines["csp-lets-widget"]["reason"] == "policy-works"
    assert lines["attached"]["status"] == "failed"

    widget = widget.replace(tokens[0], token_of(gateway, keys["sandbox_key"]))
    lines = rehearse(gateway, host.add("/renews-not", script + widget), keys)
    assert status_of(lines, "widget-starts", "expired-token") == ["passed", "failed"]


def test_a_page_with_the_widget_in_a_frame_is_rehearsed_in_the_frame(
    gateway: Gateway, host: HostPages, keys: dict[str, str]
) -> None:
    page = host.add(
        "/framed",
        f'<script type="module" src="{gateway.url}/static/widget/frame.js"></script>'
        '<test-widget-frame provider="plain" test="work-values" sandbox></test-widget-frame>',
    )
    lines = rehearse(gateway, page, keys)
    assert status_of(lines, *WAY, "finishes") == ["passed"] * 5
    assert lines["attached"]["status"] == "failed"


def test_a_page_that_shows_an_element_of_the_same_name_is_no_widget(
    gateway: Gateway, host: HostPages, keys: dict[str, str]
) -> None:
    page = host.add(
        "/hollow",
        "<test-widget></test-widget><script>customElements.define('test-widget', "
        "class extends HTMLElement { getState() { return { screen: 7 }; } });</script>",
    )
    lines = rehearse(gateway, page, keys)
    assert status_of(lines, "widget-starts", "finishes") == ["failed", "unseen"]
