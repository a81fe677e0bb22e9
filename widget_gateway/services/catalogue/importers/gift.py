r"""Reads GIFT, Moodle's text format for questions.

The parsers for Python on PyPI were left years ago or read a part of the format only, so this is one
of our own. It works in three passes, as Moodle's does: escaped signs are put aside, the text is cut
into questions at empty lines, and each is taken apart at its unescaped signs.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from html import escape
from itertools import islice
from typing import Any, NamedTuple

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.draft_scales import Choice, share_of
from widget_gateway.services.catalogue.importers.drafts import MAX_OPTIONS, Draft
from widget_gateway.services.catalogue.importers.moodle_questions import Asked, MoodleQuestions
from widget_gateway.services.catalogue.importers.sources import Source

FORM = "GIFT"

_ASIDE = 0xE000
"""First of the private characters that stand for escaped signs until the signs are understood."""

_ESCAPED = re.compile(r"\\([~=#{}:\\n])")
_BROUGHT_BACK = re.compile(f"[{chr(_ASIDE)}-{chr(_ASIDE + 0x7F)}]")

_SIGNS = re.compile(
    r"\{\s*(?:[=~#]|(?:T|F|TRUE|FALSE)\s*[#}])|^\s*::[^\n{}]{1,500}::[^{}]{1,500}\{\s*\}",
    re.IGNORECASE | re.MULTILINE,
)
"""How answers of a question begin; no other format has such braces. Those of an essay are empty,
and only behind a title they show what the text is."""

_NATIVE = re.compile(r"^(?:slug|questions)\s*:", re.MULTILINE)

_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_CATEGORY = re.compile(r"\$CATEGORY:(.*)")
_PART = re.compile(r"[=~](?:[^=~]*)")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{1,9})?)%")
_TRUTH = re.compile(r"(TRUE|T|FALSE|F)\s*(#.*)?", re.IGNORECASE | re.DOTALL)
_NUMBER = r"-?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*")
_TOLERANCE = re.compile(rf"\s*({_NUMBER})\s*(?::\s*({_NUMBER})\s*)?")
_TAG = re.compile(r"</?[a-zA-Z]")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")

_GAP = "_____"
"""Stands in the text of a question where its answer belongs, with words behind it."""


class _Answer(NamedTuple):
    """A part of an answer block: its sign, its share of the grade if it says one, and its words."""

    sign: str
    share: Fraction | None
    words: str


def recognises(source: Source) -> bool:
    """Whether this is text with a block of answers in braces."""
    if source.is_zip or source.root_name or _NATIVE.search(source.head):
        return False
    return bool(_SIGNS.search(source.head))


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read questions as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    return _Reader(source).read().finish(changes)


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._draft = Draft(source, FORM)
        self._questions = MoodleQuestions(self._draft)
        if source.encoding != "UTF-8":
            self._draft.notes.append(f"the file is read as {source.encoding}")

    def read(self) -> Draft:
        for line, block in _blocks(self._source.text):
            self._read_block(line, block)
        return self._draft

    def _read_block(self, line: int, block: str) -> None:
        if match := _CATEGORY.match(block):
            self._questions.category(_restored(match[1]), line)
            block = block[match.end() :].strip()
            if not block:
                return
        name = ""
        if match := _TITLE.match(block):
            name, block = _restored(match[1]).strip(), block[match.end() :]
        before, brace, rest = block.partition("{")
        inside, closing, behind = rest.partition("}")
        if not brace:
            self._draft.before(self._html(before, line), line, "a description")
            return
        if not closing or "{" in behind or "}" in behind:
            why = "a question has one block of answers in braces; write \\{ for a brace"
            raise DefinitionError([f"{self._source.name}:{line}: {why}"])
        if behind.strip():
            before = f"{before.rstrip()} {_GAP} {behind.strip()}"
        self._read_answers(line, name if _SLUG.fullmatch(name) else "", before, inside.strip())

    def _read_answers(self, line: int, name: str, before: str, inside: str) -> None:
        draft = self._draft
        inside, _, general = inside.partition("####")
        if general.strip():
            draft.findings.lost(line, "the feedback of a question")
        words = draft.wording(self._html(before, line), line)
        asked = Asked("essay", line, words, name)
        inside = inside.strip()
        if not inside:
            self._questions.add(asked, "text", {"fields": [{"input": "text"}]})
        elif match := _TRUTH.fullmatch(inside):
            if (match[2] or "#").strip("# "):
                draft.findings.lost(line, "the feedback of an answer")
            right = match[1].upper().startswith("T")
            self._questions.truth(asked._replace(what="true or false"), right=right)
        elif inside.startswith("#"):
            self._read_number(line, asked._replace(what="numerical"), inside[1:])
        else:
            answers = self._answers(line, inside)
            self._read_parts(line, asked, list(islice(answers, MAX_OPTIONS + 1)))

    def _read_parts(self, line: int, asked: Asked, answers: list[_Answer]) -> None:
        draft = self._draft
        signs = {answer.sign for answer in answers}
        if signs == {"="} and all("->" in answer.words for answer in answers):
            self._read_matching(line, asked, answers)
            return
        if signs == {"="}:
            draft.findings.lost(line, "that upper and lower case do not matter")
            accepted = [
                (_restored(a.words), Fraction(1) if a.share is None else a.share) for a in answers
            ]
            self._questions.written(asked._replace(what="short answer"), accepted)
            return
        several = "=" not in signs
        choices = []
        for number, answer in enumerate(answers, 1):
            share = Fraction(answer.sign == "=") if answer.share is None else answer.share
            text, image = draft.option_words(self._html(answer.words, line), line)
            choices.append(Choice(str(number), text, image, share=share))
        what = "several choices" if several else "choice"
        self._questions.choice(asked._replace(what=what), choices, several=several)

    def _read_matching(self, line: int, asked: Asked, answers: list[_Answer]) -> None:
        pairs, others = [], []
        for answer in answers:
            stem, _, said = (part.strip() for part in answer.words.partition("->"))
            if stem:
                words = self._draft.wording(self._html(stem, line), line)
                pairs.append((words, _restored(said)))
            else:
                others.append(_restored(said))
        self._questions.matching(asked, pairs, others)

    def _read_number(self, line: int, asked: Asked, inside: str) -> None:
        parts = inside if inside.lstrip().startswith("=") else f"={inside}"
        answers = []
        for answer in islice(self._answers(line, parts), MAX_OPTIONS):
            text = _restored(answer.words)
            if match := _RANGE.fullmatch(text):
                self._draft.findings.lost(line, f"the range {text}, of which the middle is right")
                low, high = (Fraction(bound) for bound in match.groups())
                text = f"{float((low + high) / 2):g}"
            elif match := _TOLERANCE.fullmatch(text):
                if match[2] and Fraction(match[2]):
                    self._draft.findings.lost(line, f"a tolerance of {match[2]}")
                text = match[1]
            else:
                self._draft.findings.lost(line, f'a number that is written "{text}"')
                continue
            answers.append((text, Fraction(1) if answer.share is None else answer.share))
        self._questions.written(asked, answers, number=True)

    def _answers(self, line: int, inside: str) -> Iterator[_Answer]:
        for match in _PART.finditer(inside):
            words, _, feedback = match[0][1:].partition("#")
            if feedback.strip():
                self._draft.findings.lost(line, "the feedback of an answer")
            share = None
            words = words.strip()
            if weight := _WEIGHT.match(words):
                share, words = share_of(float(weight[1])), words[weight.end() :]
            if words or share is not None:  # some programs write ~= for a right answer
                yield _Answer(match[0][0], share, words.strip())

    def _html(self, words: str, line: int) -> str:
        """Return words as HTML, in the format that they name or look like."""
        form = _FORMAT.match(words)
        name = form[1].lower() if form else "moodle"
        text = _restored(words[form.end() :] if form else words).strip()
        if name == "markdown":
            self._draft.findings.note(line, "Markdown is shown as it is written")
        if name in ("plain", "markdown") or not _TAG.search(text):
            return text if name != "plain" else escape(text, quote=False)
        return text


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield each question with its line. Empty lines outside of braces are between questions."""
    lines: list[str] = []
    first = depth = 0
    for number, written in enumerate(text.split("\n"), 1):
        line = "" if written.lstrip().startswith("//") else _ESCAPED.sub(_aside, written)
        comment = written.lstrip().startswith("//")
        if lines and depth <= 0 and not line.strip() and not comment:
            yield first, "\n".join(lines).strip()
            lines, depth = [], 0
            continue
        if line.startswith("::") and depth <= 0 and "}" in "".join(lines):
            yield first, "\n".join(lines).strip()  # without an empty line before the next one
            lines, depth = [], 0
        if line.lstrip().startswith("$CATEGORY:"):
            if lines:
                yield first, "\n".join(lines).strip()
            yield number, line.strip()
            lines, depth = [], 0
            continue
        if line.strip():
            first = first if lines else number
            lines.append(line)
            depth += line.count("{") - line.count("}")
    if lines:
        yield first, "\n".join(lines).strip()


def _aside(match: re.Match[str]) -> str:
    return chr(_ASIDE + ord(match[1]))


def _restored(text: str) -> str:
    """Return the text with its escaped signs; an escaped n is the end of a line."""

    def sign(match: re.Match[str]) -> str:
        found = chr(ord(match[0]) - _ASIDE)
        return "\n" if found == "n" else found

    return _BROUGHT_BACK.sub(sign, text)
