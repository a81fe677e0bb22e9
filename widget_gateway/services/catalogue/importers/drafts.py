"""Gathers what an importer reads into the document of a definition, and tells what became of it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Path,
    Place,
    check_document,
    field_of,
)
from widget_gateway.services.catalogue.importers.draft_scales import (
    MAX_ID,
    Choice,
    Document,
    DraftScales,
    Text,
)
from widget_gateway.services.catalogue.importers.sources import Source
from widget_gateway.services.catalogue.markup import Markup, read_markup, scheme_of
from widget_gateway.services.catalogue.predecessor.elements import Element, Findings, line_of

ANY = ""
"""The language of texts of which the source does not say it, until the draft is finished."""

MAX_QUESTIONS = 1_000
"""Most questions of a test, as in the schema of definitions; more are refused at once."""

MAX_TEXTS = 50_000
"""Most texts that are read of a file, each language by itself: fifty for each question."""

MAX_OPTIONS = 100
"""Most options of a question, as in the schema of definitions."""

MAX_TEXT = 20_000
"""Most characters of a text, as in the schema of definitions; here markup counts too."""

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
_TAG = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)
_NOT_IN_SLUGS = re.compile(r"[^A-Za-z0-9_-]+")
_SCRIPT_LENGTH = 4
_REGION_LENGTH = 2

_PICTURE_SCHEMES = frozenset({"http", "https"})

MAX_LOCALES = 50
"""Most languages of a test, as in the schema of definitions."""

_MAX_NOTES = 300
"""Most notes about one import; of further ones only the number is told."""

Spot = Element | int
"""Where something stands in a source: an element of XML, or the number of a line."""


class Draft:
    """The document of a definition while it is made.

    `form` names the form of the source for people, such as "Moodle XML".
    """

    def __init__(self, source: Source, form: str) -> None:
        self.findings = Findings(source.name)
        self._files = {source.path.name: self.findings}
        self.about: Document = {}
        self.slug: str | None = None
        self.default_locale: str | None = source.options.locale
        self.notes: list[str] = []
        self.form = form
        self._source = source
        self.questions: list[Document] = []
        self._by_id: dict[str, Document] = {}
        self._texts: list[Text] = []
        self._own: list[Text] = []
        self._texts_read = 0
        self._questions_lost = 0
        self._became: Counter[tuple[str, str]] = Counter()
        self.scales = DraftScales(self.text, self.own)
        self._waiting: list[tuple[Spot, str, dict[str, Markup]]] = []
        self._groups: dict[str, Text] = {}

    def turn_to(self, file: str) -> None:
        """Tell what is found from now on of another file of the same package."""
        name = f"{self._source.path.parent / file}"
        if self._source.is_zip:
            name = f"{self._source.name}/{file}"
        self.findings = self._files.setdefault(file, Findings(name))

    # Texts

    def text(self, words: Mapping[str, str] | str | None) -> Text | None:
        """Register a plain text, without languages in which it is empty; None if it is empty."""
        by_locale = {ANY: words} if isinstance(words, str) else words or {}
        text = {locale: said.strip() for locale, said in by_locale.items() if said.strip()}
        if text:
            self._texts.append(text)
        return text or None

    def own(self, russian: str, english: str) -> Text:
        """Register words of our own, which are shown in the languages that the source has."""
        text = {"ru": russian, "en": english}
        self._own.append(text)
        return text

    def plain(self, raw: Mapping[str, str] | str | None, spot: Spot, where: str) -> Text | None:
        """Register HTML as a plain text, and tell which formatting it loses."""
        markups = self._markups(raw, spot)
        self._tell_formatting(markups, spot, where)
        return self.text({locale: markup.plain for locale, markup in markups.items()})

    def option_words(
        self, raw: Mapping[str, str] | str | None, spot: Spot
    ) -> tuple[Text | None, str | None]:
        """Return the text and the picture of an option; its first picture becomes its image."""
        markups = self._markups(raw, spot)
        pictures = list(dict.fromkeys(p for m in markups.values() for p in m.pictures))
        image = self.picture(pictures[0], spot) if pictures else None
        kept = ("<img>",) if len(pictures) == 1 else ()
        self._tell_formatting(markups, spot, "an option", kept)
        return self.text({k: markup.plain for k, markup in markups.items()}), image

    def html(self, raw: Mapping[str, str] | str | None, spot: Spot) -> Text | None:
        """Register a text with markup, sanitised."""
        return self.text({k: markup.html for k, markup in self._markups(raw, spot).items()})

    def wording(
        self,
        raw: Mapping[str, str] | str | None,
        spot: Spot,
        second: Mapping[str, str] | str | None = None,
    ) -> Document:
        """Return the fields `text` and `html` of a question.

        The first text is plain; one with formatting becomes the second text, too. What waits from
        `before` is put before the second text.
        """
        markups = self._markups(raw, spot)
        more = self._markups(second, spot)
        parts = [waiting for _, _, waiting in self._waiting] + [more]
        for place, what, _ in self._waiting:
            self.findings.note(place, f"{what} stands before the text of the next question")
        self._waiting = []
        if any(markup.formatting for markup in markups.values()):
            parts.append(markups)
        locales = dict.fromkeys(locale for part in parts for locale in part)
        joined = {k: _joined([part[k].html for part in parts if k in part]) for k in locales}
        text = self.text({locale: markup.plain for locale, markup in markups.items()})
        if text is None:
            number = len(self.questions) + 1
            self.findings.note(spot, "a question has no words; its number stands in")
            text = self.own(f"Вопрос {number}", f"Question {number}")
        return present({"text": text, "html": self.text(joined)})

    def before(self, raw: Mapping[str, str] | str | None, spot: Spot, what: str) -> None:
        """Keep a text that is no question: as the instruction, or for the next question."""
        markups = self._markups(raw, spot)
        if not markups:
            return
        if not self.questions and "instruction" not in self.about:
            self._tell_formatting(markups, spot, f"{what}, which is the instruction now")
            instruction = self.text({k: markup.plain for k, markup in markups.items()})
            self.about |= present({"instruction": instruction})
            return
        self._waiting.append((spot, what, markups))

    def _markups(self, raw: Mapping[str, str] | str | None, spot: Spot) -> dict[str, Markup]:
        """Read a text by language, and tell what the sanitiser removes.

        Raises:
            DefinitionError: the file has too many texts.
        """
        by_locale = {ANY: raw} if isinstance(raw, str) else raw or {}
        self._texts_read += len(by_locale)
        if self._texts_read > MAX_TEXTS:
            raise self._refusal(spot, f"more than {MAX_TEXTS} texts")
        found: dict[str, Markup] = {}
        for locale, said in by_locale.items():
            markup = self._markup(said)
            for lost in markup.lost:
                self.findings.lost(spot, f"{lost} in a text")
            for picture in markup.pictures:
                if scheme_of(picture) not in _PICTURE_SCHEMES and not picture.startswith("/"):
                    self._tell_picture(spot, picture)
            if markup.plain or markup.pictures:
                found[locale] = markup
        return found

    def _markup(self, said: str) -> Markup:
        said = said.strip()
        if len(said) > MAX_TEXT:  # It is left as it is, for the schema to refuse.
            return Markup(html=said, plain=said, formatting=(), pictures=(), lost=())
        if not _MARKUP.search(said):
            html = escape(said, quote=False)
            return Markup(html=html, plain=said, formatting=(), pictures=(), lost=())
        return read_markup(said, self.address)

    def _tell_formatting(
        self, markups: Mapping[str, Markup], spot: Spot, where: str, kept: Sequence[str] = ()
    ) -> None:
        lost = dict.fromkeys(tag for m in markups.values() for tag in m.formatting)
        for tag in (tag for tag in lost if tag not in kept):
            self.findings.lost(spot, f"{tag} in {where}, whose text is plain")

    def address(self, picture: str) -> str:
        """Return the address of a picture: behind `images` if it is relative and that is set."""
        base = self._source.options.images
        picture = picture.removeprefix("@@PLUGINFILE@@/")  # so Moodle names a file of its own
        if base is None or scheme_of(picture) or picture.startswith("/"):
            return picture
        base = base.replace("{slug}", str(self.slug or self._source.path.stem))
        return f"{base.rstrip('/')}/{picture}"

    def picture(self, name: str, spot: Spot) -> str | None:
        """Return the address of a picture, or None if it has none that a page may show."""
        scheme = scheme_of(name)
        if scheme and scheme not in _PICTURE_SCHEMES:
            self.findings.lost(spot, f"a picture whose address begins with {scheme}:")
            return None
        if name and not scheme and not name.startswith("/"):
            self._tell_picture(spot, name)
        return self.address(name) if name else None

    def _tell_picture(self, spot: Spot, name: str) -> None:
        if not scheme_of(name) and self._source.options.images is None:
            shown = name.removeprefix("@@PLUGINFILE@@/")
            why = "has a relative name; --images puts an address before it"
            self.findings.note(spot, f'the picture "{shown}" {why}')

    # Questions

    def id_for(self, wanted: str | None) -> str:
        """Return a free id for a question: the wanted one if it serves, else a number."""
        wanted = (wanted or "").strip()
        if not wanted or len(wanted) > MAX_ID:
            wanted = str(len(self.questions) + 1)
        found, number = wanted, 1
        while found in self._by_id:
            number += 1
            found = f"{wanted[: MAX_ID - 8]}~{number}"
        return found

    def add(self, what: str, spot: Spot, question: Document) -> str | None:
        """Add a question, and return its id. One that a definition can't express is told.

        Raises:
            DefinitionError: there are too many questions.
        """
        options = question.get("options")
        if options is not None and not 2 <= len(options) <= MAX_OPTIONS:  # noqa: PLR2004
            number = f"more than {MAX_OPTIONS}" if len(options) > MAX_OPTIONS else len(options)
            self.findings.lost(spot, f"a question ({what}) with {number} options")
            self._questions_lost += 1
            if self._questions_lost > MAX_QUESTIONS:
                raise self._refusal(spot, f"more than {MAX_QUESTIONS} questions are lost")
            return None
        if len(self.questions) >= MAX_QUESTIONS:
            raise self._refusal(spot, f"more than {MAX_QUESTIONS} questions")
        self.findings.place(
            ("questions", len(self.questions)), spot, f'question "{question["id"]}"'
        )
        self.questions.append(question)
        self._by_id[question["id"]] = question
        self._became[what, question["type"]] += 1
        return str(question["id"])

    def _refusal(self, spot: Spot, why: str) -> DefinitionError:
        return DefinitionError([f"{self.findings.file}:{line_of(spot)}: {why}"])

    def question(self, id_: str) -> Document:
        """Return a question that was added."""
        return self._by_id[id_]

    def options(self, choices: Sequence[Choice], spot: Spot) -> list[Document]:
        """Return the options of a question, at most one more than a question may have.

        Those that repeat a value get ids of their own.
        """
        seen: set[str] = set()
        found = []
        for number, choice in enumerate(choices[: MAX_OPTIONS + 1], 1):
            value = choice.value.strip()
            if not value or len(value) > MAX_ID:
                if value:
                    self.findings.note(spot, "an option's value is too long; its number stands in")
                value = str(number)
            id_, count = value, 1
            while id_ in seen:
                count += 1
                id_ = f"{value}~{count}"
            seen.add(id_)
            if not choice.text and not choice.image:
                self.findings.note(spot, "an option has no words; its value stands in")
                choice.text = self.text(value)
            option = {"value": value, "text": choice.text, "image": choice.image}
            extra = {"id": id_ if id_ != value else None, "correct": choice.correct or None}
            found.append(present(option | extra))
        return found

    def group(self, name: str, title: Text | None) -> str:
        """Register a group of questions, and return its name as a definition has it."""
        name = name.strip()[:MAX_ID]
        if title:
            self._groups.setdefault(name, title)
        return name

    def block(self, questions: Sequence[str], spot: Spot) -> None:
        """Keep questions together that follow each other, in random order among themselves.

        Blocks do not lie inside of each other: one around others takes their place.
        """
        if len(questions) < 2:  # noqa: PLR2004 -- a single question has no order
            return
        blocks = self.about.setdefault("blocks", [])
        apart = [block for block in blocks if not set(questions) & set(block["questions"])]
        if len(apart) < len(blocks):
            self.findings.lost(spot, "a random order inside of a part that has one itself")
        self.about["blocks"] = [*apart, {"questions": list(questions), "order": "random"}]

    def title_of(self, group: str) -> Text | None:
        """Return the title of a group."""
        return self._groups.get(group)

    # The end

    def finish(self, changes: Mapping[str, Any] | None) -> Definition:
        """Check the document as a definition.

        Raises:
            DefinitionError: it has a message for each fault, or says that there is no question.
        """
        if not self.questions:
            why = f"{self._source.name}:1: {self.form}: has no question that can be imported"
            lost = [note for found in self._files.values() for note in found.tell(found.file)]
            raise DefinitionError([why, *lost[:_MAX_NOTES]])
        for spot, what, _ in self._waiting:
            self.findings.lost(spot, f"{what} after the last question")
        scales = self.scales.documents(self._groups, self.notes)
        stem = self._source.path.stem
        title = self.about.get("title") or self.own(stem, stem)
        document = {"slug": self._slug(), **self.about, "title": title}
        document["questions"] = self.questions
        if self._groups:
            used = {question.get("group") for question in self.questions}
            titles = {k: {"title": v} for k, v in self._groups.items() if k in used}
            document |= {"groups": titles} if titles else {}
        if scales:
            document["scales"] = scales
        document["locales"] = self._complete()
        self._refuse_no_text(document)
        notes = [f"read as {self.form}", *self._tell_became(), *self.notes]
        found = self._tell_found()
        notes += found[:_MAX_NOTES]
        if len(found) > _MAX_NOTES:
            notes.append(f"and {len(found) - _MAX_NOTES} notes more")
        return check_document(document, self._place_of, changes, notes)

    def _slug(self) -> str:
        """Return the slug: the content's own name if it serves as one, else the file's name."""
        if self.slug and not _NOT_IN_SLUGS.search(self.slug) and len(self.slug) <= MAX_ID:
            return self.slug
        stem = self._source.path.stem
        cleaned = _NOT_IN_SLUGS.sub("-", stem).strip("-_")[:MAX_ID]
        self.notes.append(f'the slug is made of the name of the file: "{cleaned}"; --slug sets it')
        return cleaned

    def _tell_found(self) -> list[str]:
        return [note for file, found in self._files.items() for note in found.tell(file)]

    def _tell_became(self) -> list[str]:
        parts = [f"{n} {what} → {kind}" for (what, kind), n in self._became.items()]
        return [f"questions: {', '.join(parts)}"]

    def _complete(self) -> list[str]:
        """Give each text all languages of the test, and return these languages.

        Raises:
            DefinitionError: there are too many of them.
        """
        named = list(dict.fromkeys(k for text in self._texts for k in text if k != ANY))
        default = self.default_locale
        if any(ANY in text for text in self._texts):
            if default is None:
                guess = self._guessed()
                default = named[0] if guess in named else guess
                self.notes.append(f"texts without a language are taken as {default}")
        elif default not in named:
            default = named[0] if named else default or "en"
        locales = list(dict.fromkeys([str(default), *named]))
        if len(locales) > MAX_LOCALES:
            raise DefinitionError([f"{self._source.name}:1: more than {MAX_LOCALES} languages"])
        missing: Counter[tuple[str, str]] = Counter()
        for text in self._texts:
            said = {locales[0] if k == ANY else k: words for k, words in text.items()}
            source = next(k for k in locales if k in said)
            missing.update((k, source) for k in locales if k not in said)
            text.clear()
            text.update({k: said.get(k, said[source]) for k in locales})
        for text in self._own:
            said = dict(text)
            text.clear()
            text.update({k: said.get(k, said["en"]) for k in locales})
        self.notes += [
            f"{count} texts are missing in {locale}; those in {source} stand in"
            for (locale, source), count in missing.items()
        ]
        return locales

    def _guessed(self) -> str:
        words = [text[ANY] for text in self._texts if ANY in text]
        cyrillic = sum(len(_CYRILLIC.findall(text)) for text in words)
        return "ru" if cyrillic > sum(len(_LATIN.findall(text)) for text in words) else "en"

    def _refuse_no_text(self, document: Document) -> None:
        problems = [
            f"{place.file}:{place.line}: {place.field}: has a character that is not text"
            for place in (self._place_of(path) for path in _faulty(document, ()))
        ]
        if problems:
            raise DefinitionError(problems)

    def _place_of(self, path: Path) -> Place:
        """Return the place of the nearest part whose place is known."""
        places = {k: place for found in self._files.values() for k, place in found.places.items()}
        for length in range(len(path), 0, -1):
            if found := places.get(tuple(path[:length])):
                rest = field_of(path[length:]) if len(path) > length else ""
                return found._replace(field=" > ".join(filter(None, [found.field, rest])))
        where = "the name of the file (--slug sets another one)"
        return Place(self._source.name, 1, where if path == ("slug",) else field_of(path))


def present(members: Mapping[str, Any]) -> Document:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def _joined(parts: Sequence[str]) -> str:
    """Return pieces of HTML as one, each beginning on a new line."""
    if len(parts) > 1:
        parts = [html if html.startswith("<") else f"<p>{html}</p>" for html in parts]
    return "\n".join(parts)


def locale_tag(written: str) -> str | None:
    """Return a language as BCP 47 spells it (`pt_br` is `pt-BR`), or None if it is no language."""
    match = _TAG.fullmatch(written.strip())
    if match is None:
        return None
    spelled = [match[1].lower()]
    for part in filter(None, re.split("[-_]", match[2])):
        if len(part) == _REGION_LENGTH:
            spelled.append(part.upper())
        else:
            spelled.append(part.title() if len(part) == _SCRIPT_LENGTH else part.lower())
    return "-".join(spelled)


def _faulty(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yield the places of texts with NUL or half of a character, which can't be stored."""
    if isinstance(value, str):
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
            yield path
        return
    members = value.items() if isinstance(value, dict) else ()
    for key, member in enumerate(value) if isinstance(value, list) else members:
        yield from _faulty(member, (*path, key))
