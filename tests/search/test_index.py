"""The index: what it finds, in which order, and how it replaces old versions."""

import random
import threading
from dataclasses import replace

import pytest

from tests.support.search import WritableIndex
from widget_gateway.domain.qua.search import RemovedDocument, SearchDocument
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.index import Matches
from widget_gateway.services.search.snippets import LENGTH, SnippetMaker

pytestmark = pytest.mark.fast

FILLER = "Заявки принимает отдел кадров каждый рабочий день с девяти часов утра."


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture
def index(analyzer: Analyzer) -> WritableIndex:
    return WritableIndex(analyzer)


def question(number: int, title: str = "Заголовок", **fields) -> SearchDocument:
    return SearchDocument(id=f"q:{number}", title=title, **{"version": 1} | fields)


def page(number: int, title: str = "Страница", **fields) -> SearchDocument:
    return SearchDocument(id=f"e:{number}", title=title, **{"version": 1} | fields)


def write(index: WritableIndex, *changes) -> None:
    index.write(changes)


def find(index: WritableIndex, query: str, limit: int = 20, offset: int = 0) -> Matches:
    return index.find(query, limit=limit, offset=offset)


def ids(index: WritableIndex, query: str, **window) -> list[str]:
    return [document.id for document, _ in find(index, query, **window).documents]


def test_a_word_tells_most_in_a_title_then_keywords_then_text_then_a_foreign_page(index) -> None:
    write(
        index,
        page(1, text=f"{FILLER} Принтер."),
        question(2, text=f"{FILLER} Принтер."),
        question(3, text=FILLER, keywords=("принтер",)),
        question(4, title="Принтер", text=FILLER),
    )
    assert ids(index, "принтеры") == ["q:4", "q:3", "q:2", "e:1"]


def test_the_order_of_fields_stays_when_the_word_is_common_in_titles_and_rare_in_texts(
    index,
) -> None:
    titles = [question(n, title="Пароль почты", text=FILLER) for n in range(10, 200)]
    others = [question(n, title="Отпуск осенью", text=FILLER) for n in range(200, 400)]
    write(index, *titles, *others, question(1, title="Отпуск осенью", text="Пароль почты"))
    assert "q:1" not in ids(index, "пароль", limit=190)
    assert find(index, "пароль").total == 191


def test_the_best_hit_scores_one_and_the_others_less(index) -> None:
    write(index, question(1, title="Слон"), question(2, text="Слон " + FILLER))
    (best, first), (other, second) = find(index, "слон").documents
    assert (best.id, other.id) == ("q:1", "q:2")
    assert first == 1.0
    assert 0 < second < 1


def test_a_second_page_scores_against_the_best_of_the_first(index) -> None:
    write(index, question(1, title="Слон"), question(2, text="Слон " + FILLER))
    [(only, score)] = find(index, "слон", limit=1, offset=1).documents
    assert only.id == "q:2"
    assert score < 1


def test_more_words_of_the_query_tell_more(index) -> None:
    write(
        index,
        question(1, text=f"Принтер сломался. {FILLER}"),
        question(2, text=f"Настройка почты. {FILLER}"),
        question(3, text=f"Настройка принтера. {FILLER}"),
    )
    assert ids(index, "настройки принтеров")[0] == "q:3"


def test_russian_and_english_words_are_found_in_one_query(index) -> None:
    write(
        index,
        question(1, title="Как подключаться к Docker через VPN"),
        question(2, title="Connecting printers"),
    )
    assert ids(index, "подключается connected docker") == ["q:1", "q:2"]
    assert ids(index, "printer") == ["q:2"]
    assert ids(index, "DOCKER") == ["q:1"]


def test_yo_is_ye(index) -> None:
    write(index, question(1, title="Учёт надёжных расчётов"), question(2, title="Ежик"))
    assert ids(index, "учет надежный") == ["q:1"]
    assert ids(index, "ёжики") == ["q:2"]


