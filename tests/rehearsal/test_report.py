"""The go-live list in both languages, for people, machines and pipelines."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import widget_gateway.rehearsal
from widget_gateway.rehearsal.errors import RehearsalRefusedError
from widget_gateway.rehearsal.findings import LINES, Findings, Status
from widget_gateway.rehearsal.report import as_json, printed, write_junit
from widget_gateway.rehearsal.words import LOCALES, words_in

pytestmark = pytest.mark.fast

URL = "https://partner.example/test"
SOURCES = "\n".join(
    path.read_text("utf-8") for path in Path(widget_gateway.rehearsal.__file__).parent.rglob("*.py")
)


@pytest.fixture
def findings():
    """Some lines passed, one failed, one could not be seen."""
    found = Findings()
    for line in LINES:
        found.passed(line)
    found = Findings()
    found.passed("origin-allowed")
    found.failed("paid-once", "\x1b[2J<two> & more", reason="error")
    found.unseen("expired-token", "no-token")
    return found


def test_a_failure_stays_whatever_is_found_later(findings):
    findings.passed("paid-once")
    findings.unseen("paid-once", "no-orders")
    assert findings.status("paid-once") is Status.FAILED
    findings.failed("origin-allowed", "https://x.example")
    assert findings.status("origin-allowed") is Status.FAILED


def test_what_was_not_looked_at_is_not_passed(findings):
    lines = list(findings)
    assert [line.name for line in lines] == list(LINES)
    assert [line.name for line in lines if line.status is Status.PASSED] == ["origin-allowed"]
    assert {line.reason for line in lines if line.name == "attached"} == {"ended-early"}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_line_has_words_in_every_language(locale):
    words = words_in(locale)
    assert set(words.titles) == set(LINES)
    assert {name.partition(" ")[0] for name in words.advice} == set(LINES)
    assert set(LINES) <= set(words.advice)


def test_both_languages_say_the_same_things():
    english, russian = map(words_in, LOCALES)
    assert english.advice.keys() == russian.advice.keys()
    assert english.reasons.keys() == russian.reasons.keys()
    assert english.stages.keys() == russian.stages.keys()


def test_no_reason_is_without_words_and_no_words_without_a_reason():
    words = words_in("en")
    unseen = set(re.findall(r"unseen\([^()\"]*(?:\"[a-z-]+\", )?\"([a-z-]+)\"[,)]", SOURCES)) - set(
        LINES
    )
    assert unseen | {"ended-early"} == set(words.reasons)
    failed = set(re.findall(r"reason=\"([a-z-]+)\"", SOURCES))
    assert failed == {name.partition(" ")[2] for name in words.advice} - {""}


def test_the_printed_list_says_what_to_do_and_why(findings):
    text = printed(findings, words_in("en"), URL, 12.4)
    assert "Go-live list for https://partner.example/test (sandbox, 12 s)" in text
    assert re.search(r"passed +origin-allowed", text)
    assert re.search(r"FAILED +paid-once", text)
    assert "To do: Your server breaks when the same payment comes again." in text
    assert "Why: The page uses no access token." in text
    assert text.endswith(f"1 passed, 1 failed, {len(LINES) - 2} not seen. Don't go live yet.")


def test_the_list_is_printed_in_russian(findings):
    text = printed(findings, words_in("ru"), URL, 12.4)
    assert "Готовность к запуску" in text
    assert re.search(r"НЕТ +paid-once", text)
    assert "Страница не использует токены доступа." in text


def test_nothing_that_a_page_says_reaches_the_terminal_unescaped(findings):
    assert "\x1b" not in printed(findings, words_in("en"), URL + "\x1b[2J", 1)


def test_a_pipeline_reads_each_line(findings, tmp_path):
    file = tmp_path / "rehearsal.xml"
    write_junit(file, findings, words_in("en"), URL, 3)
    suite = ET.parse(file).getroot()  # noqa: S314 - this test has written it
    assert (suite.get("tests"), suite.get("failures")) == (str(len(LINES)), "1")
    assert suite.get("skipped") == str(len(LINES) - 2)
    cases = {case.get("name"): case for case in suite}
    assert list(cases) == list(LINES)
    assert len(cases["origin-allowed"]) == 0
    failure = cases["paid-once"].find("failure")
    assert failure is not None
    assert "<two> & more" in (failure.text or "")
    assert cases["expired-token"].find("skipped") is not None


def test_a_file_that_cannot_be_written_is_told(findings, tmp_path):
    with pytest.raises(RehearsalRefusedError, match="can't be written"):
        write_junit(tmp_path / "none" / "x.xml", findings, words_in("en"), URL, 3)


def test_machines_get_the_same_list(findings):
    told = as_json(findings, words_in("en"), URL, 3)
    assert told["failed"] is True
    [paid] = [line for line in told["lines"] if line["name"] == "paid-once"]
    assert (paid["status"], paid["reason"]) == ("failed", "error")
