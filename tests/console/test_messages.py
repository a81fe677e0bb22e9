"""The messages of the import and of `doctor` in Russian."""

import ast
import re
from pathlib import Path

import pytest

import widget_gateway
from handlers.console.messages import message_in

ROOT = Path(widget_gateway.__file__).parent
SOURCES = (
    "domain/catalogue/comparison.py",
    "domain/catalogue/definitions.py",
    "domain/catalogue/unshown_texts.py",
    "services/catalogue",
    "services/console/drafts.py",
    "services/health.py",
)
PROSE = re.compile(r"[a-z]{2,} [a-z\x00]|\x00 [a-z]{2}|^\x00[;:]? [a-z]")
"""What looks like English words; NUL stands for what is put in."""

PLACE = re.compile("^(\x00:)+(1:)? |^\x00: (?=[a-z-])")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def test_words_around_what_is_put_in_are_translated():
    assert message_in("ru", "takes at most 7 entries") == "записей может быть не больше 7"
    assert message_in("ru", "questions[3].id: is given twice, the first time here; keep one") == (
        "questions[3].id: указано дважды в одной строке; оставьте одно"
    )


def test_messages_within_messages_are_translated_and_quoted_words_are_not():
    lost = 'could not be carried over: the right answer "an option": no such option'
    assert message_in("ru", lost) == (
        "не перенесено: верный ответ «an option»: такого варианта нет"
    )


def test_what_nobody_has_translated_stays_as_it_is():
    for message in (
        "",
        "a or b: c",
        "expected <block end>, but found ']'",
        "{0}",
        "{0} or {1}",
        "a or b",
    ):
        assert message_in("ru", message) == message


COMPOSED = (
    "the text is missing in: ru; the one in en stands in",
    "right and wrong answers' texts (questions: q1, q2): the widget does not show them yet",
    'must be a text (put it in quotes: "1"), one for each language: {ru: …, en: …}',
    "must be a whole number or a list",
    "unknown field colour; allowed: id, text",
    'the picture "a.png" has a relative name; --images puts an address before it',
    "hint of a question of type matrix",
    "cookieName of the survey",
    "config.xml: is no config",
    "pictures have relative names (q1.png and 3 more); --images puts an address before them",
    "<bonus> in <config> with 3 texts, of which nothing says when to show it",
    'the scale "s1" has no title, so reports do not show it',
    'the aspect "s1" has no title, so reports do not show it',
    "a text had no ru, fr; the English one stands in",
    "not XML: Opening and ending tag; close each element where it was opened, as in <b>a</b>",
    'has 3 cells, and the header has 2; put a text with "," in quotes',
    'the name of a field must be a text: put "no" in quotes',
    "is given twice, the first time on line 5; keep one",
    "counter 7, ledger 2, users 2 and 1 erased",
)
"""Messages that the sources put together of parts, which are no messages themselves."""

PARTS = (
    *(
        "; the one in",
        "stands in",
        "right and wrong answers",
        "the widget does not show",
        "allowed:",
    ),
    *("must be \0\0", "A text by language", "one for each language", "has a relative name"),
    *('the picture "', "\0 of \0", "\0 more", "is no \0", "\0 texts", "of which nothing says"),
    *("has \0 cells", "put a text with \0", ': put "', "must be a text\0", "on line \0"),
    *("the first time\0", "and \0 erased", "has no title, so"),
    *('the scale "', 'the aspect "', "one stands in", "a text had no"),
)
PARSER = (
    *("Opening and ending tag", "not proper UTF-8", "Invalid bytes in", "StartTag:"),
    *("Premature end of", "Document is empty", "could not be carried over: ", "are not allowed"),
    *("cannot start any", "alphabetic or", "comment or", "constructor for", "end of stream"),
    *("unknown escape", "expected key", "<block end>", "find expected", "undefined alias"),
    "tab character",
)
TESTS_OWN = (
    *("Question \0", "Strongly ", "Neither agree", "Which is closer", "Hansı", "Laquelle vous"),
    *("IPIP-NEO", "120 statements", "Mark how", "Activity level", "Openness to", "Artistic int"),
    "International Personality",
)
NOT_SHOWN = ("all done", "USER_KEYs", "search index is being loaded", "index \0 is missing")
"""Words of parsers and of tests, and what no page of the console shows."""


@pytest.mark.parametrize("message", COMPOSED)
def test_messages_of_several_parts_are_translated_whole(message):
    told = message_in("ru", f"could not be carried over: {message}")
    english = re.sub(r"«[^»]*»|<[^>]*>.*?</|Opening.*?;|--images", "", told)
    assert CYRILLIC.search(told)
    assert not re.search(r"\b(the|of|is|in|no|a|must|stands)\b", english), told


def test_english_pages_show_the_messages_as_they_are():
    assert message_in("en", "must not be empty") == "must not be empty"


def test_a_hostile_message_takes_linear_time():
    for words in (" or ", "; ", " of ", ": ", '"', "could not be carried over: "):
        message_in("ru", words * 20_000)


def templates():
    """Every message in the sources, with NUL for what is put into it."""
    for source in SOURCES:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            inner = {
                id(part)
                for node in ast.walk(tree)
                for part in (
                    node.values
                    if isinstance(node, ast.JoinedStr)
                    else [node.value]
                    if isinstance(node, ast.Expr)
                    else ()
                )
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.JoinedStr):
                    text = "".join(
                        part.value if isinstance(part, ast.Constant) else "\0"
                        for part in node.values
                    )
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    text = "" if id(node) in inner else node.value
                else:
                    continue
                is_message = not any(
                    part in text for part in (*PARTS, *PARSER, *TESTS_OWN, *NOT_SHOWN)
                )
                if is_message and PROSE.search(text) and not CYRILLIC.search(text):
                    yield pytest.param(text, id=f"{file.name}: {text}".replace("\0", "_"))


@pytest.mark.parametrize("template", dict.fromkeys(templates()))
def test_every_message_has_a_russian_text(template):
    message = PLACE.sub("", template).replace("\0", "x1")
    assert CYRILLIC.search(message_in("ru", message)), message