@pytest.mark.parametrize(
    "query",
    [
        '"друг"',
        "title:друг",
        "+друг -слон",
        "друг AND NOT привет",
        "(друг",
        "друг~2 друг* [a TO b] {x} ^5 \\",
        "друг' OR 1=1 --",
        "/друг/ && || !",
        '{"$ne": "друг"}',
    ],
)
def test_operators_and_quotes_are_text(index, query: str) -> None:
    write(index, question(1, title="Привет тебе друг"), question(2, title="Отпуск"))
    assert ids(index, query) == ["q:1"]


@pytest.mark.parametrize("query", ["", "   ", "...", "\"' ~*()", "\x00"])
def test_a_query_without_words_finds_nothing(index, query: str) -> None:
    write(index, question(1, title="Друг"))
    found = find(index, query)
    assert (found.total, found.documents) == (0, [])


def test_an_empty_index_finds_nothing(index) -> None:
    assert find(index, "друг").total == 0
    assert index.frequency("друг") == 0


def test_ten_thousand_characters_are_searched_for_by_their_rarest_words(index) -> None:
    write(
        index,
        *(question(n, text=FILLER) for n in range(2, 30)),
        question(1, title="Журавль"),
    )
    query = " ".join([FILLER] * 2 + ["журавли"] + [FILLER] * 140)
    assert len(query) > 10_000
    assert ids(index, query)[0] == "q:1"
    assert find(index, "ы" * 10_000).total == 0


def test_function_words_count_only_where_there_are_no_others(index) -> None:
    write(index, question(1, title="Как взять отпуск"), question(2, title="Как и где"))
    assert ids(index, "как отпуск") == ["q:1"]
    assert ids(index, "где и как")[0] == "q:2"


def test_an_older_version_never_overwrites_a_newer_one(index) -> None:
    write(index, question(1, title="Новый слон", version=3))
    write(index, question(1, title="Старый конь", version=2))
    write(index, RemovedDocument(id="q:1", version=2))
    assert ids(index, "слон") == ["q:1"]
    assert ids(index, "конь") == []


def test_a_newer_version_takes_the_place_of_the_older(index) -> None:
    write(index, question(1, title="Конь"), question(1, title="Слон", version=2))
    assert ids(index, "конь") == []
    assert ids(index, "слон") == ["q:1"]
    assert len(index) == 1


def test_a_removed_document_does_not_come_back_by_an_older_change(index) -> None:
    write(index, question(1, title="Слон"))
    write(index, RemovedDocument(id="q:1", version=2))
    write(index, question(1, title="Слон"))
    assert ids(index, "слон") == []


def test_versions_begin_anew_once_the_tombstone_is_gone(index) -> None:
    write(index, RemovedDocument(id="q:1", version=5))
    write(index, RemovedDocument(id="q:1", version=None))
    write(index, question(1, title="Слон"))
    assert ids(index, "слон") == ["q:1"]


def test_documents_that_are_no_longer_there_are_removed(index) -> None:
    write(index, question(1, title="Слон"), question(2, title="Слон"))
    index.forget({"q:1"})
    assert ids(index, "слон") == ["q:2"]


def test_a_document_is_found_by_what_describes_it_whole(index) -> None:
    document = page(
        7,
        title="Дружба",
        keywords=("один", "два"),
        text="Дружба   крепкая",
        resource="en.wikipedia.org",
        url="https://en.wikipedia.org/wiki/Friendship",
        image="/static/images/a.jpg",
    )
    write(index, document)
    [(found, _)] = find(index, "дружбы").documents
    assert (found.number, found.keywords, found.url) == (7, document.keywords, document.url)
    assert (found.resource, found.image, found.title) == (
        document.resource,
        document.image,
        document.title,
    )


