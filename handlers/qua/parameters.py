"""The parameters of QUA's API, each declared once for all calls that take it."""

from dataclasses import dataclass

from handlers.contract.errors import ParameterInvalidError
from handlers.contract.inputs import Inputs, Value
from handlers.contract.json_reader import is_storable, unpack_json
from handlers.contract.parameters import Flag, Integer, Member, Parameter, Schema, Text
from widget_gateway.domain.qua.external_resources import MAX_CONTENT, parse_image, parse_page_url
from widget_gateway.domain.qua.questions import (
    MAX_KEYWORD,
    MAX_KEYWORDS,
    MAX_RAW,
    MAX_TITLE,
    tidy,
    tidy_keywords,
)
from widget_gateway.domain.qua.synonyms import LEAST_WORDS, MAX_WORDS, tidy_synonyms
from widget_gateway.domain.qua.tracking import TOKEN_LENGTH, Track, comparable
from widget_gateway.domain.qua.users import MAX_PASSWORD
from widget_gateway.domain.web import MAX_URL

MAX_QUERY = 500
"""The most characters of a search query."""

_PAIR = 2

DEFAULT_LIST_LIMIT = 100
"""The items of a page if the call has no `limit`."""


@dataclass(frozen=True, eq=False)
class Line(Text):
    """A text of one line that is more than white space."""

    def read(self, value: Value) -> str:
        """The text without superfluous white space."""
        text = tidy(super().read(value))
        if not text:
            raise ParameterInvalidError(self.name, "it is empty.")
        return text


@dataclass(frozen=True, eq=False)
class KeywordsParameter(Parameter[tuple[str, ...]]):
    """Words by which a question is found: a list of strings, or a string that holds it as JSON."""

    def read(self, value: Value) -> tuple[str, ...]:
        """The words without repetitions."""
        words = unpack_json(self.name, value)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ParameterInvalidError(self.name, "it is a list of strings.")
        tidied = tidy_keywords(words)
        if len(tidied) > MAX_KEYWORDS or any(len(word) > MAX_KEYWORD for word in tidied):
            raise ParameterInvalidError(
                self.name, f"it has at most {MAX_KEYWORDS} words of {MAX_KEYWORD} characters."
            )
        if not all(map(is_storable, tidied)):
            raise ParameterInvalidError(self.name, "it has a character that is not text.")
        return tidied

    def schema(self) -> Schema:
        """A string that holds JSON."""
        return {"type": "string", "contentMediaType": "application/json"}

    def json_schema(self) -> Schema:
        """A list of words."""
        word = {"type": "string", "maxLength": MAX_KEYWORD, "pattern": "^[^\\u0000]*$"}
        return {"type": "array", "items": word, "maxItems": MAX_KEYWORDS}


@dataclass(frozen=True, eq=False)
class SynonymsParameter(KeywordsParameter):
    """Words and phrases that mean the same."""

    def read(self, value: Value) -> tuple[str, ...]:
        """The words, of which there are at least two different ones."""
        tidied = tidy_synonyms(super().read(value))
        if not LEAST_WORDS <= len(tidied) <= MAX_WORDS:
            raise ParameterInvalidError(
                self.name, f"it has {LEAST_WORDS} to {MAX_WORDS} different words."
            )
        return tidied

    def json_schema(self) -> Schema:
        """A list of words."""
        return super().json_schema() | {"minItems": LEAST_WORDS, "maxItems": MAX_WORDS}


@dataclass(frozen=True, eq=False)
class PairParameter(Parameter[tuple[str, str]]):
    """Two queries that the report tells apart: a list of strings, or a string with it as JSON."""

    def read(self, value: Value) -> tuple[str, str]:
        """The queries."""
        words = unpack_json(self.name, value)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ParameterInvalidError(self.name, "it is a list of strings.")
        if len(words) != _PAIR:
            raise ParameterInvalidError(self.name, f"it has {_PAIR} queries.")
        query = Line(self.name, self.about, most=MAX_QUERY)
        first, second = map(query.read, words)
        if comparable(first) == comparable(second):
            raise ParameterInvalidError(self.name, "its queries are the same.")
        return first, second

    def schema(self) -> Schema:
        """A string that holds JSON."""
        return {"type": "string", "contentMediaType": "application/json"}

    def json_schema(self) -> Schema:
        """A list of two queries."""
        word = {"type": "string", "maxLength": MAX_QUERY, "pattern": "^[^\\u0000]*$"}
        return {"type": "array", "items": word, "minItems": _PAIR, "maxItems": _PAIR}


@dataclass(frozen=True, eq=False)
class AnswerParameter(Parameter[str]):
    """An answer: an object with Markdown as `raw`, or a string that holds it as JSON."""

    def read(self, value: Value) -> str:
        """The Markdown. An empty text removes the answer."""
        members = unpack_json(self.name, value)
        if not isinstance(members, tuple):
            raise ParameterInvalidError(self.name, 'it is an object like {"raw": "some markdown"}.')
        raws = [text for name, text in members if name == "raw"]
        raw = raws[0] if raws else None
        if not isinstance(raw, str) or any(other != raw for other in raws):
            raise ParameterInvalidError(self.name, 'its "raw" is a string, given once.')
        if len(raw) > MAX_RAW:
            raise ParameterInvalidError(self.name, f"it is longer than {MAX_RAW} characters.")
        if not is_storable(raw):
            raise ParameterInvalidError(self.name, "it has a character that is not text.")
        return raw

    def schema(self) -> Schema:
        """A string that holds JSON."""
        return {"type": "string", "contentMediaType": "application/json"}

    def json_schema(self) -> Schema:
        """An object. Its other members are ignored."""
        raw = {"type": "string", "maxLength": MAX_RAW, "pattern": "^[^\\u0000]*$"}
        return {"type": "object", "properties": {"raw": raw}, "required": ["raw"]}


