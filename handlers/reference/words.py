"""The texts of the reference's pages. What the calls declare in English has a translation."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

from handlers.languages import Locale

LANGUAGES: dict[Locale, str] = {"ru": "Русский", "en": "English"}

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\((/[^)#?]*)([^)]*)\)")


@cache
def _read(name: str) -> dict[str, str]:
    return tomllib.loads(files("handlers").joinpath(f"reference/words/{name}").read_text("utf-8"))


class Words:
    """The texts in a language. `query` is added to the links within them."""

    def __init__(self, locale: Locale, query: str = "") -> None:
        self.locale = locale
        self.query = query
        self._texts = _read(f"{locale}.toml")
        self._sentences = {} if locale == "en" else _read(f"sentences.{locale}.toml")

    def text(self, key: str, /, **values: object) -> str:
        """Return a text of the pages with these values.

        Raises:
            KeyError: there is no such text, which is a fault of ours.
        """
        return self._texts[key].format(**values)

    def told(self, sentence: str) -> str:
        """Return what a call declares, in this language; in English if it is not translated yet."""
        return self._sentences.get(sentence, sentence)

    def shape(self, shape: str) -> str:
        """Return the values of a parameter in a few words of this language."""
        for word in ("or", "to"):
            shape = shape.replace(f" {word} ", f" {self.text(word)} ")
        return shape

    def marked(self, text: str) -> Markup:
        """Return a text as HTML, with what stands in backticks as code, and with its links."""
        html = _CODE.sub(r"<code>\1</code>", str(escape(text)))
        return Markup(_LINK.sub(rf'<a href="\2{self.query}\3">\1</a>', html))  # noqa: S704 - escaped
