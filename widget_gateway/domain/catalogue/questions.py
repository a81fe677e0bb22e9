"""Questions of a test definition, in the shape of its YAML file (docs/protocol/definitions.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from widget_gateway.domain.catalogue.languages import with_parents
from widget_gateway.domain.catalogue.numbers import numeric

LocalText = Mapping[str, str]
"""A text in several languages, by locale: `{"ru": …, "en": …}`. The first one stands in for those
that the text lacks; in a definition that was read, it is the first in the test's list of locales.
"""


def localized(text: LocalText | None, locale: str) -> str | None:
    """The text in `locale` or the closest of its parents, else its first one; None for no text."""
    if not text:
        return None
    if locale in text:
        return text[locale]
    return next(
        (text[tag] for tag in with_parents(locale) if tag in text), next(iter(text.values()))
    )


class QuestionType(StrEnum):
    """The five types of questions; domain/catalogue/answers.py has the answers of each."""

    OPTION = "option"
    CHECKBOX = "checkbox"
    TEXT = "text"
    RATING = "rating"
    GRADIENT = "gradient"


class Order(StrEnum):
    """How options or questions are ordered: as given, or by the seed of each attempt."""

    GIVEN = "given"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture at the URL `src`; `alt` describes it, `width` and `height` are in pixels."""

    src: str
    alt: LocalText | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of a question. The inner steps of a gradient have no text.

    The value says what the option counts, and several options of a question may share it. `id` is
    None for an option that is named by its value.
    """

    value: str
    id: str | None = None
    text: LocalText | None = None
    image: Image | None = None
    correct: bool = False

    @property
    def name(self) -> str:
        """What answers name the option by, unique in its question: its id, else its value."""
        return self.id or self.value


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
    the question may be skipped. `order` is that of the options.
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
    order: Order = Order.GIVEN
    fields: tuple[Field, ...] = ()
    show_answer: bool = False
    right: LocalText | None = None
    wrong: LocalText | None = None

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The option values, in order; several options may have the same one."""
        return tuple(option.value for option in self.options)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What answers name the options by, in order."""
        return tuple(option.name for option in self.options)

    @cached_property
    def single_answers(self) -> Mapping[str, tuple[str]]:
        """The answer by option name. Sheets share these tuples, which keeps them small."""
        return {name: (name,) for name in self.names}

    @cached_property
    def name_of(self) -> Mapping[str, str]:
        """The option's name by what a partner may call it.

        That is the name itself, or a plain value, which means the first option that has it.
        """
        by_value = {option.value: option.name for option in reversed(self.options)}
        return by_value | {name: name for name in self.names}

    @cached_property
    def value_of(self) -> Mapping[str, str]:
        """The value of each option by its name."""
        return {option.name: option.value for option in self.options}

    def values_in(self, answer: Sequence[str]) -> Sequence[str]:
        """The values of the options that an answer names; of a text question what was written."""
        if self.type is QuestionType.TEXT:
            return answer
        if len(answer) == 1:  # Most answers have one value, and this is faster for them.
            return (self.value_of[answer[0]],)
        return [self.value_of[name] for name in answer]

    # Scoring needs the following. It does not depend on answers, so it is computed once for a
    # version of the test and not for each result.

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number that each option counts as, by its name."""
        return {option.name: numeric(option.value) for option in self.options}

    @cached_property
    def has_right_answers(self) -> bool:
        """Whether answers are right or wrong; else each option value counts as its number."""
        return any(option.correct for option in self.options) or any(
            field.correct for field in self.fields
        )

    @cached_property
    def right_names(self) -> frozenset[str]:
        """The names of the right options; others may have the same values and be wrong."""
        return frozenset(option.name for option in self.options if option.correct)

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
