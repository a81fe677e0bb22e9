"""The demo site rehearsed otherwise: paid by hand, with a restarted gateway, in other languages."""

import json
import os
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.browser.partner_sites import command_of
from tests.rehearsal.conftest import NewSite
from tests.rehearsal.mistakes import SERVER, Mistake, Patch
from tests.rehearsal.rehearsed import RehearsedSite, failed
from tests.support.processes import Gateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        "EVERY_MISTAKE" not in os.environ, reason="it takes minutes: `make test-rehearsal`"
    ),
]

HANDS = Mistake(
    "the site has hands of its own",
    "",
    (
        Patch(SERVER, "\nclass Site(", '\nhands = ["Anna"]\n\n\nclass Site('),
        Patch(
            SERVER,
            '        if name == "api/me":\n',
            '        if name == "api/me":\n'
            "            if not user and hands:\n"
            "                user = (await self.post_sign_in(hands.pop()))['user']\n",
        ),
        Patch(
            "site/test.js",
            "    link.href = `/checkout?session=${encodeURIComponent(detail.session)}`;\n",
            "    location.href = `/checkout?session=${encodeURIComponent(detail.session)}`;\n",
        ),
        Patch(
            SERVER,
            '{"user": user, "sandbox"',
            '{"may_pay": Path(os.environ["SITE_DATABASE"] + ".pay").exists(),'
            ' "user": user, "sandbox"',
        ),
        Patch(
            "site/checkout.js",
            "  part('pay').addEventListener('click',",
            "  const hand = setInterval(async () => {\n"
            "    if (!(await (await fetch('/api/me')).json()).may_pay) return;\n"
            "    clearInterval(hand);\n"
            "    part('pay').click();\n"
            "  }, 50);\n"
            "  part('pay').addEventListener('click',",
        ),
    ),
)
"""What a person does by hand, since no test has hands: one signs in, and pays."""


def test_who_has_no_plan_signs_in_and_pays_by_hand(new_site: NewSite) -> None:
    site = new_site(HANDS)
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    asked = []
    with site.start("--json", "--by-hand", "--locale", "ru", "--browser", str(browser)) as command:
        assert command.stderr is not None
        assert command.stdout is not None
        for line in command.stderr:
            asked.append(line)
            if "заплатите в окне браузера" in line:
                Path(f"{site.database}.pay").touch()
        told = command.stdout.read()
    assert command.returncode == 0, told
    assert any("Платите, только когда вас попросят" in line for line in asked)
    lines = {line["name"]: line for line in json.loads(told)["lines"]}
    seen = {name for name, line in lines.items() if line["status"] == "passed"}
    assert {"second-device", "paid-goes-on", "finishes", "attached", "attach-checks-user"} <= seen
    assert lines["people-kept-apart"]["reason"] == "no-second-person"
    assert lines["paid-once"]["reason"] == "no-orders"
    assert lines["result-shown"]["reason"] == "no-result-in-plan"


def test_a_gateway_that_is_really_killed_and_started_again_loses_nothing(
    new_site: NewSite, gateway: Gateway
) -> None:
    site = new_site()
    process = gateway._process
    assert process is not None

    def start_again() -> None:
        process.wait()
        gateway._close_pipe()
        gateway.start()

    starter = threading.Thread(target=start_again)
    starter.start()
    lines = site.rehearse("--restart", f"kill -KILL {process.pid}")
    starter.join()
    assert failed(lines) == set()
    assert lines["survives-outage"]["status"] == "passed"


@pytest.mark.parametrize("language", ["php", "node"])
def test_the_demo_site_in_another_language_passes_as_well(
    gateway: Gateway, tmp_path: Path, language: str
) -> None:
    site = RehearsedSite(gateway, tmp_path / "site.sqlite", partial(command_of, language))
    try:
        lines = site.rehearse()
    finally:
        site.stop()
    assert failed(lines) == set()
    assert {name for name, line in lines.items() if line["status"] == "unseen"} == {"expired-token"}


def test_a_command_that_does_not_exist_is_told(new_site: NewSite) -> None:
    done: subprocess.CompletedProcess[str] = new_site().run("--restart", "/no/such/command")
    assert done.returncode == 2
    assert "The command of --restart" in done.stderr
