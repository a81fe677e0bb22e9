"""Misspelled words in Latin letters are corrected, and right ones stay."""

import pytest

from benchmarks.latin_words import MISSPELLED, RIGHT
from widget_gateway.services.spelling.speller import Correction, Speller
from widget_gateway.services.spelling.standard_words import StandardWords


class Documents:
    """A corpus of a few words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def knows(self, word):
        return word in self._words

    def frequency(self, word):
        return int(word in self._words)

    def near(self, _word):
        return self._words


@pytest.fixture(scope="module")
def speller(spelling_dictionary):
    return Speller(spelling_dictionary, StandardWords().standing)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("outlok", "outlook"),
        ("photohsop", "photoshop"),
        ("confluense", "confluence"),
        ("mattermsot", "mattermost"),
        ("kubernets", "kubernetes"),
        ("wildberies", "wildberries"),
        ("Whatsap", "Whatsapp"),
        ("pasword", "password"),
        ("dedline", "deadline"),
        ("maintanance", "maintenance"),
        ("настроить dokcer", "настроить docker"),
        ("гуспидор gusppidor", "гуспидор guspidor"),
    ],
    ids=lambda words: words,
)
def test_one_slip_in_a_word_that_documents_have_is_surely_one(speller, typed, meant):
    corpus = Documents("гуспидор", meant.split()[-1].lower())
    assert speller.correct(typed, corpus) == Correction(meant, changed=True, sure_text=meant)


@pytest.mark.parametrize("typed", ["outlok", "exel", "confluense", "figam"])
def test_what_no_document_has_is_never_sure(speller, typed):
    made = speller.correct(typed, Documents("слон"))
    assert made.changed
    assert made.sure_text == typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("exel", "excel"),
        ("recieve", "receive"),
        ("authentification", "authentication"),
        ("Vertica", "Vertical"),
    ],
    ids=["short", "used by many", "two slips", "perhaps a name"],
)
def test_other_corrections_are_offered(speller, typed, meant):
    offered = Correction(meant, changed=True, sure_text=typed)
    assert speller.correct(typed, Documents(meant.lower())) == offered


@pytest.mark.parametrize(
    "right",
    [
        *("Miro", "miro", "Jira", "Redis", "Mattermost", "Kaiten", "Loop", "Vertica", "Forgejo"),
        *("getUserName", "iPhone", "GitHub", "outLok", "МойОфис", "ЯКласс", "ГосПодрядд"),
        *("SAML", "JSONN", "sso", "ldaps", "ivanof@outlok.example", "v1.2.outlok", "user.nmae"),
        *("deadline", "hotfix", "changelog", "qdrant", "weeek"),
    ],
)
def test_right_words_stay(speller, right):
    corpus = Documents("мира", "жира", "редис", "лаба", "outlook", "слон", "таком")
    assert speller.correct(right, corpus) == Correction(right, changed=False, sure_text=right)


def test_words_of_documents_stay_however_alike_others_are(speller):
    assert not speller.correct("outlok", Documents("outlok", "outlook")).changed


@pytest.mark.parametrize(
    ("typed", "words", "meant"),
    [
        ("confluense", (), "confluence"),
        ("confluense", ("confluence",), "confluence"),
        ("salat", ("салат",), "салат"),
        ("direktor", (), "директор"),
        ("produkt", ("product",), "product"),
        ("parol", ("пароль",), "пароль"),
        ("premia", (), "премия"),
        ("bolnichniy", (), "больничный"),
        ("elektroprovodka", (), "электропроводка"),
    ],
)
def test_of_a_latin_and_a_russian_reading_the_likelier_one_is_meant(speller, typed, words, meant):
    assert speller.correct(typed, Documents(*words)).text == meant


def test_a_transliteration_that_is_not_exact_is_offered(speller):
    assert speller.correct("perco").sure_text == "perco"
    assert not speller.correct("Perco").changed
    assert speller.correct("vihod").sure_text == "выход"


def test_the_russian_part_of_a_name_with_a_hyphen_is_still_corrected(speller):
    assert speller.correct("Санкт-Петербурк").text == "Санкт-Петербург"


@pytest.mark.parametrize("part", [0, 1], ids=["tuned", "held-out"])
def test_most_misspelled_words_are_corrected_if_documents_have_what_is_meant(speller, part):
    pairs = MISSPELLED[part]
    corpus = Documents("слон", *(meant for _, meant in pairs))
    missed = [pair for pair in pairs if speller.correct(pair[0], corpus).text != pair[1]]
    assert len(missed) <= 0.2 * len(pairs), missed


@pytest.mark.parametrize("part", [0, 1], ids=["tuned", "held-out"])
def test_hardly_any_right_word_surely_is_one_of_the_documents(speller, part):
    corpus = Documents("слон", *(meant for pairs in MISSPELLED for _, meant in pairs))
    words = [word for word in RIGHT[part] if not corpus.knows(word.lower())]
    made = [speller.correct(word, corpus).sure_text for word in words]
    changed = [word for word in made if word.isascii() and word not in words]
    assert len(changed) <= 0.02 * len(words), changed
