"""The console's texts: both languages have the same ones, with the same places to fill in."""

import string
import tomllib
from pathlib import Path

import pytest

from handlers.console.texts import Texts, areas

WORDS = Path("handlers/console/words")


def forms(area, locale):
    """Return each text of a file by its key, the forms of a plural by `key.category`."""
    read = tomllib.loads((WORDS / locale / f"{area}.toml").read_text("utf-8"))
    flat = {}
    for key, text in read.items():
        for category, form in text.items() if isinstance(text, dict) else [("", text)]:
            flat[f"{key}.{category}"] = form
    return read, flat


@pytest.mark.parametrize("area", areas())
def test_both_languages_have_the_same_texts(area):
    english, russian = (forms(area, locale)[0] for locale in ("en", "ru"))
    assert list(english) == list(russian)
    for key, text in english.items():
        assert isinstance(text, dict) == isinstance(russian[key], dict), key
        if isinstance(text, dict):
            assert set(text) == {"one", "other"}, key
            assert set(russian[key]) == {"one", "few", "many", "other"}, key


@pytest.mark.parametrize("area", areas())
def test_both_languages_fill_in_the_same_values(area):
    places = [
        {
            (key.partition(".")[0], name)
            for key, text in forms(area, locale)[1].items()
            for _, name, _, _ in string.Formatter().parse(text)
            if name
        }
        for locale in ("en", "ru")
    ]
    assert places[0] == places[1]


def test_no_area_exists_in_one_language_only():
    english, russian = (
        {file.name for file in (WORDS / locale).iterdir()} for locale in ("en", "ru")
    )
    assert english == russian


def test_numbers_are_written_as_the_language_has_them():
    assert Texts("en").number(1234567.5) == "1,234,567.5"
    assert Texts("ru").number(1234567.5) == "1\xa0234\xa0567,5"
