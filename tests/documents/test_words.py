"""The report's words: every language has all of them, in all forms that its numbers need."""

import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale

from handlers.documents.words import FALLBACK, Words, languages, texts_of

pytestmark = pytest.mark.fast

KEYS = texts_of(FALLBACK)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", languages())
def test_no_word_is_missing_and_none_is_left_over(language):
    words = texts_of(language)
    assert words.keys() == KEYS.keys()
    for name, text in words.items():
        model = KEYS[name]
        if isinstance(model, str):
            assert text.strip() == text != ""
            assert fields(text) == fields(model), name
        else:
            rule = Locale.parse(language, sep="-").plural_form
            assert text.keys() == rule.tags | {"other"}, name
            for form in text.values():
                assert fields(form) == fields(model["other"]), name


def test_every_word_that_the_templates_and_the_worker_name_exists():
    handlers = Path(__file__).parents[2] / "handlers"
    sources = [
        *(handlers / "templates").glob("report.*"),
        handlers / "templates/charts.html",
        handlers / "documents/report_worker.py",
    ]
    named = set()
    for source in sources:
        text = source.read_text("utf-8")
        named |= set(re.findall(r'(?:words|self)\.(?:text|plural)\(\s*"(\w+)"', text))
        named |= set(re.findall(r'self\["(\w+)"\]', text))
    assert "points" in named
    assert named <= KEYS.keys()


@pytest.mark.parametrize(
    ("tag", "language", "number", "date"),
    [
        ("ru", "ru", "1\N{NO-BREAK SPACE}234,5", "4 мая 2026\N{NO-BREAK SPACE}г."),
        ("en", "en", "1,234.5", "May 4, 2026"),
        ("en-GB", "en", "1,234.5", "4 May 2026"),
        ("de", "en", "1,234.5", "May 4, 2026"),
        ("x-klingon", "en", "1,234.5", "May 4, 2026"),
        ("ru-Zzzz", "ru", "1\N{NO-BREAK SPACE}234,5", "4 мая 2026\N{NO-BREAK SPACE}г."),
    ],
)
def test_a_language_without_a_file_gets_its_primary_language_or_english(
    tag, language, number, date
):
    words = Words(tag)
    assert words.language == language
    assert words.number(1234.5) == number
    assert words.date(datetime(2026, 5, 4, tzinfo=UTC)).replace("\u202f", "\xa0") == date


@pytest.mark.parametrize(
    ("number", "russian"),
    [(1, "1 балл"), (3, "3 балла"), (11, "11 баллов"), (21, "21 балл"), (2.5, "2,5 балла")],
)
def test_numbers_take_the_form_that_they_need(number, russian):
    assert Words("ru").plural("points", number) == russian
