"""Results: the answers of finished attempts, and the users to whom they are attached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result; its `user_id` is None until it is attached to a user.

    It holds answers and no scores, which are computed with the version of the test. `seed` is that
    of its attempt.
    """

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
    seed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which live results or attempts of a test are meant; None selects all.

    They were made from `begin` on, and before `end`. Those of the sandbox are never meant.
    """

    test: TestSlug
    versions: tuple[int, ...] = ()
    locale: str | None = None
    provider: ProviderSlug | None = None
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultGroup:
    """Some results of one version, locale and provider.

    `sheets` are their answers by question. `times` are their packed durations, in the order of the
    test (domain/attempts/durations.py); None for a result that has none.
    """

    version: int
    locale: str
    provider: ProviderSlug
    sheets: Sequence[Mapping[str, Sequence[str]]]
    times: Sequence[bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUser:
    """A partner's user that has an access.

    `main` and `bonus` count the results that it has got; `results_removed` of them are no longer
    kept, and their places stay taken. `tokens_issued` counts access tokens.
    """

    provider: ProviderSlug
    user_id: UserId
    key: UUID
    created_at: datetime
    sandbox: bool = False
    main: int = 0
    bonus: int = 0
    results_removed: int = 0
    tokens_issued: int = 0


@dataclass(frozen=True, slots=True, order=True)
class OldResults:
    """How many results of a test a month has (`2026-05`, in UTC), and how many have a user."""

    test: TestSlug
    month: str
    results: int
    attached: int
    sandbox: bool
