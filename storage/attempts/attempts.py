"""Attempts: their state, generation and payment. Their answers are in the answer journal."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.attempts.documents import attempt_from, attempt_to_document, changed
from storage.attempts.journal import AnswerJournal
from storage.attempts.results import ResultStore, result_to_document, selected
from storage.changes import Changes
from storage.client import Database, Document, rows_of, translated
from storage.commits.answer_rows import Recorded
from storage.commits.engine import EVENT_BYTES, CommitEngine, CommitEvent, visit_line
from storage.commits.unit import Unit
from storage.driver.adapter import with_wait
from storage.driver.waits import GATHERING_WAIT_S, VISITOR_WAIT_S
from storage.partners.access_tokens import TokenGrant, spend
from storage.transactions import Session
from widget_gateway.domain.attempts.attempts import Attempt, AttemptChange, AttemptState
from widget_gateway.domain.attempts.devices import Device
from widget_gateway.domain.attempts.durations import Funnel, durations_of
from widget_gateway.domain.attempts.results import Result, Selection
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    AttemptSupersededError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.partners.webhook_events import WebhookEventType
from widget_gateway.domain.partners.webhooks import WebhookEvent

REPEATED_FOR = timedelta(days=1)
"""How long a repeated `open` with the same `open_id` gets the attempt that the first one began."""

FUNNEL_BATCH = 200
"""How many unfinished attempts are counted at once; their answers are found by one query."""

LISTED_AT_ONCE = 50
"""How many attempts of a user are read at once: each may have answers of the host page."""

Answers = list[tuple[str, Answer]]
"""Pairs of a question's id and its answer. The last answer of a question is the one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a new attempt is made of.

    `ids` are the ids under which the same `open` may have begun it before. If it did not, the first
    id that is free becomes the attempt's. `make` makes the attempt from its id and from the grant
    of its token; an exception that it raises refuses the `open`. `weight` is the approximate size,
    in bytes, of the answers that the host page passes.
    """

    provider: ProviderSlug
    test: TestSlug
    ids: Sequence[AttemptId]
    token: AccessToken | None
    make: Callable[[AttemptId, TokenGrant | None], Attempt]
    resume_hash: bytes
    now: datetime
    expires_at: datetime
    weight: int


class AttemptStore:
    """Attempts by id. Each `open` raises the generation; the newest generation owns the attempt."""

    def __init__(
        self,
        database: Database,
        journal: AnswerJournal,
        results: ResultStore,
        commits: CommitEngine,
    ) -> None:
        self._commits = commits
        self._journal = journal
        self._results = results
        self._attempts = database["attempts"]
        self._gathered = with_wait(database, GATHERING_WAIT_S)["attempts"]

    async def begin(self, new: Beginning) -> Attempt | AttemptId:
        """Store a new attempt and spend its token, if it has one; atomic.

        Returns the attempt, or the id of the attempt that the same `open` began before.

        Raises:
            TokenInvalidError: the token can't be spent for this provider and test.
            Exception: whatever `new.make` raised.
        """

        def wants(unit: Unit) -> None:
            if new.token is not None:
                unit.tokens.want(new.token)
            # The token may have been spent by this same `open`, which then gets its attempt.
            if unit.is_careful or new.token is not None:
                for attempt_id in new.ids:
                    unit.attempts.want(attempt_id)

        def happen(unit: Unit) -> Attempt | AttemptId:
            for attempt_id in new.ids:
                row = unit.attempts.get(attempt_id)
                if row is not None and row["created_at"] > new.now - REPEATED_FOR:
                    return attempt_id
            grant = None
            if new.token is not None:
                grant = spend(unit, new.token, new.provider, new.test, new.now)
            free = next(id_ for id_ in new.ids if unit.attempts.get(id_) is None)
            attempt = new.make(free, grant)
            fields = {"resume_hash": new.resume_hash, "expires_at": new.expires_at}
            unit.attempts.put(attempt_to_document(attempt) | fields)
            _count(unit, attempt, new.now, "started")
            return attempt

        weight = EVENT_BYTES + new.weight
        event = CommitEvent(new.provider, wants, happen, weight, visit_line(new.ids[0]))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def take_over(  # noqa: PLR0913 - what is shown, and what replaces it
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        *,
        resume_hash: bytes | None,
        new_resume_hash: bytes | None,
        device: Device | None,
        now: datetime,
        expires_at: datetime,
    ) -> tuple[Attempt, Recorded]:
        """Take over the attempt for a new connection; atomic. Returns it with all its answers.

        `resume_hash` is the hash of the resume token that the visitor shows, or None where the
        `open_id` proves that the attempt is theirs. `new_resume_hash`, if any, replaces the stored
        hash. `device` is the kind of device at the other end of the connection.

        Raises:
            AttemptNotFoundError: this provider has no such attempt, or it has expired.
            TokenInvalidError: the resume token is not that of the attempt.
        """

        def wants(unit: Unit) -> None:
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> tuple[Attempt, Recorded]:
            row = _alive(unit, attempt_id, provider, now)
            if resume_hash not in (None, row["resume_hash"]):
                raise TokenInvalidError
            attempt = attempt_from(row).taken_over(device)
            fields = {"resume_hash": new_resume_hash or row["resume_hash"]}
            unit.attempts.put(changed(row, attempt, expires_at=expires_at, **fields))
            return attempt, unit.answers.get(attempt_id)

        event = CommitEvent(provider, wants, happen, line=visit_line(attempt_id))
        attempt, recorded = await self._commits.submit(event, VISITOR_WAIT_S)
        return attempt, await self._all_answers(attempt, recorded)

    async def find(self, attempt_id: AttemptId) -> Attempt | None:
        """Find an attempt of any provider."""
        with translated():
            row = await self._attempts.find_one({"_id": attempt_id})
        return attempt_from(row) if row else None

    async def find_dated(self, attempt_id: AttemptId) -> tuple[Attempt, datetime] | None:
        """Find an attempt of any provider, with the time when it expires."""
        with translated():
            row = await self._attempts.find_one({"_id": attempt_id})
        return (attempt_from(row), row["expires_at"]) if row else None

    async def list_newest_of(self, place: UserPlace, limit: int) -> list[Attempt]:
        """List the user's newest attempts, which were begun with an access token."""
        with translated():
            found = self._attempts.find(_of(place)).sort([("created_at", -1), ("_id", -1)])
            return [attempt_from(row) async for row in found.limit(limit)]

    async def find_many(self, attempt_ids: Iterable[AttemptId]) -> list[Attempt]:
        """Find those of the attempts that still exist, in no order."""
        with translated():
            found = self._attempts.find({"_id": {"$in": list(attempt_ids)}})
            return [attempt_from(row) async for row in found]

    async def find_recorded(self, attempt: Attempt) -> Recorded:
        """Find all answers of the attempt that a majority of the replica set has."""
        recorded = await self._journal.read(attempt.id)
        return await self._all_answers(attempt, recorded)

    async def _all_answers(self, attempt: Attempt, recorded: Recorded) -> Recorded:
        """Add the answers that the host page passed; read a finished attempt's from its result."""
        if attempt.result_key is None:
            answers = [*attempt.initial_answers, *recorded.answers]
            return Recorded(answers, recorded.seqs, recorded.times)
        result = await self._results.find(attempt.result_key)
        return Recorded(list(result.answers) if result else [], dict(attempt.stored_seqs))

    async def pause(
        self, attempt_id: AttemptId, provider: ProviderSlug, now: datetime
    ) -> Answers | None:
        """Let the attempt await its payment; atomic. A repeat changes nothing.

        Returns all answers of the attempt, or None if it is paid already.

        Raises:
            AttemptNotFoundError: the attempt has expired.
        """

        def wants(unit: Unit) -> None:
            unit.providers.want(provider)
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> Answers | None:
            row = unit.attempts.get(attempt_id)
            if row is None:
                raise AttemptNotFoundError
            before = attempt_from(row)
            if before.paid:
                return None
            attempt = before.paused()
            if attempt is not before:
                unit.attempts.put(changed(row, attempt))
                _count(unit, attempt, now, "paused")
                _tell(unit, attempt, WebhookEventType.ATTEMPT_PAUSED, now)
            return [*attempt.initial_answers, *unit.answers.get(attempt_id).answers]

        event = CommitEvent(provider, wants, happen, line=visit_line(attempt_id))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def confirm_payment(  # noqa: PLR0913 - the attempt, its owner, the payment, the times
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        payment_id: str | None,
        *,
        sandbox: bool,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Mark the attempt as paid and let it continue; atomic.

        A repeat keeps the id of the first payment.

        Raises:
            AttemptNotFoundError: this provider has no such attempt in this world, or it has
                expired.
        """

        def happen(unit: Unit) -> None:
            row = _alive(unit, attempt_id, provider, now)
            if row["sandbox"] is not sandbox:
                raise AttemptNotFoundError
            before = attempt_from(row)
            attempt = before.paid_with(payment_id)
            unit.attempts.put(changed(row, attempt, expires_at=expires_at))
            if not before.paid:
                _count(unit, attempt, now, "paid")

        event = CommitEvent(
            provider,
            lambda unit: unit.attempts.want(attempt_id),
            happen,
            line=visit_line(attempt_id),
        )
        await self._commits.submit(event)

    async def finish(
        self,
        attempt_id: AttemptId,
        provider: ProviderSlug,
        generation: int,
        conclude: Callable[[Attempt, Answers], Result],
    ) -> tuple[Attempt, ResultKey]:
        """Finish the attempt and store the result that `conclude` makes of its answers; atomic.

        The answers are removed from the journal. Returns the finished attempt and the key of its
        result. A repeat changes nothing and returns the same.

        Raises:
            AttemptNotFoundError: the attempt has expired.
            AttemptSupersededError: a newer connection owns the attempt.
            Exception: whatever `conclude` raised.
        """

        def wants(unit: Unit) -> None:
            unit.providers.want(provider)
            unit.attempts.want(attempt_id)
            unit.answers.want(attempt_id)

        def happen(unit: Unit) -> tuple[Attempt, ResultKey]:
            row = unit.attempts.get(attempt_id)
            if row is None:
                raise AttemptNotFoundError
            before = attempt_from(row)
            if before.result_key is not None:
                return before, before.result_key
            if before.generation != generation:
                raise AttemptSupersededError
            recorded = unit.answers.get(attempt_id)
            result = conclude(before, [*before.initial_answers, *recorded.answers])
            attempt = before.finished_with(result.key, recorded.seqs)
            began_ms = int(before.created_at.timestamp() * 1000)
            spent = durations_of(began_ms, recorded.times)
            unit.results.put(result_to_document(result, spent))
            unit.attempts.put(changed(row, attempt))
            _count(unit, attempt, result.created_at, "finished", "results")
            told = {"result_key": str(result.key)}
            _tell(unit, attempt, WebhookEventType.RESULT_FINISHED, result.created_at, **told)
            unit.answers.remove(attempt_id)
            return attempt, result.key

        event = CommitEvent(provider, wants, happen, line=visit_line(attempt_id))
        return await self._commits.submit(event, VISITOR_WAIT_S)

    async def read_funnels(
        self, selection: Selection, find_test: Callable[[int], Awaitable[TestDefinition]]
    ) -> dict[tuple[int, str], Funnel]:
        """Count how far the selected attempts came, by version and locale.

        It reads the attempts that still exist. `find_test` returns the definition of a version.
        """
        funnels: dict[tuple[int, str], Funnel] = {}
        chosen = selected(selection)
        by_version = {"version": "$version", "locale": "$locale"}
        finished = [
            {"$match": chosen | {"state": AttemptState.FINISHED.value}},
            {"$group": {"_id": by_version, "count": {"$sum": 1}}},
        ]
        with translated():
            async for row in await self._gathered.aggregate(finished):
                key = (row["_id"]["version"], row["_id"]["locale"])
                funnels.setdefault(key, Funnel.empty()).add_finished(row["count"])
            unfinished = self._gathered.find(
                chosen | {"state": {"$ne": AttemptState.FINISHED.value}}, _PLACE
            ).batch_size(FUNNEL_BATCH)
            while rows := await unfinished.to_list(FUNNEL_BATCH):
                await self._add_unfinished(funnels, rows, find_test)
        return funnels

    async def read_newest_unfinished(
        self,
        provider: ProviderSlug,
        test: TestSlug,
        limit: int,
        find_test: Callable[[int], Awaitable[TestDefinition]],
        *,
        sandbox: bool,
    ) -> dict[tuple[int, str], Funnel]:
        """Count how far the newest unfinished attempts came, `limit` at most.

        The result is as of `read_funnels`.
        """
        funnels: dict[tuple[int, str], Funnel] = {}
        mine = {"provider": provider, "sandbox": sandbox, "test": test, "result_key": None}
        with translated():
            newest = self._attempts.find(mine, _PLACE, hint="unfinished")
            rows = await newest.sort("created_at", -1).limit(limit).to_list(limit)
            for begin in range(0, len(rows), FUNNEL_BATCH):
                await self._add_unfinished(funnels, rows[begin : begin + FUNNEL_BATCH], find_test)
        return funnels

    async def _add_unfinished(
        self,
        funnels: dict[tuple[int, str], Funnel],
        rows: list[Document],
        find_test: Callable[[int], Awaitable[TestDefinition]],
    ) -> None:
        questions = await self._journal.read_questions([row["_id"] for row in rows])
        for row in rows:
            funnels.setdefault((row["version"], row["locale"]), Funnel.empty()).add_unfinished(
                await find_test(row["version"]),
                {*(q for q, _ in row["initial_answers"]), *questions.get(row["_id"], ())},
                row.get("seed"),
                is_paused=row["state"] == AttemptState.AWAITING_PAYMENT.value,
            )

    async def count_awaiting_payment(self, *, sandbox: bool) -> int:
        """Count the attempts of all providers that wait for their payment."""
        waiting = {"state": AttemptState.AWAITING_PAYMENT.value, "sandbox": sandbox}
        with translated():
            return await self._attempts.count_documents(waiting, hint="awaiting_payment")

    async def list_of(
        self, place: UserPlace, others: Sequence[AttemptId]
    ) -> AsyncIterator[tuple[Attempt, datetime]]:
        """Yield the user's attempts, and these other ones, each with the time when it expires.

        An attempt is the user's if it was begun with an access token.
        """
        wanted = {"$or": [_of(place), {"_id": {"$in": list(others)}}]}
        async for row in rows_of(self._attempts.find(wanted), LISTED_AT_ONCE):
            yield attempt_from(row), row["expires_at"]

    async def list_within(
        self, session: Session, place: UserPlace, limit: int
    ) -> list[tuple[AttemptId, ResultKey | None]]:
        """List some of the user's attempts, and their results, in the caller's transaction."""
        rows = self._attempts.find(_of(place), {"result_key": 1}, session=session).limit(limit)
        return [
            (AttemptId(row["_id"]), row["result_key"] and ResultKey(row["result_key"]))
            async for row in rows
        ]

    async def remove_within(
        self, session: Session, provider: ProviderSlug, attempts: Sequence[AttemptId]
    ) -> tuple[int, int]:
        """Remove attempts of the provider with their answers, in the caller's transaction.

        Returns how many attempts and how many answers there were. Whoever has one of them open is
        told by the change stream (`AttemptFeed`).
        """
        wanted = {"_id": {"$in": list(attempts)}, "provider": provider}
        removed = await self._attempts.delete_many(wanted, session=session)
        answers = await self._journal.remove_within(session, attempts)
        return int(removed.deleted_count), answers

    async def forget_answers(self, attempt_id: AttemptId) -> None:
        """Remove the answers of an attempt that is no longer stored."""
        with translated():
            row = await self._attempts.find_one({"_id": attempt_id}, {"_id": 1})
        if row is None:
            await self._journal.remove(attempt_id)

    async def sweep_answers(self) -> int:
        """Remove the answers of expired and finished attempts; returns how many were removed.

        It may run at any time. The answers of a finished attempt are in its result, and an attempt
        is stored before its first answer.
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


_PLACE = {"version": 1, "locale": 1, "state": 1, "initial_answers": 1, "seed": 1}
"""The fields of an attempt that tell, with its answers, how far it came."""


def _of(place: UserPlace) -> Document:
    return {"provider": place.provider, "sandbox": place.sandbox, "user_id": place.user_id}


def _alive(unit: Unit, attempt_id: AttemptId, provider: ProviderSlug, now: datetime) -> Document:
    row = unit.attempts.get(attempt_id)
    # The TTL index removes an expired attempt up to a minute late.
    if row is None or row["provider"] != provider or row["expires_at"] <= now:
        raise AttemptNotFoundError
    return row


def _count(unit: Unit, attempt: Attempt, at: datetime, *events: str) -> None:
    unit.count(attempt.provider, attempt.test, *events, at=at, sandbox=attempt.sandbox)


def _tell(unit: Unit, attempt: Attempt, kind: WebhookEventType, now: datetime, **data: str) -> None:
    known = {} if attempt.user_id is None else {"user_id": attempt.user_id}
    event = WebhookEvent(
        type=kind,
        provider=attempt.provider,
        sandbox=attempt.sandbox,
        at=now,
        data={"session": str(attempt.id), "test": attempt.test} | known | data,
    )
    unit.tell(event)


class AttemptChanges(Changes[AttemptChange]):
    """Changes of attempts: payments, takeovers and removals."""

    collection = "attempts"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["update", "delete"]}}},
        {
            "$project": {
                "documentKey": 1,
                "operationType": 1,
                "clusterTime": 1,
                "updateDescription.updatedFields.generation": 1,
                "updateDescription.updatedFields.paid": 1,
            }
        },
    ]

    def read(self, row: Document) -> AttemptChange:
        """Read which attempt has changed, and how."""
        fields = row.get("updateDescription", {}).get("updatedFields", {})
        return AttemptChange(
            id=AttemptId(row["documentKey"]["_id"]),
            generation=fields.get("generation"),
            paid=fields.get("paid"),
            deleted=row["operationType"] == "delete",
            at=row["clusterTime"].as_datetime(),
        )
