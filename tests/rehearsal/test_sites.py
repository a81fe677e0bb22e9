"""The demo site in every language passes its rehearsal; test_demo_site.py has that in Python."""

from pathlib import Path

import pytest

from tests.browser.partner_sites import LANGUAGES, command_of
from tests.browser.sites import free_port
from tests.rehearsal.rehearsed import RehearsedSite
from tests.support.processes import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "python"])
def test_the_site_in_this_language_may_go_live(
    gateway: Gateway, tmp_path: Path, language: str
) -> None:
    port = free_port()
    command = command_of(language, port)
    site = RehearsedSite(gateway, tmp_path / "site.sqlite", command, port=port)
    lines = site.rehearse()
    site.stop()
    not_passed = {name for name, line in lines.items() if line["status"] != "passed"}
    assert not_passed == {"expired-token"}  # The site uses no access tokens.
