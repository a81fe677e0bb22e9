"""The answers of the partner API. Times are ISO 8601 in UTC.

Printed by `python -m clients.generator`; do not edit.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, Optional

AttemptState = Literal["awaiting_payment", "finished", "running"]
"""The state of an attempt, spelled as on the wire."""

PaymentPolicy = Literal["postpaid", "prepaid"]
"""A prepaid provider has a limit of accesses; a postpaid one pays for them by invoice."""

WebhookEventType = Literal[
    "access.limit_near", "attempt.paused", "result.attached", "result.finished"
]
"""The kind of event that a partner is told of (docs/webhooks.md)."""

DeliveryState = Literal["delivered", "failed", "waiting"]
"""A delivery waits for its next try, is delivered, or has been given up."""

Browser = Literal["chrome", "edge", "firefox", "opera", "other", "safari", "samsung", "yandex"]
"""A family of browsers. The value is stored."""

System = Literal["android", "chrome_os", "ios", "linux", "macos", "other", "windows"]
"""An operating system. The value is stored."""

Form = Literal["computer", "other", "phone", "tablet"]
"""What a device looks like. The value is stored."""


@dataclass(frozen=True)
class RegisteredUser:
    """`user/register`'s answer."""

    user_key: str
    sandbox: bool = False


@dataclass(frozen=True)
class ResultOfUser:
    """A result, as lists name it."""

    result_key: str
    test: str
    created_at: str
    sandbox: bool = False


@dataclass(frozen=True)
class ListedUser:
    """A user with the results that it holds."""

    user_id: str
    user_key: str
    created_at: str
    results: list[ResultOfUser]
    sandbox: bool = False


@dataclass(frozen=True)
class UserList:
    """A page of users."""

    users: list[ListedUser]
    next: Optional[str]
    """`after` of the page that follows; or null."""
    sandbox: bool = False


@dataclass(frozen=True)
class TestsOfUser:
    """`user/tests`' answer."""

    passed: list[ResultOfUser]
    available: list[str]
    """Slugs that the policy still allows."""
    sandbox: bool = False


@dataclass(frozen=True)
class IssuedToken:
    """`access/token`'s answer."""

    access_token: str
    expires_at: str
    sandbox: bool = False


@dataclass(frozen=True)
class SavedResult:
    """`progress/save`'s answer."""

    result_key: str
    sandbox: bool = False


@dataclass(frozen=True)
class SessionState:
    """`session/get`'s answer.

    `result_key` is present once it is finished, `user_id` once known.
    """

    session: str
    state: AttemptState
    test: str
    version: int
    locale: str
    paid: bool
    payment_id: Optional[str]
    answers: list[tuple[str, list[str]]]
    """Question ids and their values."""
    answered: int
    length: int
    """Questions of the test."""
    pause_after: Optional[int]
    """Questions before the pause, if any."""
    created_at: str
    result_key: Optional[str] = None
    user_id: Optional[str] = None
    sandbox: bool = False


@dataclass(frozen=True)
class Done:
    """The answer of a call that succeeds and has nothing more to say."""

    status: bool


@dataclass(frozen=True)
class NormValue:
    """A score compared with a group of people; the group is null if it is everybody."""

    group: Optional[str]
    title: Optional[str]
    t_score: int
    percentile: int


@dataclass(frozen=True)
class Scale:
    """One scale of a test; texts in the locale asked for."""

    id: str
    title: Optional[str]
    description: Optional[str]
    score: float
    min: float
    max: float
    percentage: int
    level: Optional[str]
    level_text: Optional[str]
    color: Optional[str]
    part_of: Optional[str] = None
    norms: list[NormValue] = field(default_factory=list)


@dataclass(frozen=True)
class CombinedScale:
    """A scale, or a group of questions, that made a profile's fit."""

    scale: str
    title: Optional[str]
    weight: float
    percentage: int


@dataclass(frozen=True)
class Picture:
    """A picture, with what it shows, and its size in pixels; the rest is null if unknown."""

    src: str
    alt: Optional[str]
    width: Optional[int]
    height: Optional[int]


@dataclass(frozen=True)
class Kind:
    """A variant of a profile. Its text is sanitised HTML."""

    name: Optional[str]
    text: Optional[str]
    image: Optional[Picture]
    link: Optional[str]


@dataclass(frozen=True)
class Profile:
    """A profile that reaches the test's threshold, with the combination that fits best.

    `fit` is in percent, `text` is sanitised HTML.
    """

    id: str
    name: Optional[str]
    fit: int
    combination: list[CombinedScale]
    text: Optional[str]
    image: Optional[Picture]
    link: Optional[str]
    values: list[str]
    kinds: list[Kind]


@dataclass(frozen=True)
class Calculation:
    """The scales of a test, the automatic variables that its texts may use, and its profiles.

    The profile that fits best comes first. A test without profiles has no such field.
    """

    test: str
    version: int
    created_at: str
    scales: list[Scale]
    variables: dict[str, Any]
    profiles: Optional[list[Profile]] = None
    sandbox: bool = False


