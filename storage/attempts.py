"""Attempts: state, generation and payment. Their answers lie in the answer journal."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pymongo import ReturnDocument

from storage.answer_journal import AnswerJournal
from storage.attempt_documents import attempt_from, attempt_to_document
from storage.client import Client, Database, translated
from storage.results import result_from, result_to_document
from storage.statistics import StatisticsStore
from storage.tokens import TokenGrant, TokenStore
from storage.transactions import Session, run
from storage.webhooks import WebhookStore
from widget_gateway.domain.answers import Answer
from widget_gateway.domain.attempts import Attempt, AttemptState
from widget_gateway.domain.errors import (
    SessionNotFoundError,
    SessionSupersededError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import (
    AccessToken,
    AttemptId,
    ProviderSlug,
    ResultKey,
    TestSlug,
)
from widget_gateway.domain.results import Result
from widget_gateway.domain.webhooks import Event, EventType

Recorded = list[tuple[str, Answer]]
"""Answers in the order of (generation, seq): the last value of a question wins."""


class AttemptStore:
    """Attempts by session id. Each `open_` raises the generation; the newest owns the attempt."""

    def __init__(  # noqa: PLR0913 - the stores that share its transactions
        self,
        client: Client,
        database: Database,
        *,
        tokens: TokenStore,
        journal: AnswerJournal,
        statistics: StatisticsStore,
        webhooks: WebhookStore,
    ) -> None:
        self._client = client
        self._webhooks = webhooks
        self._statistics = statistics
        self._tokens = tokens
        self._journal = journal
        self._attempts = database["attempts"]
        self._results = database["results"]

    async def add(self, attempt: Attempt, resume_hash: bytes, expires_at: datetime) -> None:
        """Store a new attempt that was begun without a token."""

        async def work(session: Session) -> None:
            await self._insert(session, attempt, resume_hash, expires_at)

        await run(self._client, work)

    async def _insert(
        self, session: Session, attempt: Attempt, resume_hash: bytes, expires_at: datetime
    ) -> None:
        await self._attempts.insert_one(
            {**attempt_to_document(attempt), "resume_hash": resume_hash, "expires_at": expires_at},
            session=session,
        )
        await self._count(session, attempt, "started")

    async def _count(self, session: Session, attempt: Attempt, *events: str) -> None:
        await self._statistics.count_within(
            session, attempt.provider, attempt.test, *events, sandbox=attempt.sandbox
        )

    async def claim_token_and_add(  # noqa: PLR0913 - a token is claimed by what it must match
        self,
        token: AccessToken,
        provider: ProviderSlug,
        test: TestSlug,
        begin: Callable[[TokenGrant], Attempt],
        *,
        resume_hash: bytes,
        now: datetime,
        expires_at: datetime,
    ) -> Attempt:
        """Spend the token and store the attempt that `begin` makes of its grant, both or neither.

        Raises:
            TokenInvalidError: the token can't be spent here. What `begin` raises passes too.
        """

        async def work(session: Session) -> Attempt:
            grant = await self._tokens.claim_within(session, token, provider, test, now)
            attempt = begin(grant)
            await self._insert(session, attempt, resume_hash, expires_at)
            return attempt

        return await run(self._client, work)

    async def open_next_generation(
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        resume_hash: bytes,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> Attempt:
        """Take the attempt over for a new connection, which then ends at `expires_at`; atomic.

        Raises:
            SessionNotFoundError: no such attempt of this provider, or it has expired.
            TokenInvalidError: the resume token is another one.
        """
        # The TTL index may be a minute late.
        mine = {"_id": attempt_id, "provider": provider, "expires_at": {"$gt": now}}
        with translated():
            row = await self._attempts.find_one_and_update(
                {**mine, "resume_hash": resume_hash},
                {"$inc": {"generation": 1}, "$set": {"expires_at": expires_at}},
                return_document=ReturnDocument.AFTER,
            )
            if row is not None:
                return attempt_from(row)
            if await self._attempts.find_one(mine, {"_id": 1}) is None:
                raise SessionNotFoundError
            raise TokenInvalidError

    async def find(self, attempt_id: AttemptId) -> Attempt | None:
        """An attempt, whoever's it is."""
        with translated():
            row = await self._attempts.find_one({"_id": attempt_id})
        return attempt_from(row) if row else None

    async def find_many(self, attempt_ids: Iterable[AttemptId]) -> list[Attempt]:
        """Those of the attempts that still exist."""
        with translated():
            found = self._attempts.find({"_id": {"$in": list(attempt_ids)}})
            return [attempt_from(row) async for row in found]

    async def find_answers(self, attempt: Attempt) -> tuple[Recorded, int]:
        """All answers on record, and the highest `seq` among them (0 for none)."""
        if attempt.result_key is not None:
            with translated():
                row = await self._results.find_one({"_id": attempt.result_key})
            return list(result_from(row).answers) if row else [], attempt.last_seq
        recorded, seq = await self._journal.read(attempt.id)
        return [*attempt.initial_answers, *recorded], seq

    async def pause(self, attempt_id: AttemptId, now: datetime) -> bool:
        """Running and unpaid becomes awaiting payment; False if it was paid in between."""
        unpaid = {"_id": attempt_id, "paid": False}

        async def work(session: Session) -> bool:
            row = await self._attempts.find_one_and_update(
                {**unpaid, "state": AttemptState.RUNNING.value},
                {"$set": {"state": AttemptState.AWAITING_PAYMENT.value}},
                session=session,
            )
            if row is None:
                waiting = {**unpaid, "state": AttemptState.AWAITING_PAYMENT.value}
                return await self._attempts.find_one(waiting, session=session) is not None
            attempt = attempt_from(row)
            await self._count(session, attempt, "paused")
            await self._tell(session, attempt, EventType.ATTEMPT_PAUSED, now)
            return True

        return await run(self._client, work)

    async def confirm_payment(
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        payment_id: str | None,
        *,
        sandbox: bool,
        expires_at: datetime,
    ) -> None:
        """Mark the attempt as paid and let it run on; a repeat keeps the first payment's id.

        Raises:
            SessionNotFoundError: no such attempt of this provider, in this world.
        """
        waiting = {"$eq": ["$state", AttemptState.AWAITING_PAYMENT.value]}
        with translated():
            confirmed = await self._attempts.update_one(
                {"_id": attempt_id, "provider": provider, "sandbox": sandbox},
                [
                    {
                        "$set": {
                            "payment_id": {
                                "$cond": ["$paid", "$payment_id", {"$literal": payment_id}]
                            },
                            "paid": True,
                            "expires_at": expires_at,
                            "state": {"$cond": [waiting, AttemptState.RUNNING.value, "$state"]},
                        }
                    }
                ],
            )
        if not confirmed.matched_count:
            raise SessionNotFoundError

    async def finish(
        self,
        attempt_id: AttemptId,
        generation: int,
        conclude: Callable[[Attempt, Recorded], Result],
    ) -> ResultKey:
        """Store the result that `conclude` makes of the attempt and its answers, once.

        The result, the attempt's end and the removal of its journal rows are one transaction.

        Raises:
            SessionNotFoundError: the attempt has expired.
            SessionSupersededError: a newer connection owns it. What `conclude` raises passes too.
        """

        async def work(session: Session) -> ResultKey:
            row = await self._attempts.find_one({"_id": attempt_id}, session=session)
            if row is None:
                raise SessionNotFoundError
            attempt = attempt_from(row)
            if attempt.result_key is not None:
                return attempt.result_key
            if attempt.generation != generation:
                raise SessionSupersededError
            recorded, seq = await self._journal.read(attempt_id, session=session)
            result = conclude(attempt, [*attempt.initial_answers, *recorded])
            await self._results.insert_one(result_to_document(result), session=session)
            await self._count(session, attempt, "finished", "results")
            await self._attempts.update_one(
                {"_id": attempt_id},
                {
                    "$set": {
                        "state": AttemptState.FINISHED.value,
                        "result_key": result.key,
                        "last_seq": seq,
                    }
                },
                session=session,
            )
            await self._journal.remove(attempt_id, session=session)
            await self._tell(
                session,
                attempt,
                EventType.RESULT_FINISHED,
                result.created_at,
                result_key=str(result.key),
            )
            return result.key

        return await run(self._client, work)

    async def _tell(
        self, session: Session, attempt: Attempt, kind: EventType, now: datetime, **data: str
    ) -> None:
        if await self._webhooks.is_wanted_within(session, attempt.provider):
            known = {} if attempt.user_id is None else {"user_id": attempt.user_id}
            event = Event(
                type=kind,
                provider=attempt.provider,
                sandbox=attempt.sandbox,
                at=now,
                data={"session": str(attempt.id), "test": attempt.test} | known | data,
            )
            await self._webhooks.add_within(session, event)

    async def sweep_answers(self) -> int:
        """Remove journal rows whose attempt has expired or is finished; returns how many.

        Walks the journal attempt by attempt. Safe beside anything: rows of a finished attempt are
        in its result, and an attempt exists before its first row does.
        """
        removed = 0
        after: AttemptId | None = None
        while (attempt_id := await self._journal.next_attempt(after)) is not None:
            after = attempt_id
            with translated():
                alive = await self._attempts.find_one(
                    {"_id": attempt_id, "state": {"$ne": AttemptState.FINISHED.value}}, {"_id": 1}
                )
            if alive is None:
                removed += await self._journal.remove(attempt_id)
        return removed
