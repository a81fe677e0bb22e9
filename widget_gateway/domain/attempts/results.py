"""Results: the answers of a finished attempt, a guest's until they are attached to a user."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result. It holds answers, not scores: these follow from the test's version."""

    key: ResultKey
    provider: ProviderSlug
    test: TestSlug
    version: int
    answers: tuple[tuple[str, Answer], ...]
    created_at: datetime
    locale: str
    sandbox: bool = False
    attempt: AttemptId | None = None
    user_id: UserId | None = None
    attached_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUser:
    """A partner's user: one access. `main` and `bonus` count the results it holds."""

    provider: ProviderSlug
    user_id: UserId
    key: UUID
    created_at: datetime
    sandbox: bool = False
    main: int = 0
    bonus: int = 0
