"""One thing in several spellings: documents and queries meet whichever they use."""

import pytest

from tests.support.search import WritableIndex
from widget_gateway.domain.qua.search import Hit, SearchDocument
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.snippets import SnippetMaker

pytestmark = pytest.mark.fast


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


@pytest.fixture
def index(analyzer: Analyzer) -> WritableIndex:
    return WritableIndex(analyzer)


def finds(index: WritableIndex, query: str, title: str) -> bool:
    """Whether a query finds a title among others."""
    titles = (title, "Ели и сосны", "Заявление директору", "Кабинет врача", "Java и JavaScript")
    index.write(
        SearchDocument(id=f"q:{number}", title=other, version=1)
        for number, other in enumerate(titles, 1)
    )
    found = index.find(query, limit=20, offset=0).documents
    return bool(found) and found[0][0].id == "q:1"


@pytest.mark.parametrize(
    "spellings",
    [
        ("wifi", "wi-fi", "Wi-Fi", "WiFi", "вай фай", "вайфай", "вай-фай"),
        ("1c", "1С", "1с"),  # the first is Latin, the others are Cyrillic
        ("c++", "C++", "с++", "С++"),
        ("jira", "Jira", "джира", "джиру", "джире"),
        ("VPN", "впн"),
        ("Excel", "эксель", "экселе", "экселем"),
        ("Zoom", "зум", "зуме"),
        ("GitHub", "гитхаб", "гитхабе"),
        ("Windows", "виндовс"),
        ("windows", "виндоус"),
        ("WhatsApp", "ватсап", "ватсапе"),
        ("Bluetooth", "блютуз"),
        ("server", "сервер", "сервере"),
        ("Google", "гугл", "гугле"),
        ("Photoshop", "фотошоп", "фотошопе"),
        ("Docker", "докер"),
        ("SMS", "смс"),
        ("online", "онлайн", "он-лайн"),
        ("2FA", "2фа"),
        ("3D", "3д"),
        ("PIN-код", "пинкод"),
        ("web-сайт", "вебсайт"),
        ("Node.js", "nodejs"),
        ("б/у", "бу", "Б/У"),
        ("10 000", "10000", "10\u00a0000"),
        ("8-800-555-35-35", "88005553535", "+7 (800) 555-35-35", "8005553535"),
        ("д'Артаньян", "дартаньян", "д’Артаньяна"),
        ("résumé", "resume"),
        ("ＳＱＬ", "SQL"),
        ("м²", "м2"),
        ("404б", "404Б", "404 б", "404-б"),
        ("2ндфл", "2-НДФЛ", "2 НДФЛ"),
        ("user name", "username", "user_name", "getUserName", "user-name", "UserName"),
        ("Кирилл", "Кирил", "Кириллу"),
        ("аккаунт", "акаунт"),
        ("трафик", "траффика"),
        ("postgress", "Postgres"),
        ("об'ем", "объём", "объем", "об’ёмы"),
        ("cпасибо", "спасибо"),  # the first begins with a Latin letter
        ("регистрация", "зарегистрироваться", "регистрируют"),
        ("увольнение", "уволиться", "увольняют"),
        ("оплата", "оплатить", "оплачивается"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_a_spelling_finds_the_others(analyzer: Analyzer, spellings: tuple[str, ...]) -> None:
    lost = [
        (query, title)
        for query in spellings
        for title in spellings
        if not finds(WritableIndex(analyzer), query, title)
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("об'ем", "Ели"),
        ("1с", "1 сентября"),
        ("c++", "Буква С"),
        ("jar", "Jira"),
        ("404а", "404б"),
        ("кредо", "Креды"),
        ("скама", "Скамья"),
        ("лист", "Last"),
        ("кот", "Cut"),
        ("год", "God"),
        ("роль", "Rule"),
        ("1с", "1В"),
        ("джара", "Джира"),
        ("принц", "Принтер"),
        ("курсор", "Курсы"),
        ("уволи.", "Увольнение"),
        ("2020-01-02", "20200102"),
        ("взять отпуск", "Взятотпуск"),
    ],
)
def test_other_words_are_not_found(index: WritableIndex, query: str, title: str) -> None:
    index.write([SearchDocument(id="q:1", title=title, version=1)])
    assert index.find(query, limit=20, offset=0).total == 0


@pytest.mark.parametrize("query", ["трудовойкодекс", "трудовогокодекса"])
def test_two_words_that_are_typed_as_one_are_found(index: WritableIndex, query: str) -> None:
    assert finds(index, query, "Трудовой кодекс")


def test_a_document_with_the_word_itself_comes_before_one_with_another_of_its_family(
    index: WritableIndex,
) -> None:
    for number, title in enumerate(("Оплата заказа", "Оплатить заказ", "Оплата заказа"), 1):
        index.write([SearchDocument(id=f"q:{number}", title=title, version=1)])
    found = index.find("оплатить", limit=20, offset=0).documents
    assert [document.id for document, _ in found] == ["q:2", "q:3", "q:1"]


def test_two_short_words_are_a_loan_although_documents_have_both(index: WritableIndex) -> None:
    for number, title in enumerate(("Настройка Wi-Fi", "Вай фай"), 1):
        index.write([SearchDocument(id=f"q:{number}", title=title, version=1)])
    assert index.find("вай фай", limit=20, offset=0).total == 2


def test_a_word_that_documents_join_or_separate_is_no_misspelling(index: WritableIndex) -> None:
    for number, title in enumerate(("Трудовой кодекс", "Настройка Wi-Fi"), 1):
        index.write([SearchDocument(id=f"q:{number}", title=title, version=1)])
    for query in ("трудовойкодекс", "вай фай", "wi fi"):
        assert index.find(query, limit=20, offset=0).is_complete, query


@pytest.mark.parametrize(
    "query",
    ["'" * 5_000, "а'" * 5_000, "a_" * 5_000, "aB" * 5_000, "x²", "1а" * 5_000, "а-1" * 999],
)
def test_monstrous_queries_are_answered(index: WritableIndex, query: str) -> None:
    index.write([SearchDocument(id="q:1", title=query[:200], text=query, version=1)])
    index.find(query, limit=20, offset=0)


def found_in(analyzer: Analyzer, query: str, text: str, title: str = "Слон") -> Hit:
    """Search a document, which has to be found, as the service does."""
    index = WritableIndex(analyzer)
    index.write([SearchDocument(id="q:1", title=title, text=text, version=1)])
    matches = index.find(query, limit=1, offset=0)
    maker = SnippetMaker(analyzer, matches.rarity, matches.other_spellings)
    ((document, score),) = matches.documents
    return maker.hit(document, score)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("1c", "Вход в 1С.", "1С"),
        ("c++", "Пишем на С++.", "С++"),
        ("объем", "Об'ем диска.", "Об'ем"),
        ("уволиться", "При увольнении верните пропуск.", "увольнении"),
        ("джира", "Задачи в Jira.", "Jira"),
        ("jira", "Задачи в джире.", "джире"),
        ("excel", "Отчёт в экселе.", "экселе"),
        ("server", "Адрес сервера.", "сервера"),
        ("сервер", "Адрес Server.", "Server"),
        ("wifi", "Пароль от Wi-Fi.", "Wi-Fi"),
        ("вайфай", "Пароль от Wi-Fi.", "Wi-Fi"),
        ("wifi", "Пароль от вай фая.", "вай фая"),
        ("атестация", "После аттестации.", "аттестации"),
        ("аккаунт", "Мой акаунт.", "акаунт"),
        ("nodejs", "Учим Node.js.", "Node.js"),
        ("дартаньян", "Роман о д'Артаньяне.", "д'Артаньяне"),
        ("username", "Вызов getUserName().", "getUserName"),
        ("3д", "Печать 3D.", "3D"),
        ("10000", "Не более 10 000 руб.", "10 000"),
        ("88005553535", "Звоните 8 (800) 555-35-35.", "8 (800) 555-35-35"),
    ],
)
def test_other_spellings_are_highlighted(
    analyzer: Analyzer, query: str, text: str, marked: str
) -> None:
    snippet = found_in(analyzer, query, text).snippet
    assert [snippet.text[start:end] for start, end in snippet.highlights] == [marked]


def test_a_title_is_highlighted_although_characters_of_it_are_invisible(analyzer: Analyzer) -> None:
    title = "Спраи\u0306т и мно\u00adго\u00adзна\u00adчи\u00adтель"
    hit = found_in(analyzer, "спрайт многозначитель", "", title)
    assert [title[start:end] for start, end in hit.title_highlights] == title.split(" и ")
    assert found_in(analyzer, "нет", "Нет.", title).title_highlights == ()


def test_highlights_of_joined_words_do_not_overlap(analyzer: Analyzer) -> None:
    text = "Номер +7 (495) 123-45-67, user_name, getUserName, вай-фай и wi-fi."
    spans = found_in(analyzer, "123 74951234567 user username wifi вайфай", text).snippet.highlights
    assert [text[start:end] for start, end in spans] == [
        *("7 (495) 123-45-67", "user_name", "getUserName", "вай-фай", "wi-fi"),
    ]
