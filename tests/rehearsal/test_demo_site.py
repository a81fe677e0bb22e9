"""The demo site passes its rehearsal; with ten mistakes planted, it is told all ten."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.rehearsal.conftest import NewSite
from tests.rehearsal.mistakes import MISTAKES, ORIGIN_MISSING
from tests.rehearsal.rehearsed import PATIENCE, failed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOT_ON_THIS_SITE = {"expired-token"}
"""The site uses no access tokens."""


def test_the_demo_site_may_go_live(new_site: NewSite, tmp_path: Path) -> None:
    site = new_site()
    pictures, junit = tmp_path / "pictures", tmp_path / "junit.xml"
    lines = site.rehearse("--screenshots", str(pictures), "--junit", str(junit))
    assert failed(lines) == set()
    passed = {name for name, line in lines.items() if line["status"] == "passed"}
    assert set(lines) - passed == NOT_ON_THIS_SITE
    assert {"02-pause.png", "05-result.png"} <= {path.name for path in pictures.iterdir()}
    suite = ET.parse(junit).getroot()  # noqa: S314 - the command has written it
    assert (suite.get("tests"), suite.get("failures")) == (str(len(lines)), "0")


def test_nine_mistakes_at_once_are_all_told(new_site: NewSite) -> None:
    planted = [mistake for mistake in MISTAKES if mistake is not ORIGIN_MISSING]
    lines = new_site(*planted).rehearse(*PATIENCE)
    assert failed(lines) >= {mistake.line for mistake in planted}


def test_a_page_whose_origin_is_missing_is_told_that_and_nothing_wrong(new_site: NewSite) -> None:
    site = new_site(ORIGIN_MISSING)
    lines = site.rehearse()
    assert failed(lines) == {"origin-allowed"}
    assert lines["origin-allowed"]["seen"] == site.url
    assert lines["attached"]["reason"] == "ended-early"
