"""Results, and how they are attached to users."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bson import decode_all
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from storage.changes import Changes
from storage.client import Database, Document, rows_of, translated
from storage.commits.engine import EVENT_BYTES, CommitEngine, CommitEvent
from storage.commits.unit import Unit
from storage.driver.adapter import with_wait
from storage.driver.waits import GATHERING_WAIT_S
from storage.partners.accesses import enabled_provider, issue_in, want_user
from storage.partners.users import user_document_id
from storage.transactions import Session
from widget_gateway.domain.attempts.durations import packed
from widget_gateway.domain.attempts.results import OldResults, Result, ResultGroup, Selection
from widget_gateway.domain.errors import (
    ResultAttachedToAnotherUserError,
    ResultLimitReachedError,
    ResultNotAttachedError,
    ResultNotFoundError,
    TestNotAllowedError,
)
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId
from widget_gateway.domain.partners.providers import Caller, Provider, TestKind, results_allowed
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.partners.webhook_events import ResultAttachedData, WebhookEventType
from widget_gateway.domain.partners.webhooks import WebhookEvent

GATHERED_AT_ONCE = 1_000
"""How many results are read at once for statistics: about 20 MB of a test with 120 questions. More
at once are not faster."""


LISTED_AT_ONCE = 50
"""How many results of a user are read at once with their answers: about 1 MB."""


@dataclass(frozen=True, slots=True)
class RemovableResult:
    """What the removal of a result has to know of it. A guest's belongs to no user."""

    key: ResultKey
    sandbox: bool
    user_id: UserId | None
    attempt: AttemptId | None


def result_to_document(result: Result, spent: Mapping[str, int] | None = None) -> Document:
    """Make the document of a result.

    `spent` are the durations of answers (domain/attempts/durations.py). `took` has them in the
    order of the answers, in two bytes each; results without durations do not have it.
    """
    took = {"took": packed(spent, (question for question, _ in result.answers))} if spent else {}
    return took | {
        "_id": result.key,
        "provider": result.provider,
        "sandbox": result.sandbox,
        "test": result.test,
        "version": result.version,
        "locale": result.locale,
        "answers": [[question, list(value)] for question, value in result.answers],
        "attempt": result.attempt,
        "created_at": result.created_at,
        "user_id": result.user_id,
        "attached_at": result.attached_at,
        "seed": result.seed,
    }


def result_from(row: Document) -> Result:
    """Make a result of its document."""
    return Result(
        key=ResultKey(row["_id"]),
        provider=ProviderSlug(row["provider"]),
        sandbox=row["sandbox"],
        test=TestSlug(row["test"]),
        version=row["version"],
        locale=row["locale"],
        answers=tuple((question, tuple(value)) for question, value in row["answers"]),
        attempt=row["attempt"] and AttemptId(row["attempt"]),
        created_at=row["created_at"],
        user_id=row["user_id"] and UserId(row["user_id"]),
        attached_at=row["attached_at"],
        # Results from before tests could have a random order have no such field.
        seed=row.get("seed"),
    )


class ResultBatch(NamedTuple):
    """Some results as documents of BSON, one behind the other, which another process may decode."""

    results: int
    documents: bytes


def groups_of(batch: ResultBatch) -> list[ResultGroup]:
    """Decode a batch, and group its results by what tells how to count them."""
    groups: dict[tuple[int, str, str], list[Document]] = {}
    for row in decode_all(batch.documents):
        groups.setdefault((row["version"], row["locale"], row["provider"]), []).append(row)
    return [
        ResultGroup(
            version=version,
            locale=locale,
            provider=ProviderSlug(provider),
            sheets=[dict(row["answers"]) for row in members],
            times=[row.get("took") for row in members],
        )
        for (version, locale, provider), members in groups.items()
    ]