@dataclass(frozen=True)
class Item:
    """A choice, or a field of a text question with what was written into it.

    `id` is that of an option which has an id other than its value.
    """

    text: Optional[str]
    value: Optional[str]
    opted: bool
    id: Optional[str] = None


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question with all its choices, in the order in which the visitor saw them.

    Those of a rating are in the order of the answer.
    """

    id: str
    name: Optional[str]
    text: Optional[str]
    items: list[Item]


@dataclass(frozen=True)
class CountsOfTest:
    """The attempts at a test by what became of them."""

    started: int
    paused: int
    finished: int
    attached: int


@dataclass(frozen=True)
class Stats:
    """`stats`' answer."""

    payment_policy: PaymentPolicy
    access_limit: int
    access_count: int
    access_left: Optional[int]
    """Null where there is no limit."""
    users: int
    results: int
    by_test: dict[str, CountsOfTest]
    sandbox: bool = False


@dataclass(frozen=True)
class InvoiceCharge:
    """The accesses that were issued at one price."""

    price: str
    currency: str
    access_count: int
    amount: str


@dataclass(frozen=True)
class InvoiceTotal:
    """What is owed in one currency."""

    currency: str
    access_count: int
    total: str


@dataclass(frozen=True)
class InvoiceLine:
    """One access of the ledger, at the price at which it was issued."""

    user_id: str
    created_at: str
    price: str
    currency: str


@dataclass(frozen=True)
class InvoiceAnswer:
    """`invoice`'s answer. Amounts are decimal numbers in strings: exact.

    `from` and `to` are days of the calendar that `timezone` names, both included.
    """

    provider: str
    from_: str
    to: str
    timezone: str
    access_count: int
    price: Optional[str]
    """Null where accesses have several prices."""
    total: Optional[str]
    """Null where there are several currencies."""
    currency: Optional[str]
    """Null where there are several."""
    charges: list[InvoiceCharge]
    totals: list[InvoiceTotal]
    lines: list[InvoiceLine]
    sandbox: bool = False


@dataclass(frozen=True)
class ListedDelivery:
    """An event and the state of its delivery."""

    id: str
    type: WebhookEventType
    created_at: str
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_attempt_at: Optional[str]
    status: Optional[int]
    """What the last try was answered."""
    error: Optional[str]
    """Why the last try had no answer."""
    sandbox: bool = False


@dataclass(frozen=True)
class DeliveryList:
    """A page of deliveries."""

    deliveries: list[ListedDelivery]
    next: Optional[str]
    """`after` of the page that follows; or null."""
    sandbox: bool = False


@dataclass(frozen=True)
class Replayed:
    """The number of deliveries that will be sent again."""

    replayed: int


@dataclass(frozen=True)
class ExportedAccess:
    """The access of the user, as the ledger has it."""

    issued_at: str
    price: str
    currency: str


@dataclass(frozen=True)
class ExportedUser:
    """The user; `access` is null in the sandbox. Removed results are those that were too old."""

    user_id: str
    user_key: str
    created_at: str
    main_results: int
    bonus_results: int
    removed_results: int
    issued_access_tokens: int
    access: Optional[ExportedAccess]


@dataclass(frozen=True)
class ExportedToken:
    """An access token that is still stored. The token itself is secret and left out."""

    test: str
    paid: bool
    spent: bool
    expires_at: str


@dataclass(frozen=True)
class ExportedCall:
    """A call about the user whose answer is kept for repeats with the same key."""

    idempotency_key: str
    expires_at: str


@dataclass(frozen=True)
class ResultOfExport:
    """A result with its answers, and what was calculated from them."""

    result_key: str
    session: Optional[str]
    created_at: str
    attached_at: Optional[str]
    locale: str
    answers: list[tuple[str, list[str]]]
    """Question ids and their values."""
    calculation: Calculation


@dataclass(frozen=True)
class DeviceOfExport:
    """The kind of device on which a session was opened last."""

    browser: Browser
    system: System
    form: Form


@dataclass(frozen=True)
class AttemptOfExport:
    """A session that was begun for the user, or from which a result of the user comes."""

    session: str
    state: AttemptState
    test: str
    version: int
    locale: str
    paid: bool
    payment_id: Optional[str]
    created_at: str
    expires_at: str
    result_key: Optional[str]
    device: Optional[DeviceOfExport]
    answers: list[tuple[str, list[str]]]
    """Question ids and their values."""


@dataclass(frozen=True)
class WebhookOfExport:
    """An event about the user that was sent to the partner, or waits to be sent."""

    id: str
    type: WebhookEventType
    created_at: str
    data: dict[str, Any]
    state: DeliveryState


@dataclass(frozen=True)
class Export:
    """`user/export`'s answer."""

    exported_at: str
    user: ExportedUser
    access_tokens: list[ExportedToken]
    kept_calls: list[ExportedCall]
    results: list[ResultOfExport]
    attempts: list[AttemptOfExport]
    webhooks: list[WebhookOfExport]
    sandbox: bool = False


@dataclass(frozen=True)
class ErasedCounts:
    """How much was removed; `accesses` are rows of the ledger that have a pseudonym now."""

    users: int
    accesses: int
    results: int
    attempts: int
    answers: int
    access_tokens: int
    webhooks: int
    kept_answers: int


@dataclass(frozen=True)
class Erasure:
    """`user/erase`'s answer."""

    status: bool
    erased: ErasedCounts
    sandbox: bool = False
