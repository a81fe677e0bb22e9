"""Questions of a test definition, in the shape of its YAML file (docs/protocol/definitions.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from widget_gateway.domain.catalogue.numbers import numeric

LocalText = Mapping[str, str]
"""A text in several languages, by locale: `{"ru": …, "en": …}`."""


def localized(text: LocalText | None, locale: str) -> str | None:
    """The text in `locale`, else in the first locale that it has; None for no text."""
    if not text:
        return None
    return text[locale] if locale in text else next(iter(text.values()))


class QuestionType(StrEnum):
    """The five types of questions; domain/catalogue/answers.py has the answers of each."""

    OPTION = "option"
    CHECKBOX = "checkbox"
    TEXT = "text"
    RATING = "rating"
    GRADIENT = "gradient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture at the URL `src`; `alt` describes it, `width` and `height` are in pixels."""

    src: str
    alt: LocalText | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of a question. The inner steps of a gradient have no text."""

    value: str
    id: str | None = None
    text: LocalText | None = None
    image: Image | None = None
    correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An input field of a text question; `correct` is its right value by locale."""

    input: str = "text"
    placeholder: LocalText | None = None
    correct: LocalText | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question; `timer` is in seconds, `count` is how many values a checkbox question takes.

    `right` and `wrong` are HTML that the visitor sees after a right or wrong answer if
    `show_answer` is set. `back` says whether the visitor may go back from here, `forward` whether
    the question may be skipped.
    """

    id: str
    type: QuestionType
    text: LocalText
    html: LocalText | None = None
    image: Image | None = None
    group: str | None = None
    timer: int | None = None
    count: int | None = None
    back: bool = True
    forward: bool = False
    options: tuple[Option, ...] = ()
    fields: tuple[Field, ...] = ()
    show_answer: bool = False
    right: LocalText | None = None
    wrong: LocalText | None = None

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The option values, in order."""
        return tuple(option.value for option in self.options)

    @cached_property
    def single_answers(self) -> Mapping[str, tuple[str]]:
        """The answer by option value. Sheets share these tuples, which keeps them small."""
        return {option.value: (option.value,) for option in self.options}

    def values_of(self, answer: tuple[str, ...]) -> tuple[str, ...]:
        """The values of the options that an answer names by their ids."""
        values = {option.id: option.value for option in self.options if option.id}
        return tuple(values.get(id_, id_) for id_ in answer) if values else answer

    # Scoring needs the following. It does not depend on answers, so it is computed once for a
    # version of the test and not for each result.

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number that each option value counts as."""
        return {value: numeric(value) for value in self.values}

    @cached_property
    def has_right_answers(self) -> bool:
        """Whether answers are right or wrong; else each option value counts as its number."""
        return any(option.correct for option in self.options) or any(
            field.correct for field in self.fields
        )

    @cached_property
    def right_values(self) -> frozenset[str]:
        """The values of the right options."""
        return frozenset(option.value for option in self.options if option.correct)

    @cached_property
    def right_texts(self) -> tuple[frozenset[str] | None, ...]:
        """The right values of each field, in any language; None where every value is right."""
        return tuple(
            frozenset(field.correct.values()) if field.correct else None for field in self.fields
        )

    @cached_property
    def offers(self) -> Mapping[str, int]:
        """How often an answer can choose each option value."""
        counts = Counter(self.values)
        if self.type in (QuestionType.OPTION, QuestionType.GRADIENT):
            return dict.fromkeys(counts, 1)
        if self.count is not None:
            return {value: min(options, self.count) for value, options in counts.items()}
        return counts

    @cached_property
    def largest_score(self) -> int:
        """What the question adds to the largest possible `SUM` (docs/protocol/definitions.md)."""
        if self.type is QuestionType.TEXT:
            return 0
        right = sum(option.correct for option in self.options)
        return right or max(0, *self.numbers.values(), 0)

    @cached_property
    def score_bounds(self) -> tuple[int, int]:
        """The lowest and the highest score that an answer can add to a scale."""
        if self.has_right_answers:
            return 0, 1
        scores = sorted(map(numeric, self.values))
        if not scores:
            return 0, 0
        if self.type is QuestionType.RATING:
            return sum(scores), sum(scores)
        if self.type is QuestionType.CHECKBOX:
            if self.count is not None:
                return sum(scores[: self.count]), sum(scores[-self.count :])
            return sum(s for s in scores if s < 0), sum(s for s in scores if s > 0)
        return scores[0], scores[-1]
