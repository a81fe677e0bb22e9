"""Words that are too new for dictionaries: all their forms are right, and none is rude."""

import re

import pytest

from widget_gateway.services.spelling.modern_forms import Use, modern_forms
from widget_gateway.services.spelling.modern_words import ModernList, read
from widget_gateway.services.spelling.rude_words import is_rude


@pytest.fixture(scope="module")
def common():
    """All forms that people often mean."""
    return {form for form, use in modern_forms() if use is Use.COMMON}


@pytest.mark.parametrize("which", ModernList)
def test_lists_are_sorted_and_have_each_word_once(which):
    words = read(which)
    assert list(words) == sorted(set(words))
    assert [word for word in words if not re.fullmatch("[а-я]+(?:-[а-я]+)*", word)] == []


@pytest.mark.parametrize("which", ModernList)
def test_no_word_of_a_list_is_rude(which):
    assert [word for word in read(which) if is_rude(word)] == []


@pytest.mark.parametrize(
    "form",
    [
        *("деплой", "деплоя", "деплоем", "деплоев", "эксель", "экселя", "экселе", "ансиблом"),
        *("джирой", "тимлидами", "коучей", "нейронок", "снилса", "сдэком", "созвоны"),
        *("задеплоили", "резолвится", "кастомных", "чек-апа"),
    ],
)
def test_new_words_have_the_forms_of_their_kind(common, form):
    assert form in common


@pytest.mark.parametrize("form", ["деплоен", "деплоив", "ндфла", "самозанятаь", "джирк"])
def test_forms_that_nobody_means_are_not_proposed(common, form):
    assert form not in common


@pytest.mark.parametrize(
    "word", ["страхуй", "психую", "мандат", "скипидар", "члены", "веб", "мудр"]
)
def test_decent_words_are_not_taken_for_rude_ones(word):
    assert not is_rude(word)
