"""A short test in each language of the widget, on a phone: complete, within the screen, accessible.

And one that is written from right to left, in a language that the widget has no words for.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.sites import PROVIDER, HostPages, PartnerSite
from tests.browser.visitor import Visitor
from tests.support.processes import Gateway

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
"""The narrowest phone in use, in CSS pixels."""

LANGUAGES = {
    "ru": ("Начать тест", "Тест пройден", "Небольшая пауза"),
    "en": ("Start the test", "Test completed", "A short pause"),
    "hy": ("Սկսել թեստը", "Թեստն ավարտված է", "Կարճ դադար"),
    "az": ("Testə başla", "Test tamamlandı", "Qısa fasilə"),
    "kk": ("Тестті бастау", "Тест аяқталды", "Шағын үзіліс"),
    "mn": ("Тестийг эхлүүлэх", "Тест дууслаа", "Түр завсарлага"),
    "fr": ("Commencer le test", "Test terminé", "Une petite pause"),
}
QUESTION = {
    "ru": "Что вы делаете охотнее всего?",
    "en": "What do you like to do most?",
    "hy": "Ի՞նչն եք ամենից սիրով անում։",
    "az": "Ən çox nə etməyi xoşlayırsınız?",
    "kk": "Сізге не істеген көбірек ұнайды?",
    "mn": "Та юу хийх дуртай вэ?",
    "fr": "Que préférez-vous faire ?",
    "ar": "ما الذي تحب أن تفعله أكثر؟",
}
CHOICES = {
    "ru": ["Обустраивать дом", "Путешествовать", "Читать"],
    "en": ["Improving the home", "Travelling", "Reading"],
    "hy": ["Բարեկարգել տունը", "Ճանապարհորդել", "Կարդալ"],
    "az": ["Evi səliqəyə salmaq", "Səyahət etmək", "Oxumaq"],
    "kk": ["Үйді абаттандыру", "Саяхаттау", "Кітап оқу"],
    "mn": ["Гэрээ тохижуулах", "Аялах", "Ном унших"],
    "fr": ["Aménager la maison", "Voyager", "Lire"],
    "ar": ["ترتيب المنزل", "السفر", "القراءة"],
}


def write_test(folder: Path, slug: str, locales: list[str], **more: Any) -> None:
    """Write a test with a question of each type in these languages."""
    text = {locale: QUESTION[locale] for locale in locales}
    options = [
        {"value": str(number), "text": {locale: CHOICES[locale][number] for locale in locales}}
        for number in range(3)
    ]
    ends = options[0], *({"value": f"step{number}"} for number in range(3)), options[2]
    questions = [
        {"type": "option", "options": options, "forward": True},
        {"type": "checkbox", "options": options, "count": 2},
        {"type": "rating", "options": options},
        {"type": "gradient", "options": [*ends]},
        {"type": "text", "fields": [{"placeholder": text}, {"input": "number"}], "timer": 3600},
    ]
    definition = {
        "slug": slug,
        "title": text,
        "description": text,
        "instruction": text,
        "authors": [text],
        "duration": 5,
        "locales": locales,
        "questions": [
            {"id": str(number), "text": text} | question
            for number, question in enumerate(questions, start=1)
        ],
    }
    (folder / f"{slug}.yaml").write_text(json.dumps(definition | more), encoding="utf-8")


@pytest.fixture(scope="module")
def page_of(
    gateway: Gateway, site: PartnerSite, host: HostPages, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """Serve a page with a test; return its address: `page_of("seven", "hy")`."""
    assert site
    folder = tmp_path_factory.mktemp("languages")
    seven = [*LANGUAGES]
    write_test(folder, "seven", seven, access="paid", pause_after=3)
    write_test(folder, "arabic", ["ar"])
    gateway.command("test", "import", str(folder))

    def add(slug: str, language: str) -> str:
        page = (
            f'<script type="module" src="{gateway.url}/static/widget/widget.js"></script>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<main><test-widget provider="{PROVIDER}" test="{slug}" heading-level="1">'
            "</test-widget></main>"
        )
        return host.add(f"/{slug}/{language}", page, language=language)

    return add


def check(visitor: Visitor, name: str, *, axe: bool = True) -> None:
    """The screen fits a narrow phone; nothing is cut off; axe finds nothing."""
    page = visitor.page
    visitor.picture(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    cut = page.evaluate(
        """() => {
          const root = document.querySelector('test-widget').shadowRoot;
          const card = root.querySelector('.card').getBoundingClientRect();
          const texts = 'button, h1, p, label, .status, span:not(.hidden, .note)';
          const isCut = (each) => {
            const { left, right } = each.getBoundingClientRect();
            const isOutside = left < card.left - 1 || right > card.right + 1;
            const isClipped = each.matches(texts) && each.scrollWidth > each.clientWidth + 1;
            return each.offsetParent && each.clientWidth && (isOutside || isClipped);
          };
          return [...root.querySelectorAll('.card *')].filter(isCut)
            .map((each) => `${each.tagName} ${each.className} ${each.textContent}`);
        }"""
    )
    assert cut == [], name
    if axe:
        found = Axe().run(page).response["violations"]
        assert found == [], [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


def to_the_pause(visitor: Visitor, language: str, choices: list[str]) -> None:
    widget, following = visitor.widget, visitor.widget.locator('[part="next"]')
    check(visitor, f"{language}-1-option")
    visitor.choices.nth(0).click()
    for choice in choices[:2]:
        widget.get_by_role("checkbox", name=choice).click()
    check(visitor, f"{language}-2-checkbox", axe=False)
    following.click()
    expect(widget.get_by_role("listitem")).to_have_count(3)
    check(visitor, f"{language}-3-rating")
    following.click()


@pytest.mark.sampled
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_takes_a_test_in_each_language(
    new_visitor: NewVisitor, page_of: Any, site: PartnerSite, language: str
) -> None:
    start, finished, paused = LANGUAGES[language]
    visitor = new_visitor(viewport=PHONE)
    visitor.page.goto(page_of("seven", language))
    visitor.sees(QUESTION[language])
    check(visitor, f"{language}-0-welcome")
    visitor.button(start).click()
    to_the_pause(visitor, language, CHOICES[language])
    visitor.sees(paused)
    check(visitor, f"{language}-4-pause")
    site.ask("payment/confirm", session=visitor.started()["session"])
    expect(visitor.choices).to_have_count(5)
    visitor.choices.nth(1).focus()
    check(visitor, f"{language}-5-gradient", axe=False)
    visitor.choices.nth(1).click()
    fields = visitor.widget.get_by_role("textbox")
    fields.nth(1).fill("x")
    visitor.widget.locator('[part="next"]').click()
    check(visitor, f"{language}-6-text")
    for index, value in enumerate(("a", "1")):
        fields.nth(index).fill(value)
    visitor.widget.locator('[part="next"]').click()
    visitor.sees(finished)
    check(visitor, f"{language}-7-finish", axe=False)
    assert visitor.widget.evaluate("(it) => it.shadowRoot.querySelector('.card').lang") == language
    assert visitor.faults == []


def test_a_test_is_shown_from_right_to_left_with_english_around_it(
    new_visitor: NewVisitor, page_of: Any
) -> None:
    visitor = new_visitor(viewport=PHONE, locale="ar-EG")
    visitor.page.goto(page_of("arabic", "ar-EG"))
    visitor.sees(QUESTION["ar"])
    check(visitor, "ar-0-welcome")
    visitor.button("Start the test").click()
    question = visitor.widget.get_by_role("group")
    expect(question).to_have_attribute("dir", "rtl")
    expect(question).to_have_attribute("lang", "ar")
    marks, words = visitor.choices.nth(0), question.get_by_text(CHOICES["ar"][0])
    assert (marks.bounding_box() or {})["x"] > (words.bounding_box() or {})["x"]
    to_the_pause(visitor, "ar", CHOICES["ar"])
    expect(visitor.choices).to_have_count(5)
    boxes = [visitor.choices.nth(index).bounding_box() or {} for index in (0, 4)]
    assert boxes[0]["x"] > boxes[1]["x"]
    check(visitor, "ar-5-gradient")
    assert visitor.faults == []


@pytest.mark.parametrize(
    ("language", "reads", "question", "words"),
    [
        ("de-AT", "fr-FR", "fr", "Commencer le test"),
        ("de", "de-DE", "ru", "Start the test"),
        ("kk-KZ", "en-US", "kk", "Тестті бастау"),
        ("", "mn-MN", "mn", "Тестийг эхлүүлэх"),
        ("hy_AM", "en-US", "hy", "Սկսել թեստը"),
        ("n", "az-Latn-AZ", "az", "Testə başla"),
    ],
)
def test_the_page_is_heard_first_and_then_the_browser(
    new_visitor: NewVisitor, page_of: Any, language: str, reads: str, question: str, words: str
) -> None:
    visitor = new_visitor(viewport=PHONE, locale=reads)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.goto(page_of("seven", language))
    visitor.sees(QUESTION[question])
    expect(visitor.button(words)).to_be_visible()
    # The guess that was made before the widget had loaded was right.
    assert len([url for url in asked if "/info/seven/" in url and "questions" not in url]) == 1


def test_the_page_in_a_frame_speaks_the_language_of_its_host(
    new_visitor: NewVisitor, page_of: Any, gateway: Gateway, host: HostPages
) -> None:
    assert page_of
    page = (
        f'<script type="module" src="{gateway.url}/static/widget/frame.js"></script>'
        f'<test-widget-frame provider="{PROVIDER}" test="seven"></test-widget-frame>'
    )
    visitor = new_visitor()
    visitor.page.goto(host.add("/framed", page, language="hy-AM"))
    frame = visitor.page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Սկսել թեստը")).to_be_visible()
    expect(frame.get_by_role("heading", name=QUESTION["hy"])).to_be_visible()
    expect(visitor.page.locator("iframe")).to_have_attribute("title", "Թեստ")
