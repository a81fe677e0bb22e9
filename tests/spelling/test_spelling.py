"""Correction of layouts, alphabets and typos, and of no other words."""

import random
import string
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.spelling_sets import INFLECTED, OTHER_LAYOUTS, SENTENCES
from benchmarks.word_sets import WORD_SETS
from widget_gateway.services.morphology import russian
from widget_gateway.services.spelling import word_correction
from widget_gateway.services.spelling.rude_words import is_rude
from widget_gateway.services.spelling.speller import MAX_CHUNKS, Correction, Speller
from widget_gateway.services.spelling.standard_words import StandardWords, Standing


class Documents:
    """A corpus of a few words with their numbers of documents."""

    def __init__(self, **words: int) -> None:
        self._words = words

    def knows(self, word):
        return word in self._words

    def frequency(self, word):
        return self._words.get(word, 0)

    def near(self, _word):
        return set(self._words)


@pytest.fixture(scope="module")
def speller(spelling_dictionary):
    return Speller(spelling_dictionary, StandardWords().standing)


@pytest.fixture(scope="module")
def some_words(spelling_dictionary):
    """Frequent and rare words of the dictionary."""
    chance = random.Random(5)
    places = [chance.randrange(100_000) for _ in range(1_000)]
    return [spelling_dictionary.word(at) for at in places]


@pytest.mark.parametrize(
    ("typed", "meant"), OTHER_LAYOUTS, ids=[typed for typed, _ in OTHER_LAYOUTS]
)
def test_other_layouts_and_alphabets_are_read_and_names_stay(speller, typed, meant):
    assert speller.correct(typed) == Correction(meant, changed=typed != meant, sure_text=meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("друк", "друг"),
        ("извените", "извините"),
        ("отсуствие", "отсутствие"),
        ("сдесь", "здесь"),
        ("получаеться", "получается"),
        ("комерческий", "коммерческий"),
        ("програма", "программа"),
        ("агенство", "агентство"),
        ("расчитать", "рассчитать"),
        ("оооочень", "очень"),
        ("зделать", "сделать"),
        ("незнаю", "не знаю"),
        ("вобщем", "в общем"),
        ("чтонибудь", "что-нибудь"),
        ("помоему", "по-моему"),
        ("кто нибудь", "кто-нибудь"),
        ("из за", "из-за"),
        ("что-ли", "что ли"),
        ("до-кумент", "документ"),
        ("време ни", "времени"),
        ("ваще", "вообще"),
        ("профстадарт", "профстандарт"),
        ("соцфнод", "соцфонд"),
        ("екатирина", "екатерина"),
        ("алексндр", "александр"),
        ("больничый", "больничный"),
        ("датсет", "датасет"),
        ("отчот", "отчет"),
        ("ящек", "ящик"),
        ("рекрутира", "рекрутера"),
        ("кибербизопасность", "кибербезопасность"),
    ],
    ids=lambda word: word,
)
def test_typos_are_corrected(speller, typed, meant):
    assert speller.correct(typed).text == meant


@pytest.mark.parametrize(
    "right",
    [
        *("методобъединение", "рострудинспекция", "росаккредитация", "киберстрахование"),
        *("задеплоили", "отревьюить", "перезапушить", "снилса", "допса", "чек-ап", "ковид"),
        *("сколтехе", "полставки", "с деплоя", "стд-р"),
    ],
)
def test_words_that_are_made_of_others_stay(speller, right):
    assert speller.correct(right).text == right


@pytest.mark.parametrize(
    "typed", ["худди", "подрочник", "мудачный", "херь", "пиздос", "жопф", "fuxk", "bithc"]
)
def test_no_rude_word_is_proposed(speller, typed):
    made = speller.correct(typed).text
    assert made == typed or not any(map(is_rude, made.split()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Друк", "Друг"),
        ("ПРОГРАМА", "ПРОГРАММА"),
        ("  друк,\tи  Превет! ", "  друг,\tи  Привет! "),
        ("(друк)", "(друг)"),
        ("Ghbdtn, lheu", "Привет, друг"),
        ("ЗАБЫЛ ПРАОЛЬ", "ЗАБЫЛ ПАРОЛЬ"),
    ],
    ids=["title", "capitals", "spaces", "brackets", "layout", "shouted"],
)
def test_capitals_spaces_and_signs_stay(speller, typed, meant):
    assert speller.correct(typed).text == meant


def test_words_known_to_the_dictionary_never_change(speller, some_words):
    assert [word for word in some_words if speller.correct(word).changed] == []


def test_right_words_stay_right_beside_wrong_ones(speller, some_words):
    for word in some_words[:100]:
        before, after = speller.correct(f"{word} абырвалгг").text.split(" ", 1)[0], word
        assert before == after