def test_terms_that_are_stored_are_taken_as_they_are(index, analyzer) -> None:
    stored = analyzer.analyse_document(question(1, title="Слон"))
    write(index, replace(stored, title="Конь"))
    assert ids(index, "слоны") == ["q:1"]
    assert ids(index, "кони") == []


def test_terms_of_another_analysis_are_made_anew(index, analyzer) -> None:
    stored = analyzer.analyse_document(question(1, title="Слон"))
    write(index, replace(stored, title="Конь", terms=replace(stored.terms, analysis="0")))
    assert ids(index, "слоны") == []
    assert ids(index, "кони") == ["q:1"]


def test_the_corpus_knows_its_words_in_any_form_and_how_frequent_they_are(index) -> None:
    write(index, question(1, title="Битрикс"), question(2, title="Настройка Битрикса"))
    assert index.frequency("битриксом") == 2
    assert index.frequency("настройка битрикс") == 1
    assert index.knows("настройками")
    assert not index.knows("кораблик")
    assert not index.knows("")


def test_equally_good_documents_come_questions_first_and_then_the_newest(index) -> None:
    titles = [question(n, title="Слон") for n in (2, 30, 4)]
    write(index, page(50, title="Слон"), *titles, page(51, title="Слон"))
    assert ids(index, "слон") == ["q:30", "q:4", "q:2", "e:51", "e:50"]
    assert ids(index, "слон", limit=2) == ["q:30", "q:4"]
    assert ids(index, "слон", limit=2, offset=2) == ["q:2", "e:51"]


def history(chance: random.Random) -> list:
    """Make changes that write, rewrite and remove documents; some of them are repeated."""
    words = ["слон", "конь", "принтер", "пароль", "почта", "отпуск"]
    changes = []
    for number in range(40):
        kind = chance.choice([question, page])
        for version in range(1, chance.randint(2, 4)):
            text = " ".join(chance.choices(words, k=chance.randint(3, 9)))
            changes.append(kind(number, title=chance.choice(words), text=text, version=version))
        if chance.random() < 0.2:
            changes.append(RemovedDocument(id=changes[-1].id, version=9))
    return changes + chance.sample(changes, 20)


def test_the_order_in_which_changes_come_makes_no_difference_to_what_is_found(analyzer) -> None:
    chance = random.Random(8)
    changes = history(chance)
    newest = {}
    for change in sorted(changes, key=lambda change: change.version):
        newest[change.id] = change
    shuffled = [chance.sample(changes, len(changes)) for _ in range(3)]
    orders = [list(newest.values()), changes, *shuffled]
    found = []
    for order in orders:
        index = WritableIndex(analyzer)
        for at in range(0, len(order), 7):
            write(index, *order[at : at + 7])
        pages = [find(index, query, limit=100) for query in ("слоны", "конь почты", "отпуска")]
        found.append(
            [
                {document.id: (document.title, document.text) for document, _ in page.documents}
                for page in pages
            ]
        )
        assert all(page.total == len(page.documents) for page in pages)
    assert all(pages == found[0] for pages in found)


@pytest.mark.parametrize("seed", range(3))
def test_documents_that_come_in_another_order_have_the_same_places_and_scores(
    analyzer, seed: int
) -> None:
    chance = random.Random(seed)
    documents = [change for change in history(chance) if isinstance(change, SearchDocument)]
    documents = list({document.id: document for document in documents}.values())
    found = []
    for _ in range(3):
        chance.shuffle(documents)
        index = WritableIndex(analyzer)
        for at in range(0, len(documents), 5):
            write(index, *documents[at : at + 5])
        page = find(index, "слон пароля", limit=15)
        found.append([(document.id, round(score, 4)) for document, score in page.documents])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "query",
    ["\x00друг\x00", "🙂 друг 🙂🙂", "\u202eдруг\u202c", "друг " * 2_000],
    ids=["NUL", "emoji", "bidi", "long"],
)
def test_signs_around_a_word_do_not_hide_it(index, query: str) -> None:
    write(index, question(1, title="Привет тебе друг"), question(2, title="Отпуск"))
    assert ids(index, query) == ["q:1"]


