"""Small tests with questions of every type, for the tests of the widget."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Route

Definition = dict[str, Any]


def text(english: str, russian: str) -> dict[str, str]:
    """A text of a definition in both languages."""
    return {"ru": russian, "en": english}


def option(value: str, english: str, russian: str, **more: Any) -> Definition:
    """An option with a text."""
    return {"value": value, "text": text(english, russian)} | more


def image(name: str, english: str = "", russian: str = "", size: str = "") -> Definition:
    """A picture, which `send_picture` answers; its `size` is written as "640x400"."""
    alt = {"alt": text(english, russian)} if english else {}
    width, _, height = size.partition("x")
    sized = {"width": int(width), "height": int(height)} if size else {}
    return {"src": f"/pictures/{name}.svg", **alt, **sized}


OPTION: Definition = {
    "id": "river",
    "type": "option",
    "text": text("Which river is longer?", "Какая река длиннее?"),
    "options": [option("volga", "Volga", "Волга"), option("lena", "Lena", "Лена")],
}
CHECKBOX: Definition = {
    "id": "skills",
    "type": "checkbox",
    "text": text(
        "Which two of these do your friends come to you for?",
        "С какими двумя из этих дел друзья чаще всего идут к вам?",
    ),
    "count": 2,
    "options": [
        option("fix", "To get something repaired", "Что-нибудь починить"),
        option("talk", "To talk things over", "Поговорить по душам"),
        option("plan", "To plan a trip or a party", "Спланировать поездку или праздник"),
        option("draw", "To draw or design something", "Что-нибудь нарисовать или оформить"),
    ],
}
ANY_NUMBER: Definition = {
    "id": "places",
    "type": "checkbox",
    "text": text("Where would you like to work?", "Где вам хотелось бы работать?"),
    "forward": True,
    "options": [
        option("office", "In an office", "В офисе"),
        option("outside", "Outdoors", "На воздухе"),
        option("home", "At home", "Дома"),
    ],
}
TEXT: Definition = {
    "id": "space",
    "type": "text",
    "text": text(
        "Who flew to space first, when, and why does it matter to you?",
        "Кто первым полетел в космос, когда и чем это важно для вас?",
    ),
    "fields": [
        {"placeholder": text("Surname", "Фамилия")},
        {"placeholder": text("Year", "Год"), "input": "number"},
        {"placeholder": text("In your own words", "Своими словами")},
    ],
}
RATING: Definition = {
    "id": "work",
    "type": "rating",
    "text": text("What matters most to you at work?", "Что для вас важнее всего в работе?"),
    "options": [
        option("pay", "Good pay", "Хороший доход"),
        option("people", "Friendly people", "Дружный коллектив"),
        option("calm", "Peace and quiet", "Тишина и покой"),
        option(
            "growth",
            "Learning something new every day",
            "Возможность каждый день узнавать что-то новое",
        ),
    ],
}
GRADIENT: Definition = {
    "id": "alone",
    "type": "gradient",
    "text": text("How do you work best?", "Как вам лучше работать?"),
    "options": [
        option("-2", "Alone, in my own rhythm", "В одиночку, в своём ритме"),
        {"value": "-1"},
        {"value": "0"},
        {"value": "1"},
        option("2", "Together with others", "Вместе с другими"),
    ],
}
PICTURED: Definition = {
    "id": "landscape",
    "type": "option",
    "text": text("Where would you rather walk?", "Где бы вы охотнее прогулялись?"),
    "image": image("map", "A map of two paths", "Карта с двумя тропами", "640x400"),
    "options": [
        option("sea", "By the sea", "У моря", image=image("sea", size="320x200")),
        option("hills", "In the hills", "В горах", image=image("hills", size="320x200")),
        {"value": "city", "image": image("city", "In the city", "По городу", "320x200")},
    ],
}
UNSIZED: Definition = {
    "id": "landscape",
    "type": "checkbox",
    "text": text("What do you see?", "Что вы видите?"),
    "image": image("map"),
    "options": [
        option("sea", "Water", "Вода", image=image("sea")),
        {"value": "hills", "image": image("hills")},
    ],
}


def timed(question: Definition, seconds: int) -> Definition:
    """Return the question with a timer."""
    return question | {"timer": seconds}


FORMATTED: Definition = OPTION | {
    "html": text("<p>Which river\n is <em>longer</em>?</p>", "<p>Какая река <em>длиннее</em>?</p>"),
    "id": "formatted",
}


def skippable(question: Definition) -> Definition:
    """Return the question as one that may be skipped."""
    return question | {"forward": True}


TESTS: dict[str, list[Definition]] = {
    "every-type": [CHECKBOX, TEXT, RATING, GRADIENT, PICTURED, timed(OPTION, 60)],
    "checkbox": [CHECKBOX, OPTION],
    "any-number": [ANY_NUMBER, OPTION],
    "text": [TEXT, OPTION],
    "text-to-skip": [skippable(TEXT)],
    "two-texts": [
        {"id": name, "type": "text", "text": text(name, name), "fields": [{"input": "text"}]}
        for name in ("first", "second")
    ],
    "long-texts": [
        {"id": name, "type": "text", "text": text(name, name), "fields": [{"input": "text"}] * 12}
        for name in ("long", "more")
    ]
    + [OPTION],
    "rating": [RATING, OPTION],
    "rating-to-skip": [skippable(RATING)],
    "gradient": [GRADIENT, OPTION],
    "pictured": [PICTURED],
    "unsized": [UNSIZED],
    "formatted": [FORMATTED, OPTION],
    "two-timers": [timed(OPTION, 40), timed(GRADIENT, 40), CHECKBOX],
    "timed-checkbox": [timed(CHECKBOX, 40), OPTION],
    "timed-text": [timed(TEXT, 90), OPTION],
    "timed-rating": [timed(RATING, 40), OPTION],
    "timed-second": [ANY_NUMBER, timed(CHECKBOX, 40), OPTION],
    "short-timer": [timed(CHECKBOX, 2), OPTION],
}


def write_tests(directory: Path) -> None:
    """Write each of TESTS as a definition. JSON is YAML, too; the slug is also the title."""
    for slug, questions in TESTS.items():
        definition = {"slug": slug, "title": text(slug, slug), "questions": questions}
        (directory / f"{slug}.yaml").write_text(json.dumps(definition), "utf-8")


COLOURS = {"map": "#5a8f76", "sea": "#2d6f97", "hills": "#6d8a3a", "city": "#8a6d5a"}


def send_picture(route: Route) -> None:
    """Answer the request for an `image` with a landscape in its colour."""
    colour = COLOURS[route.request.url.rpartition("/")[2].removesuffix(".svg")]
    route.fulfill(
        content_type="image/svg+xml",
        body='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="640"'
        f' height="400" preserveAspectRatio="xMidYMid slice"><g fill="{colour}">'
        '<path opacity=".25" d="M-99 0h600v200h-600z"/>'
        '<circle opacity=".5" cx="250" cy="50" r="20"/>'
        '<path opacity=".5" d="M-99 140q120-90 240-20t360-50v130h-600z"/>'
        '<path d="M-99 170q180-70 300-15t300-20v65h-600z"/></g></svg>',
    )
