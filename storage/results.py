"""Results and what ties them to users."""

from datetime import datetime
from typing import Any

from storage.accesses import AccessStore, user_document_id
from storage.client import Client, Database, translated
from storage.statistics import StatisticsStore
from storage.transactions import Session, run
from storage.webhooks import WebhookStore
from widget_gateway.domain.errors import (
    ResultAttachedToAnotherUserError,
    ResultLimitReachedError,
    ResultNotAttachedError,
    ResultNotFoundError,
    TestNotAllowedError,
)
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId
from widget_gateway.domain.providers import Caller, TestKind, results_allowed
from widget_gateway.domain.results import Result
from widget_gateway.domain.webhooks import Event, EventType

Document = dict[str, Any]


def result_to_document(result: Result) -> Document:
    """A result as it is stored."""
    return {
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
    }


def result_from(row: Document) -> Result:
    """A stored result."""
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
    )


class ResultStore:
    """Results by RESULT_KEY; attaching is atomic with the access that it may cost."""

    def __init__(
        self,
        client: Client,
        database: Database,
        accesses: AccessStore,
        statistics: StatisticsStore,
        webhooks: WebhookStore,
    ) -> None:
        self._client = client
        self._webhooks = webhooks
        self._accesses = accesses
        self._statistics = statistics
        self._results = database["results"]
        self._users = database["provider_users"]

    async def find(self, key: ResultKey) -> Result | None:
        """A result, whoever's it is."""
        with translated():
            row = await self._results.find_one({"_id": key})
        return result_from(row) if row else None

    async def find_of_users(
        self, caller: Caller, user_ids: list[UserId]
    ) -> dict[UserId, list[Result]]:
        """The results of some users, oldest first, without their answers.

        Users without any are left out.
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

    async def add(self, caller: Caller, result: Result) -> None:
        """Store a guest result that was not made by an attempt."""

        async def work(session: Session) -> None:
            await self._results.insert_one(result_to_document(result), session=session)
            await self._count(session, caller, result.test, "results")

        await run(self._client, work)

    async def add_attached(self, caller: Caller, result: Result) -> None:
        """Store a result of a registered user, taking its place under the test policy; atomic.

        Raises:
            TestNotAllowedError, ResultLimitReachedError: nothing was stored.
        """
        user_id = result.user_id
        if user_id is None:
            raise ResultNotAttachedError
        kind = caller.provider.kind_of(result.test)
        if kind is TestKind.FORBIDDEN:
            raise TestNotAllowedError

        async def work(session: Session) -> None:
            await self._take_place(session, caller, user_id, kind, result.test)
            await self._results.insert_one(result_to_document(result), session=session)
            await self._count(session, caller, result.test, "results", "attached")
            await self._tell_attached(
                session, caller, user_id, result.key, result.test, result.created_at
            )

        await run(self._client, work)

    async def attach(self, caller: Caller, user_id: UserId, key: ResultKey, now: datetime) -> bool:
        """Tie a result to a user, registering the user if new; a repeat changes nothing.

        All in one transaction: a refusal costs neither an access nor a place. Returns whether
        the user is new.

        Raises:
            ResultNotFoundError: not this provider's, or of the other world.
            TestNotAllowedError: the provider's list forbids the test.
            ResultAttachedToAnotherUserError: somebody else was first.
            AccessLimitReachedError: the user is new and no access is left.
            ResultLimitReachedError: the user's access holds all that the test policy grants.
        """
        mine = {"_id": key, "provider": caller.provider.slug, "sandbox": caller.sandbox}

        async def work(session: Session) -> bool:
            row = await self._results.find_one(mine, {"test": 1, "user_id": 1}, session=session)
            if row is None:
                raise ResultNotFoundError
            if row["user_id"] == user_id:
                return False
            if row["user_id"] is not None:
                raise ResultAttachedToAnotherUserError
            kind = caller.provider.kind_of(row["test"])
            if kind is TestKind.FORBIDDEN:
                raise TestNotAllowedError
            _, is_new = await self._accesses.issue_within(session, caller, user_id, now)
            await self._take_place(session, caller, user_id, kind, row["test"])
            await self._count(session, caller, row["test"], "attached")
            await self._results.update_one(
                {**mine, "user_id": None},
                {"$set": {"user_id": user_id, "attached_at": now}},
                session=session,
            )
            await self._tell_attached(session, caller, user_id, key, row["test"], now)
            return is_new

        if await self._accesses.find_user(caller, user_id):
            return await run(self._client, work)
        async with self._accesses.queue_of(caller):
            return await run(self._client, work)

    async def _tell_attached(  # noqa: PLR0913, PLR0917 - what an event says
        self,
        session: Session,
        caller: Caller,
        user_id: UserId,
        key: ResultKey,
        test: TestSlug,
        now: datetime,
    ) -> None:
        if caller.provider.webhook_url is None:
            return
        event = Event(
            type=EventType.RESULT_ATTACHED,
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            at=now,
            data={"result_key": str(key), "test": test, "user_id": user_id},
        )
        await self._webhooks.add_within(session, event)

    async def _count(self, session: Session, caller: Caller, test: TestSlug, *events: str) -> None:
        await self._statistics.count_within(
            session, caller.provider.slug, test, *events, sandbox=caller.sandbox
        )

    async def _take_place(
        self,
        session: Session,
        caller: Caller,
        user_id: UserId,
        kind: TestKind,
        test: TestSlug,
    ) -> None:
        allowed = results_allowed(caller.provider.test_policy, kind)
        condition = {} if allowed is None else {kind.value: {"$lt": allowed}}
        taken = await self._users.update_one(
            {"_id": user_document_id(caller, user_id), **condition},
            {"$inc": {kind.value: 1}, "$addToSet": {"passed": test}},
            session=session,
        )
        if not taken.matched_count:
            raise ResultLimitReachedError