def test_searches_and_writes_go_on_side_by_side(index) -> None:
    write(index, *(question(n, title=f"Слон {n}") for n in range(200)))
    counts: set[int] = set()
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            counts.add(find(index, "слоны").total)

    searching = threading.Thread(target=search)
    searching.start()
    for version in range(2, 20):
        write(index, *(question(n, title=f"Слон {n}", version=version) for n in range(200)))
    done.set()
    searching.join()
    assert counts == {200}


def maker(analyzer: Analyzer, query: str) -> SnippetMaker:
    return SnippetMaker(analyzer, dict.fromkeys(query.split(), 1.0), {})


def marked(analyzer: Analyzer, query: str, text: str) -> list[str]:
    snippet = maker(analyzer, query).snippet(text, "")
    return [snippet.text[start:end] for start, end in snippet.highlights]


def test_any_form_of_a_word_is_highlighted(analyzer) -> None:
    text = "Друзья пришли, друга нет. Дружба! Он шёл к другу; идите, дорогой друг."
    assert marked(analyzer, "друг", text) == ["Друзья", "друга", "другу", "друг"]
    assert marked(analyzer, "идти", text) == ["шёл", "идите"]
    assert marked(analyzer, "connection", "Connected by VPN-connections") == [
        "Connected",
        "connections",
    ]


def test_a_short_text_is_its_own_snippet(analyzer) -> None:
    snippet = maker(analyzer, "друг").snippet("Привет тебе друг", "")
    assert snippet.text == "Привет тебе друг"
    assert snippet.highlights == ((12, 16),)


def test_what_is_near_an_english_word_are_words_and_no_stems(index) -> None:
    write(index, question(1, title="Страницы Confluence", text="Ищем зюмбрелию"))
    assert "confluence" in index.near("confluense")
    assert "confluenc" not in index.near("confluense")
    assert {"зюмбрелию", "зюмбрелия"} <= index.near("зюмбрилия")


def test_without_a_text_the_title_is_the_snippet(analyzer) -> None:
    snippet = maker(analyzer, "друг").snippet("", "Привет тебе друг")
    assert snippet.text == "Привет тебе друг"
    assert snippet.highlights == ((12, 16),)


def test_the_passage_is_where_most_of_the_words_are(analyzer) -> None:
    text = f"{FILLER} Принтер. " + FILLER * 5 + " Настроим почту на принтере. " + FILLER * 5
    snippet = maker(analyzer, "принтер почта").snippet(text, "")
    assert "Настроим почту на принтере." in snippet.text
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")


def test_a_text_that_does_not_match_is_shown_from_its_beginning(analyzer) -> None:
    snippet = maker(analyzer, "слон").snippet(FILLER * 10, "")
    assert snippet.text.startswith("Заявки принимает")
    assert snippet.highlights == ()


def test_a_snippet_has_at_most_two_hundred_characters_and_cuts_no_word(analyzer) -> None:
    chance = random.Random(7)
    forms = ["друга", "друзьям", "слон", "принтером", "ключ.", "и", "длинношеее"]
    for _ in range(300):
        text = " ".join(chance.choices(forms, k=chance.randrange(1, 200)))
        snippet = maker(analyzer, "друг слон").snippet(text, "")
        assert len(snippet.text) <= LENGTH
        assert set(snippet.text.strip("…").split()) <= set(forms)
        for start, end in snippet.highlights:
            assert snippet.text[start:end] in {"друга", "друзьям", "слон"}


@pytest.mark.parametrize("text", ["друг" * 3_000, "друг " * 30_000, "а" * 100_000])
def test_monstrous_texts_have_snippets_too(analyzer, text: str) -> None:
    assert 0 < len(maker(analyzer, "друг").snippet(text, "").text) <= LENGTH