def selected(selection: Selection) -> Document:
    """Make the condition that selects results, or attempts, which have the same fields."""
    condition: Document = {"test": selection.test, "sandbox": False}
    if selection.versions:
        condition["version"] = {"$in": list(selection.versions)}
    if selection.locale is not None:
        condition["locale"] = selection.locale
    if selection.provider is not None:
        condition["provider"] = selection.provider
    period = {"$gte": selection.begin, "$lt": selection.end}
    if period := {sign: at for sign, at in period.items() if at is not None}:
        condition["created_at"] = period
    return condition


class ResultStore:
    """Results by RESULT_KEY. A result and the access that it may cost are stored together."""

    def __init__(self, database: Database, commits: CommitEngine) -> None:
        self._commits = commits
        self._results = database["results"]
        self._gathered = with_wait(database, GATHERING_WAIT_S)["results"]
        self._encoded = self._gathered.with_options(codec_options=CodecOptions(RawBSONDocument))

    async def find(self, key: ResultKey) -> Result | None:
        """Find a result of any provider."""
        with translated():
            row = await self._results.find_one({"_id": key})
        return result_from(row) if row else None

    async def find_of_users(
        self, caller: Caller, user_ids: list[UserId]
    ) -> dict[UserId, list[Result]]:
        """Find the results of some users, oldest first, without their answers.

        Users without results are left out.
        """
        found: dict[UserId, list[Result]] = {}
        mine = {
            "provider": caller.provider.slug,
            "sandbox": caller.sandbox,
            "user_id": {"$in": user_ids},
        }
        with translated():
            rows = self._results.find(mine, {"answers": 0}).sort([("created_at", 1), ("_id", 1)])
            async for row in rows:
                result = result_from(row | {"answers": ()})
                found.setdefault(UserId(row["user_id"]), []).append(result)
        return found

    async def list_newest_of(self, place: UserPlace, limit: int) -> list[Result]:
        """List the user's newest results, without their answers."""
        with translated():
            found = self._results.find(_of(place), {"answers": 0}).sort("created_at", -1)
            return [result_from(row | {"answers": ()}) async for row in found.limit(limit)]

    async def list_of(self, place: UserPlace) -> AsyncIterator[Result]:
        """Yield the results of a user with their answers, oldest first."""
        found = self._results.find(_of(place)).sort("created_at", 1)
        async for row in rows_of(found, LISTED_AT_ONCE):
            yield result_from(row)

    async def list_within(
        self, session: Session, place: UserPlace, limit: int
    ) -> list[RemovableResult]:
        """List some results of the user, in the caller's transaction."""
        found = self._results.find(_of(place), _REMOVABLE, session=session).limit(limit)
        return [_removable(row) async for row in found]

    async def list_older_within(
        self, session: Session, provider: ProviderSlug, before: datetime, limit: int
    ) -> list[RemovableResult]:
        """List the provider's oldest results made before a moment, in the caller's transaction."""
        wanted = {"provider": provider, "created_at": {"$lt": before}}
        found = self._results.find(wanted, _REMOVABLE, session=session, hint="age")
        return [_removable(row) async for row in found.sort("created_at", 1).limit(limit)]

    async def tests_within(self, session: Session, place: UserPlace) -> list[TestSlug]:
        """List the tests of which the user has results, in the caller's transaction."""
        rows = self._results.find(_of(place), {"test": 1}, session=session)
        return sorted({TestSlug(row["test"]) async for row in rows})

    async def remove_within(
        self, session: Session, provider: ProviderSlug, keys: Sequence[ResultKey]
    ) -> int:
        """Remove results of the provider, in the caller's transaction; returns how many."""
        wanted = {"_id": {"$in": list(keys)}, "provider": provider}
        return int((await self._results.delete_many(wanted, session=session)).deleted_count)

    async def guests_within(self, session: Session, keys: Sequence[ResultKey]) -> list[ResultKey]:
        """Return those of the results that belong to no user, in the caller's transaction."""
        wanted = {"_id": {"$in": list(keys)}, "user_id": None}
        found = self._results.find(wanted, {"_id": 1}, session=session)
        return [ResultKey(row["_id"]) async for row in found]

    async def count_older(self, provider: ProviderSlug, before: datetime) -> list[OldResults]:
        """Count the provider's results made before a moment, by test, month and world, sorted."""
        month = {"$dateToString": {"date": "$created_at", "format": "%Y-%m"}}
        steps: list[Document] = [
            {"$match": {"provider": provider, "created_at": {"$lt": before}}},
            {
                "$group": {
                    "_id": {"test": "$test", "month": month, "sandbox": "$sandbox"},
                    "results": {"$sum": 1},
                    "attached": {"$sum": {"$cond": [{"$ne": ["$user_id", None]}, 1, 0]}},
                }
            },
        ]
        with translated():
            found = await self._gathered.aggregate(steps, hint="age")
            rows = [row async for row in found]
        return sorted(
            OldResults(
                test=TestSlug(row["_id"]["test"]),
                month=row["_id"]["month"],
                results=row["results"],
                attached=row["attached"],
                sandbox=row["_id"]["sandbox"],
            )
            for row in rows
        )

    async def list_versions(self, selection: Selection) -> list[int]:
        """List the versions of the selected results."""
        with translated():
            found: list[int] = await self._gathered.distinct("version", selected(selection))
        return sorted(found)

    async def read_batches(self, selection: Selection) -> AsyncIterator[ResultBatch]:
        """Yield all selected results, a thousand at once, in no order and still encoded.

        Those that are stored meanwhile may be among them or not.
        """
        wanted = {"_id": 0, "version": 1, "locale": 1, "provider": 1, "answers": 1, "took": 1}
        found = self._encoded.find(selected(selection), wanted).batch_size(GATHERED_AT_ONCE)
        while True:
            with translated():
                rows = await found.to_list(GATHERED_AT_ONCE)
            if not rows:
                return
            yield ResultBatch(len(rows), b"".join(row.raw for row in rows))

    async def add(self, caller: Caller, result: Result) -> None:
        """Store a guest's result that was not made by an attempt; atomic.

        Raises:
            ClientNotFoundError: the provider was disabled meanwhile.
            TestNotAllowedError: the provider's list forbids the test.
        """

        def happen(unit: Unit) -> None:
            _check_allowed(enabled_provider(unit, caller), result.test)
            unit.results.put(result_to_document(result))
            _count(unit, caller, result.test, result.created_at, "results")

        slug = caller.provider.slug
        await self._commits.submit(
            CommitEvent(
                slug, lambda unit: unit.providers.want(slug), happen, weight=_weight(result)
            )
        )

    async def add_attached(self, caller: Caller, result: Result) -> None:
        """Store a result of a registered user and count it under the test policy; atomic.

        Raises:
            ClientNotFoundError: the provider was disabled meanwhile.
            ResultNotAttachedError: the result names no user.
            TestNotAllowedError: the provider's list forbids the test.
            ResultLimitReachedError: the user has all results that the test policy grants, or
                is not registered.
        """
        user_id = result.user_id
        if user_id is None:
            raise ResultNotAttachedError

        def happen(unit: Unit) -> None:
            provider = enabled_provider(unit, caller)
            row = unit.users.get(user_document_id(caller, user_id))
            if row is None:
                raise ResultLimitReachedError
            _take_place(unit, provider, row, result.test)
            unit.results.put(result_to_document(result))
            _count(unit, caller, result.test, result.created_at, "results", "attached")
            _tell_attached(unit, caller, user_id, result.key, result.test, result.created_at)

        await self._commits.submit(
            CommitEvent(
                caller.provider.slug,
                lambda unit: want_user(unit, caller, user_id),
                happen,
                weight=_weight(result),
            )
        )

    async def attach(self, caller: Caller, user_id: UserId, key: ResultKey, now: datetime) -> bool:
        """Attach a result to a user, who is registered if new; atomic.

        Returns whether the user is new. A repeat changes nothing, and a refusal costs neither an
        access nor a place under the test policy.

        Raises:
            ClientNotFoundError: the provider was disabled meanwhile.
            ResultNotFoundError: the provider has no such result in this world.
            ResultAttachedToAnotherUserError: the result belongs to another user.
            TestNotAllowedError: the provider's list forbids the test.
            AccessLimitReachedError: the user is new and no access is left.
            ResultLimitReachedError: the user has all results that the test policy grants.
        """

        def wants(unit: Unit) -> None:
            want_user(unit, caller, user_id)
            unit.results.want(key)

        def happen(unit: Unit) -> bool:
            provider = enabled_provider(unit, caller)
            row = unit.results.get(key)
            if row is None or (row["provider"], row["sandbox"]) != (provider.slug, caller.sandbox):
                raise ResultNotFoundError
            if row["user_id"] == user_id:
                return False
            if row["user_id"] is not None:
                raise ResultAttachedToAnotherUserError
            _check_allowed(provider, row["test"])
            user, is_new = issue_in(unit, caller, user_id, now)
            _take_place(unit, provider, user, row["test"])
            _count(unit, caller, row["test"], now, "attached")
            unit.results.put(row | {"user_id": user_id, "attached_at": now})
            _tell_attached(unit, caller, user_id, key, row["test"], now)
            return is_new

        return await self._commits.submit(CommitEvent(caller.provider.slug, wants, happen))


