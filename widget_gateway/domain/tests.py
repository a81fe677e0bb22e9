"""A test as data: what a definition says (test-definition.md), in the shape of its YAML file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.numbers import numeric

LocalText = Mapping[str, str]
"""A text by locale: `{"ru": …, "en": …}`."""

DEFAULT_PAUSE_AFTER = 70
"""Answers given before a paid test pauses, unless the definition says otherwise."""


def localized(text: LocalText | None, locale: str) -> str | None:
    """The text in `locale`, else in the first locale that it has; None for no text."""
    if not text:
        return None
    return text[locale] if locale in text else next(iter(text.values()))


class QuestionType(StrEnum):
    """The five kinds of question; what each one's answer is, is in domain/answers.py."""

    OPTION = "option"
    CHECKBOX = "checkbox"
    TEXT = "text"
    RATING = "rating"
    GRADIENT = "gradient"


class AccessMode(StrEnum):
    """Who pays: `paid` pauses, `free` does not, `calculation` saves nothing."""

    PAID = "paid"
    FREE = "free"
    CALCULATION = "calculation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. The inner steps of a gradient have no text."""

    value: str
    text: LocalText | None = None
    image: str | None = None
    correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a text question; `correct` is its right value by locale."""

    input: str = "text"
    placeholder: LocalText | None = None
    correct: LocalText | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; `timer` in seconds, `count` of values expected of a checkbox question."""

    id: str
    type: QuestionType
    text: LocalText
    html: LocalText | None = None
    image: str | None = None
    group: str | None = None
    timer: int | None = None
    count: int | None = None
    back: bool = True
    forward: bool = False
    options: tuple[Option, ...] = ()
    fields: tuple[Field, ...] = ()

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The option values, in order."""
        return tuple(option.value for option in self.options)

    @cached_property
    def single_answers(self) -> Mapping[str, tuple[str]]:
        """The answer to each option value. One shared tuple a value keeps sheets small."""
        return {option.value: (option.value,) for option in self.options}

    # What scoring asks of a question and no answer changes: computed once a version, not a result.

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """What each option value counts."""
        return {value: numeric(value) for value in self.values}

    @cached_property
    def has_right_answers(self) -> bool:
        """Whether answers are right or wrong rather than more or less."""
        return any(option.correct for option in self.options) or any(
            field.correct for field in self.fields
        )

    @cached_property
    def right_values(self) -> frozenset[str]:
        """The values of the right options."""
        return frozenset(option.value for option in self.options if option.correct)

    @cached_property
    def largest_score(self) -> int:
        """The share of the largest possible `SUM`, to the letter of the specification."""
        if self.type is QuestionType.TEXT:
            return 0
        right = sum(option.correct for option in self.options)
        return right or max(0, *self.numbers.values(), 0)

    @cached_property
    def score_bounds(self) -> tuple[int, int]:
        """The lowest and the highest score that an answer can have on a scale."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A band of a scale: up to and including `up_to` percent."""

    up_to: float
    name: LocalText
    color: str | None = None
    text: LocalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Keyed questions whose scores add up; `minus` ones are reversed, weights default to 1."""

    id: str
    title: LocalText
    description: LocalText | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TestDefinition:
    """A version of a test. Immutable: a running attempt ends on the version that it began."""

    __test__ = False  # a name for people, not a test case for pytest

    slug: TestSlug
    title: LocalText
    questions: tuple[Question, ...]
    version: int = 1
    locales: tuple[str, ...] = ("ru", "en")
    description: LocalText | None = None
    instruction: LocalText | None = None
    authors: tuple[LocalText, ...] = ()
    duration: int | None = None
    access: AccessMode = AccessMode.FREE
    pause_after: int | None = None
    scales: tuple[Scale, ...] = ()

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Index of each question by its id, from 0."""
        return {question.id: index for index, question in enumerate(self.questions)}

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by their ids."""
        return {question.id: question for question in self.questions}

    @cached_property
    def groups(self) -> Mapping[str, tuple[Question, ...]]:
        """The questions of each group, in the order of their first ones."""
        members: dict[str, list[Question]] = {}
        for question in self.questions:
            if question.group is not None:
                members.setdefault(question.group, []).append(question)
        return {name: tuple(questions) for name, questions in members.items()}

    @cached_property
    def offers(self) -> Mapping[str, int]:
        """How often each option value is offered."""
        return Counter(value for question in self.questions for value in question.values)

    @cached_property
    def free_length(self) -> int:
        """How many questions may be answered before payment."""
        if self.access is not AccessMode.PAID:
            return len(self.questions)
        return min(self.pause_after or DEFAULT_PAUSE_AFTER, len(self.questions))

    @property
    def paid(self) -> bool:
        """Whether the whole test needs a payment."""
        return self.access is AccessMode.PAID

    def locale_for(self, wanted: str | None) -> str:
        """The wanted locale where the test has it, else its first one."""
        return wanted if wanted in self.locales else self.locales[0]
