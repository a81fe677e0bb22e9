"""A test as data, in the shape of its YAML file (docs/protocol/definitions.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from widget_gateway.domain.catalogue.languages import language_for
from widget_gateway.domain.catalogue.profiles import Profile
from widget_gateway.domain.catalogue.questions import LocalText, Order, Question
from widget_gateway.domain.catalogue.report_texts import ReportTexts
from widget_gateway.domain.catalogue.scales import Scale, ScaleKey, joined_key, key_of
from widget_gateway.domain.ids import TestSlug

DEFAULT_LOCALES = ("ru", "en")
"""The languages of a test whose definition does not list them."""

DEFAULT_PAUSE_AFTER = 70
"""Questions of a paid test before its pause, unless its definition says otherwise."""


HIDDEN_MARK = "_"
"""How the slug of a hidden test begins. No definition can have such a slug."""


def is_hidden(slug: str) -> bool:
    """Whether a test is shown in previews only: nobody lists, starts or scores it otherwise."""
    return slug.startswith(HIDDEN_MARK)


class AccessMode(StrEnum):
    """How a test may be used: `paid` pauses for a payment, `free` does not.

    A `calculation` is only scored from answers that a partner sends, and saves nothing.
    """

    PAID = "paid"
    FREE = "free"
    CALCULATION = "calculation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What people read of a group of questions."""

    title: LocalText
    description: LocalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Questions that stay together where the order is random; `order` is the one inside.

    They are named by their ids and follow each other in the test.
    """

    questions: tuple[str, ...]
    order: Order = Order.GIVEN


@dataclass(frozen=True, kw_only=True)
class TestDefinition:
    """A version of a test. It never changes: an attempt ends with the version it began with."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    slug: TestSlug
    title: LocalText
    questions: tuple[Question, ...]
    version: int = 1
    locales: tuple[str, ...] = DEFAULT_LOCALES
    description: LocalText | None = None
    instruction: LocalText | None = None
    authors: tuple[LocalText, ...] = ()
    duration: int | None = None
    access: AccessMode = AccessMode.FREE
    pause_after: int | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    order: Order = Order.GIVEN
    blocks: tuple[Block, ...] = ()
    scales: tuple[Scale, ...] = ()
    profiles: tuple[Profile, ...] = ()
    report: ReportTexts = field(default_factory=ReportTexts)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Index of each question by its id, from 0."""
        return {question.id: index for index, question in enumerate(self.questions)}

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by their ids."""
        return {question.id: question for question in self.questions}

    @cached_property
    def questions_by_group(self) -> Mapping[str, tuple[Question, ...]]:
        """The questions by group; the groups are in the order in which the test has them.

        It has the groups that `groups` gives no title, too.
        """
        members: dict[str, list[Question]] = {}
        for question in self.questions:
            if question.group is not None:
                members.setdefault(question.group, []).append(question)
        return {name: tuple(questions) for name, questions in members.items()}

    @cached_property
    def scale_keys(self) -> tuple[ScaleKey, ...]:
        """The key of each scale; a scale without own questions has those of its sub-scales."""
        own = {scale.id: key_of(scale, self.by_id) for scale in self.scales}
        parts: dict[str, list[ScaleKey]] = {}
        for scale in self.scales:
            if scale.part_of is not None:
                parts.setdefault(scale.part_of, []).append(own[scale.id])
        return tuple(
            own[scale.id] if own[scale.id].items else joined_key(parts.get(scale.id, ()))
            for scale in self.scales
        )

    @cached_property
    def offers(self) -> Mapping[str, int]:
        """How often a sheet of answers can choose each option value."""
        offered: Counter[str] = Counter()
        for question in self.questions:
            offered.update(question.offers)
        return offered

    @cached_property
    def block_of(self) -> Mapping[str, Block]:
        """The block of each question that is in a block, by the question's id."""
        return {question: block for block in self.blocks for question in block.questions}

    @cached_property
    def has_random_questions(self) -> bool:
        """Whether attempts may differ in the order of their questions."""
        return self.order is Order.RANDOM or any(b.order is Order.RANDOM for b in self.blocks)

    @cached_property
    def has_random_order(self) -> bool:
        """Whether attempts may differ in the order of their questions or options."""
        return self.has_random_questions or any(q.order is Order.RANDOM for q in self.questions)

    @cached_property
    def free_length(self) -> int:
        """How many questions may be answered without a payment."""
        if self.access is not AccessMode.PAID:
            return len(self.questions)
        return min(self.pause_after or DEFAULT_PAUSE_AFTER, len(self.questions))

    @property
    def paid(self) -> bool:
        """Whether the whole test needs a payment."""
        return self.access is AccessMode.PAID

    def locale_for(self, *wanted: str | None) -> str:
        """The locale for these wishes, the first one first; without any, the test's first locale.

        A wish is granted by the same locale, else by its parent, else by another variety of the
        same language.
        """
        return language_for([tag for tag in wanted if tag], self.locales)


@dataclass(frozen=True, slots=True)
class TestState:
    """Which versions a test has.

    `current` is the number of the version that new attempts take, unless the test is withdrawn; it
    is None as long as the test has drafts only. `drafts` are in rising order.
    """

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    slug: TestSlug
    current: int | None
    drafts: tuple[int, ...] = ()
    withdrawn: bool = False

    @property
    def name(self) -> str:
        """What people read about the test: `published`, `withdrawn` or `draft`."""
        if self.current is None:
            return "draft"
        return "withdrawn" if self.withdrawn else "published"