_REMOVABLE = {"sandbox": 1, "user_id": 1, "attempt": 1}
"""The fields of a result that its removal reads."""


def _removable(row: Document) -> RemovableResult:
    return RemovableResult(
        key=ResultKey(row["_id"]),
        sandbox=row["sandbox"],
        user_id=row["user_id"] and UserId(row["user_id"]),
        attempt=row["attempt"] and AttemptId(row["attempt"]),
    )


def _of(place: UserPlace) -> Document:
    return {"provider": place.provider, "sandbox": place.sandbox, "user_id": place.user_id}


def _weight(result: Result) -> int:
    """Estimate the size of a result in bytes."""
    return EVENT_BYTES + sum(len(text) for _, value in result.answers for text in value)


def _check_allowed(provider: Provider, test: TestSlug) -> None:
    if provider.kind_of(test) is TestKind.FORBIDDEN:
        raise TestNotAllowedError


def _take_place(unit: Unit, provider: Provider, user: Document, test: TestSlug) -> None:
    """Count a result of this test among those of the user.

    Raises:
        TestNotAllowedError: the provider's list forbids the test.
        ResultLimitReachedError: the user has all results that the test policy grants.
    """
    _check_allowed(provider, test)
    kind = provider.kind_of(test)
    allowed = results_allowed(provider.test_policy, kind)
    held = user[kind.value]
    if allowed is not None and held >= allowed:
        raise ResultLimitReachedError
    passed = user["passed"] if test in user["passed"] else [*user["passed"], test]
    unit.users.put(user | {kind.value: held + 1, "passed": passed})


def _count(unit: Unit, caller: Caller, test: TestSlug, at: datetime, *events: str) -> None:
    unit.count(caller.provider.slug, test, *events, at=at, sandbox=caller.sandbox)


def _tell_attached(  # noqa: PLR0913, PLR0917 - the fields of the event
    unit: Unit, caller: Caller, user_id: UserId, key: ResultKey, test: TestSlug, now: datetime
) -> None:
    unit.tell(
        WebhookEvent(
            type=WebhookEventType.RESULT_ATTACHED,
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            at=now,
            data=ResultAttachedData(result_key=str(key), test=test, user_id=user_id),
        )
    )


class ResultRemovals(Changes[ResultKey]):
    """Results that are removed. Nothing else of a result that is kept in memory ever changes."""

    collection = "results"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": "delete"}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> ResultKey:
        """Read which result was removed."""
        return ResultKey(row["documentKey"]["_id"])