def test_inflected_forms_and_right_sentences_never_change(speller):
    for line in (*INFLECTED, *SENTENCES):
        assert speller.correct(line) == Correction(line, changed=False, sure_text=line)


def test_words_of_the_corpus_never_change(speller):
    assert speller.correct("друк").changed
    assert not speller.correct("друк", Documents(друк=1)).changed
    assert not speller.correct("Друк", Documents(друк=1)).changed
    assert speller.correct("ghbdtn").changed
    assert not speller.correct("ghbdtn", Documents(ghbdtn=1)).changed


def test_of_two_meanings_the_one_that_documents_have_is_likelier(speller):
    assert speller.correct("пороль", Documents(пароль=100)).text == "пароль"
    typed = "подрбный"
    alone = speller.correct(typed).text
    other = {"подобный": "подробный", "подробный": "подобный"}[alone]
    assert speller.correct(typed, Documents(**{other: 500})).text == other


def test_a_corrected_text_is_not_corrected_again(speller):
    typed = [word for word, _ in OTHER_LAYOUTS]
    typed += ["ваще незнаю чтоли", "ктото вобщем получаеться", "пожалуй ста кто нибудь", "друк"]
    for line in typed:
        once = speller.correct(line).text
        assert speller.correct(once) == Correction(once, changed=False, sure_text=once), line


@given(
    st.text(alphabet="абвеёжийоя -.,!?АЯ" + string.ascii_letters + "12@/«»\n\x00😀", max_size=80)
)
def test_any_text_keeps_its_lines_and_never_fails(speller, text):
    corrected = speller.correct(text)
    assert corrected.changed == (corrected.text != text)
    assert corrected.text.count("\n") <= text.count("\n")
    assert bool(corrected.text.strip()) == bool(text.strip())


@given(st.text(alphabet="йцукенгшщзхъфывапролджэячсмитьбю", min_size=1, max_size=12))
def test_a_single_wrong_word_becomes_known_words_or_stays(speller, word):
    corrected = speller.correct(word)
    if corrected.changed:
        assert not speller.correct(corrected.text).changed


@pytest.fixture
def tried(monkeypatch, speller):
    """Record the words for which the best correction was looked up."""
    words = []
    best = speller._typos.best

    def count(word, bonus=None):
        words.append(word)
        return best(word, bonus)

    monkeypatch.setattr(speller._typos, "best", count)
    return words


@pytest.mark.parametrize("letter", ["ъ", "q", "[", "а ", "ёъ", "-", "ы-", "э", "tst "])
def test_ten_thousand_characters_are_bounded_work(speller, tried, letter):
    text = (letter * 10_000)[:10_000]
    assert len(speller.correct(text).text) <= 2 * len(text)
    assert len(tried) <= word_correction.MAX_UNKNOWN


def test_of_many_unknown_words_only_the_first_are_corrected(speller, tried):
    chance = random.Random(7)
    letters = "абвгдежзиклмнопрст"
    text = " ".join("".join(chance.choices(letters, k=9)) for _ in range(1_000))
    corrected = speller.correct(text).text
    assert len(tried) == word_correction.MAX_UNKNOWN
    assert corrected.split()[-MAX_CHUNKS:] == text.split()[-MAX_CHUNKS:]


def test_of_many_rare_words_only_the_first_are_doubted(speller, spelling_dictionary, monkeypatch):
    known = russian().dictionary.words.iterkeys()
    is_right = StandardWords().standing
    rare = [
        word
        for word in islice(known, 0, 3_000_000, 5_000)
        if not spelling_dictionary.knows(word) and is_right(word) is Standing.STANDARD
    ]
    doubted = []
    monkeypatch.setattr(speller._typos, "is_likely_one", doubted.append)
    assert not speller.correct(" ".join(rare)).changed
    assert len(rare) > len(doubted) == word_correction.MAX_UNKNOWN


@pytest.mark.parametrize("name", WORD_SETS)
def test_what_is_meant_by_a_misspelled_word_is_not_corrected_again(speller, name):
    for typed, _ in WORD_SETS[name].misspelled[::5]:
        once = speller.correct(typed).text
        assert speller.correct(once).text == once, typed


def test_longest_words_are_left_alone(speller, tried):
    for word in ("ы" * 33, "q" * 33, "яz" * 20):
        assert not speller.correct(word).changed
    assert tried == []


def test_words_have_the_standing_that_the_grammar_gives_them():
    standing = StandardWords().standing
    assert standing("ёлка") is standing("елка") is Standing.STANDARD
    assert standing("фотка") is Standing.COLLOQUIAL
    assert standing("ето") is standing("абырвалгг") is Standing.UNKNOWN
