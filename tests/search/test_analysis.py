"""The analysis of words: all forms, cases and languages meet."""

import random
from collections.abc import Iterator

import pymorphy3
import pytest

from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.texts import folded, normalise, words

pytestmark = pytest.mark.fast

COMMON_WORDS = """
    друг человек ребенок вопрос ответ пароль почта сервер принтер договор отпуск зарплата документ
    ошибка компьютер программа сотрудник отдел встреча заявка доступ ключ день время город
    хороший новый рабочий удаленный быстрый последний синий большой личный открытый
    идти взять найти настроить подключить открыть восстановить писать отправить работать забыть
    получить сделать установить обновить войти искать лечь печь ехать
"""


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


def inflected() -> Iterator[tuple[str, str]]:
    """Yield common words, each with up to twelve of its other forms."""
    morphology = pymorphy3.MorphAnalyzer()
    chance = random.Random(6)
    for word in COMMON_WORDS.split():
        lexeme = sorted({form.word for form in morphology.parse(word)[0].lexeme} - {word})
        for form in chance.sample(lexeme, min(12, len(lexeme))):
            yield word, form


def test_words_of_the_dictionary_stand_for_all_that_the_dictionary_reads_in_them(
    analyzer: Analyzer,
) -> None:
    morphology = pymorphy3.MorphAnalyzer()
    for _, form in inflected():
        read = {folded(normal) for normal in morphology.normal_forms(form)}
        assert set(analyzer.terms(folded(form))) == read, form


def test_nearly_every_form_of_a_russian_word_is_found_by_its_dictionary_form(
    analyzer: Analyzer,
) -> None:
    pairs = list(inflected())
    lost = [pair for pair in pairs if not meet(analyzer, *pair)]
    assert len(pairs) > 500
    assert len(lost) <= 0.01 * len(pairs), lost


def meet(analyzer: Analyzer, query: str, other: str) -> bool:
    """Whether a search for one word finds the other."""
    first, second = (set(analyzer.analyse(word).split()) for word in (query, other))
    return bool(first & second)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("друзьями", "друг"),
        ("людей", "человек"),
        ("шла", "идёт"),
        ("настроил", "настройте"),
        ("лучше", "хороший"),
        ("Ёлка", "елки"),
        ("ПАРОЛЬ", "пароли"),
        ("connections", "connected"),
        ("Settings", "setting"),
        ("running", "runs"),
        ("за\u0301мок", "замками"),
        ("об\u00adновление", "обновления"),
        ("и\u0306од", "йода"),
    ],
)
def test_forms_of_a_word_meet(analyzer: Analyzer, query: str, other: str) -> None:
    assert meet(analyzer, normalise(query), normalise(other))


@pytest.mark.parametrize(
    ("query", "other"),
    [("друг", "враг"), ("принтер", "принц"), ("java", "javascript"), ("c", "c++"), ("1с", "1")],
)
def test_other_words_do_not(analyzer: Analyzer, query: str, other: str) -> None:
    assert not meet(analyzer, query, other)


def test_a_word_of_two_readings_stands_for_both(analyzer: Analyzer) -> None:
    assert set(analyzer.terms("стали")) == {"стать", "сталь"}


def test_words_are_runs_of_letters_and_digits() -> None:
    text = "Wi-Fi, 1С:Предприятие и C++ (c#) user_name «сеть»... a@b.ru"
    assert list(words(text)) == [
        *("wi", "fi", "1с", "предприятие", "и", "c++", "c#", "user", "name", "сеть"),
        *("a", "b", "ru"),
    ]


def test_a_letter_that_is_two_in_lower_case_moves_nothing(analyzer: Analyzer) -> None:
    assert list(words("İstanbul друг"))[1] == "друг"
    assert "друг" in analyzer.analyse("İİİ друга").split()


def test_a_word_of_ten_thousand_letters_is_cut(analyzer: Analyzer) -> None:
    assert len(analyzer.analyse("ы" * 10_000)) == 40