@dataclass(frozen=True, eq=False)
class Url(Text):
    """The address of a page of another site."""

    def read(self, value: Value) -> str:
        """The address in its canonical spelling."""
        url = parse_page_url(super().read(value))
        if url is None:
            raise ParameterInvalidError(
                self.name,
                f"it begins with http:// or https:// and has at most {MAX_URL} characters.",
            )
        return url

    def schema(self) -> Schema:
        """A URL."""
        return {"type": "string", "format": "uri", "maxLength": MAX_URL}

    json_schema = schema


@dataclass(frozen=True, eq=False)
class Image(Url):
    """The address of a picture, on this host or another site."""

    def read(self, value: Value) -> str:
        """The address in its canonical spelling."""
        image = parse_image(Text.read(self, value))
        if image is None:
            raise ParameterInvalidError(self.name, "it is a URL, or a path that begins with /.")
        return image

    def schema(self) -> Schema:
        """A URL, or a path."""
        return {"type": "string", "format": "uri-reference", "maxLength": MAX_URL}

    json_schema = schema


USERNAME = Text("username", "The user's name; its case does not matter.", example="nsapunov")
PASSWORD = Text("password", "Its password.", most=MAX_PASSWORD, example="secret_password")

TITLE = Line("title", "The question.", most=MAX_TITLE, example="Привет тебе друг")
KEYWORDS = KeywordsParameter(
    "keywords", "Words by which it is found, too.", example=["one", "two", "three"]
)
ANSWER = AnswerParameter(
    "answer", "The answer, in Markdown; an empty one is removed.", example={"raw": "some markdown"}
)
ANSWERS = AnswerParameter("answers", "The same, under its other name.")

VERSION = Integer(
    "version",
    "The version that the change was made from; if the question has another one now, it is 409.",
    least=1,
    most=10**9,
    example=1,
)
RAW = Text("raw", "Markdown.", most=MAX_RAW, example="some **markdown**")
PREFIX = Text(
    "prefix", "How the keyword begins; its case does not matter.", most=MAX_KEYWORD, example="пар"
)

SYNONYMS = SynonymsParameter(
    "words", "Words and phrases that mean the same.", example=["wifi", "вайфай"]
)
PAIR = PairParameter(
    "words", "The two queries of the proposal, in either order.", example=["вайфай", "wifi"]
)
ONE_WAY = Flag("one_way", "Whether only the first word also finds the others (0).", example=0)

QUERY = Line("query", "What is searched for.", most=MAX_QUERY, example="друг")
DISMISSED = Flag(
    "dismissed", "Whether to dismiss the entry (1), or else to bring it back.", example=1
)
ONLY_DISMISSED = Flag(
    "dismissed", "Whether to list dismissed entries instead of the others (0).", example=0
)
SPELLING = Flag("spelling", "Whether to correct the query where that finds more (1).", example=0)
TYPING = Flag(
    "typing",
    "Whether the query is still typed (0): then its last word may become a longer one.",
    example=1,
)

URL = Url("url", "Where the page is.", example="https://en.wikipedia.org/wiki/Friendship")
PAGE_TITLE = Line("title", "Its title; else the page's own.", most=MAX_TITLE)
CONTENT = Text("content", "Its text; without it the page is fetched.", most=MAX_CONTENT)
IMAGE = Image("image", "A picture: a URL, or a path on this host.", example="/static/images/a.jpg")

SHID = Integer("shid", "The number of the search.", least=1, most=10**15 - 1, example=47)
QID = Integer("qid", "The number of the hit.", least=1, most=10**15 - 1, example=1)
TOKEN = Text(
    "token", "Signs the other parameters.", most=TOKEN_LENGTH, example="29f0e3a50514dd530717"
)
TRACK = Member("track", "What kind of hit it is.", kind=Track, example=Track.EXTERNAL)
CLICK = (QID, SHID, TOKEN, TRACK)
REDIRECT_URL = Text("redirect_url", "Where the hit leads to.", most=MAX_URL, example=URL.example)


def limit_parameter(default: int, most: int) -> Integer:
    """The parameter `limit`: the most items of a page."""
    return Integer("limit", f"How many at most ({default}).", least=1, most=most, example=20)


def offset_parameter(most: int) -> Integer:
    """The parameter `offset`: the number of items before a page."""
    return Integer("offset", "How many to leave out at the beginning (0).", least=0, most=most)


LIST_LIMIT = limit_parameter(default=DEFAULT_LIST_LIMIT, most=1_000)
LIST_OFFSET = offset_parameter(most=10**9)


def list_page(inputs: Inputs) -> tuple[int, int]:
    """The `limit` and the `offset` of a page that is asked for."""
    return LIST_LIMIT.find(inputs) or DEFAULT_LIST_LIMIT, LIST_OFFSET.find(inputs) or 0
