"""The last word of a query is the beginning of a word while it is typed."""

import pytest

from tests.search.test_index import FILLER, find, ids, page, question, write
from tests.support.search import WritableIndex
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.completion import MOST
from widget_gateway.services.search.snippets import SnippetMaker

pytestmark = pytest.mark.fast


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture
def index(analyzer: Analyzer) -> WritableIndex:
    return WritableIndex(analyzer)


def typed(index: WritableIndex, query: str) -> list[str]:
    """Return the ids of what an unfinished query finds."""
    found = index.find(query, limit=20, offset=0, typing=True)
    return [document.id for document, _ in found.documents]


@pytest.mark.parametrize(
    "beginning",
    ["больнич", "больничн", "больничног", "больничными", "как оформить больнич", "БОЛЬНИЧ"],
)
@pytest.mark.parametrize("search", [ids, typed])
def test_a_beginning_finds_a_word_in_any_form_that_it_may_become(
    index, beginning: str, search
) -> None:
    write(index, question(1, title="Больничный лист"), question(2, title="Отпуск"))
    assert search(index, beginning) == ["q:1"]


@pytest.mark.parametrize(
    ("beginning", "title"),
    [
        ("зарпл", "Когда приходит зарплата"),
        ("люд", "Новый человек в отделе"),
        ("шёл", "Куда идти в первый день"),
        ("connecti", "Connected printers"),
        ("устав", "Устаём от встреч"),
        ("404", "Ошибка 404б"),
    ],
)
def test_words_whose_forms_begin_otherwise_are_found_while_typed(
    index, beginning: str, title: str
) -> None:
    write(index, question(1, title=title), question(2, title="Отпуск"))
    assert typed(index, beginning) == ["q:1"]


@pytest.mark.parametrize(
    ("beginning", "title"),
    [("джир", "Задачи в Jira"), ("вайф", "Гостевой Wi-Fi"), ("vibe", "Звонки по вайберу")],
)
def test_a_beginning_finds_a_name_in_the_other_alphabet_only_while_typed(
    index, beginning: str, title: str
) -> None:
    write(index, question(1, title=title), question(2, title="Отпуск"))
    assert typed(index, beginning) == ["q:1"]
    assert [found.id for found in index.find_titles(beginning, limit=9)] == ["q:1"]
    assert ids(index, beginning) == []


def test_a_name_in_the_other_alphabet_is_highlighted_while_it_is_typed(index, analyzer) -> None:
    write(index, question(1, title="Задачи в Jira"))
    found = index.find("джир", limit=1, offset=0, typing=True)
    maker = SnippetMaker(analyzer, found.rarity, found.other_spellings)
    assert maker.highlights("Задачи в Jira") == ((9, 13),)


def test_a_beginning_that_becomes_a_word_is_not_heard_in_the_other_alphabet(index) -> None:
    write(index, question(1, title="Samsung"), question(2, title="Самбо"))
    assert typed(index, "самб") == ["q:2"]
    assert typed(index, "самс") == ["q:1"]


def test_a_whole_word_comes_before_longer_ones(index) -> None:
    write(
        index,
        question(1, title="Банкомат и банкноты"),
        page(2, text=f"{FILLER} Банк. {FILLER}"),
        question(3, title="Отпуск"),
    )
    assert typed(index, "банк") == ["e:2", "q:1"]


def test_a_whole_word_is_no_beginning_unless_the_query_is_still_typed(index) -> None:
    write(index, question(1, title="Банкомат"), question(2, title="Банк"))
    assert ids(index, "банк") == ["q:2"]


def test_only_the_last_word_is_a_beginning(index) -> None:
    write(index, question(1, title="Больничный"), question(2, title="Отпуск"))
    assert typed(index, "больнич отпуск") == ["q:2"]
    assert find(index, "больнич отпуск").is_complete is False
    assert find(index, "отпуск больнич").is_complete


@pytest.mark.parametrize("query", ["больнич.", "больнич?", "больнич +", "больничx", "б", "боль x"])
def test_what_has_ended_or_becomes_no_word_finds_nothing(index, query: str) -> None:
    write(index, question(1, title="Больничный"))
    assert typed(index, query) == []


@pytest.mark.parametrize("query", ["от", "бол", "12"])
def test_a_short_unknown_word_is_no_beginning_unless_the_query_is_still_typed(
    index, query: str
) -> None:
    write(index, question(1, title="Отпуск больнице 1234"))
    assert ids(index, query) == []
    assert typed(index, query) == ["q:1"]


def test_the_most_frequent_words_are_what_a_beginning_becomes(index) -> None:
    words = ["прибор", "пример", "прикол", "причал", "привет", "призма", "прилив", "приказ"]
    words += ["примета", "природа", "приют", "прихоть"]
    assert len(words) > MOST
    write(
        index,
        *(
            question(100 * number + copy, title=word)
            for number, word in enumerate(words, 1)
            for copy in range(number)
        ),
    )
    found = index.find("при", limit=1_000, offset=0, typing=True)
    numbers = {document.number // 100 for document, _ in found.documents}
    assert len(words) in numbers
    assert not numbers & {1, 2}


def test_what_a_beginning_became_is_highlighted_in_any_form(index, analyzer) -> None:
    write(index, question(1, title="Больничный", text="Без больничного не платят."))
    found = index.find("больнич", limit=1, offset=0, typing=True)
    ((document, _),) = found.documents
    maker = SnippetMaker(analyzer, found.rarity, found.other_spellings)
    snippet = maker.snippet(document.text, "")
    ((start, end),) = snippet.highlights
    assert snippet.text[start:end] == "больничного"
    assert maker.highlights(document.title) == ((0, 10),)


def test_removed_documents_leave_no_words_to_become(index) -> None:
    write(index, question(1, title="Больничный"))
    assert typed(index, "больнич") == ["q:1"]
    index.forget({"q:1"})
    assert typed(index, "больнич") == []


@pytest.mark.parametrize("query", ["а" * 500, "\x00\x00", "я" * 41, "🙂", ".*", "больнич" * 60])
def test_hostile_beginnings_find_nothing(index, query: str) -> None:
    write(index, question(1, title="Больничный"))
    assert typed(index, query) == []
