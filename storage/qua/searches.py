"""Searches that users made, and the hits that they opened. A TTL index removes both."""

import asyncio
from contextlib import suppress
from datetime import datetime

from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import with_wait
from storage.driver.calls import for_all
from storage.transactions import Session, run
from widget_gateway.domain.ids import SearchId
from widget_gateway.domain.qua.search import DocumentKind, document_id
from widget_gateway.domain.qua.suggestions import FrequentQuery
from widget_gateway.domain.qua.tracking import (
    LEAST_USERS_ALIKE,
    SAID_OTHERWISE_WITHIN,
    TYPING_PAUSE,
    Link,
    OpenedCount,
    QueryCount,
    SaidOtherwise,
    Search,
    SearchReport,
    Track,
    comparable,
)

_WITHOUT = {
    "without_hits": {"hits": 0},
    "without_clicks": {"hits": {"$gt": 0}, "clicks": 0},
    "corrected": {"corrected": True},
}
"""Conditions on searches, by the name of what the report counts and lists with them."""

_MOST_COUNTED = 50_000
"""Searches with a click that are read to find frequent queries: the last ones. It takes half a
second."""

REPORT_WAIT_S = 60.0
"""How long a report of a long period may take, in seconds. Only a person waits for it."""


_KINDS = {
    Track.INTERNAL: DocumentKind.QUESTION,
    Track.EXTERNAL: DocumentKind.EXTERNAL,
}


class _CountedError(Exception):
    """The hit was opened before, so it is not counted again."""


class SearchStore:
    """Searches by number, and opened hits.

    Searches are written in groups: those that are added while a write runs are written next. A
    search takes a millisecond, so it should not wait for a write of its own. The writes do not wait
    for a majority, since the last searches may be lost with their machine.
    """

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._searches = database["searches"]
        self._quick = self._searches.with_options(write_concern=WriteConcern(w=1))
        self._patient = with_wait(database, REPORT_WAIT_S)["searches"]
        self._clicks = database["clicks"]
        self._patient_clicks = with_wait(database, REPORT_WAIT_S)["clicks"]
        self._gathering: list[Document] = []
        self._written: asyncio.Future[None] | None = None
        self._turn = asyncio.Lock()

    async def add(self, number: SearchId, search: Search) -> None:
        """Store a search. It is stored when this returns."""
        self._gathering.append(
            {
                "_id": number,
                "query": search.query,
                "used_query": search.used_query,
                "normal": comparable(search.query),
                "corrected": search.used_query != search.query,
                "user": search.user,
                "hits": search.hits,
                "offset": search.offset,
                "took": search.took,
                "unfinished": search.unfinished,
                "clicks": 0,
                "at": search.at,
            }
        )
        if self._written is None:  # The first search of a group begins its write.
            self._written = for_all(self._write())
        await asyncio.shield(self._written)

    async def _write(self) -> None:
        async with self._turn:
            rows, self._gathering, self._written = self._gathering, [], None
            with translated():
                await self._quick.insert_many(rows, ordered=False)

    async def add_click(self, link: Link, now: datetime) -> None:
        """Count that a hit was opened; atomic. A repeat changes nothing."""
        click = {"_id": {"shid": link.shid, "track": link.track.value, "qid": link.qid}, "at": now}

        opened = document_id(_KINDS[link.track], link.qid)

        async def work(session: Session) -> None:
            try:
                await self._clicks.insert_one(click, session=session)
            except DuplicateKeyError:
                raise _CountedError from None
            await self._searches.update_one(
                {"_id": link.shid},
                {"$inc": {"clicks": 1}, "$addToSet": {"opened": opened}},
                session=session,
            )

        with suppress(_CountedError):
            await run(self._client, work)

    async def list_frequent(
        self, since: datetime, least_users: int, limit: int
    ) -> list[FrequentQuery]:
        """List queries by which at least `least_users` found what they opened, from `since` on.

        Those of the most users come first. Corrected and unfinished queries do not count.
        """
        conditions = {"at": {"$gte": since}, "opened": {"$exists": True}}
        steps: list[Document] = [
            {"$match": conditions | {"corrected": False, "unfinished": False}},
            {"$sort": {"at": -1}},
            {"$limit": _MOST_COUNTED},
            {"$unwind": "$opened"},
            {
                "$group": {
                    "_id": "$normal",
                    "text": {"$first": "$query"},
                    "users": {"$addToSet": "$user"},
                    "opened": {"$addToSet": "$opened"},
                    "last_at": {"$first": "$at"},
                }
            },
            {"$set": {"users": {"$size": "$users"}}},
            {"$match": {"users": {"$gte": least_users}}},
            {"$sort": {"users": -1, "last_at": -1, "_id": 1}},
            {"$limit": limit},
        ]
        with translated():
            found = await self._patient.aggregate(steps, allowDiskUse=True)
            return [
                FrequentQuery(row["text"], row["users"], tuple(row["opened"]))
                for row in await found.to_list(limit)
            ]

    async def most_opened(self, since: datetime, limit: int) -> list[OpenedCount]:
        """Count how often each hit was opened from `since` on, the most frequent first."""
        steps: list[Document] = [
            {"$match": {"at": {"$gte": since}}},
            {
                "$group": {
                    "_id": {"track": "$_id.track", "qid": "$_id.qid"},
                    "count": {"$sum": 1},
                    "last_at": {"$max": "$at"},
                }
            },
            {"$sort": {"count": -1, "last_at": -1, "_id": 1}},
            {"$limit": limit},
        ]
        with translated():
            found = await self._patient_clicks.aggregate(steps, allowDiskUse=True)
            return [
                OpenedCount(
                    track=Track(row["_id"]["track"]), qid=row["_id"]["qid"], count=row["count"]
                )
                for row in await found.to_list(limit)
            ]

    async def said_otherwise(self, since: datetime, limit: int) -> list[SaidOtherwise]:
        """List queries without hits and those that helped instead, the most frequent first."""
        following = {"query": "$query", "normal": "$normal", "at": "$at", "clicks": "$clicks"}
        longest_ms = SAID_OTHERWISE_WITHIN.total_seconds() * 1000
        steps: list[Document] = [
            {"$match": {"at": {"$gte": since}, "offset": 0}},
            *_without_typing(),
            {
                "$setWindowFields": {
                    "partitionBy": "$user",
                    "sortBy": {"at": 1},
                    "output": {"then": {"$shift": {"output": following, "by": 1}}},
                }
            },
            {
                "$match": {
                    "hits": 0,
                    "then.clicks": {"$gt": 0},
                    "$expr": {
                        "$and": [
                            {"$ne": ["$normal", "$then.normal"]},
                            {"$lte": [{"$subtract": ["$then.at", "$at"]}, longest_ms]},
                        ]
                    },
                }
            },
            {
                "$group": {
                    "_id": {"normal": "$normal", "then": "$then.normal"},
                    "query": {"$last": "$query"},
                    "then": {"$last": "$then.query"},
                    "users": {"$addToSet": "$user"},
                }
            },
            {"$set": {"users": {"$size": "$users"}}},
            {"$match": {"users": {"$gte": LEAST_USERS_ALIKE}}},
            {"$sort": {"users": -1, "_id": 1}},
            {"$limit": limit},
            {"$unset": "_id"},
        ]
        with translated():
            found = await self._patient.aggregate(steps, allowDiskUse=True)
            return [SaidOtherwise(**row) for row in await found.to_list(limit)]

    async def report(self, since: datetime, until: datetime, limit: int) -> SearchReport:
        """Report the searches from `since` on and before `until`.

        Each list of queries has at most `limit` entries.
        """
        lists: Document = {
            f"queries_{name}": [{"$match": wanted}, *_by_query(limit)]
            for name, wanted in _WITHOUT.items()
        }
        counts: Document = {
            name: [{"$match": wanted}, {"$count": "n"}] for name, wanted in _WITHOUT.items()
        }
        steps = [
            {"$match": {"at": {"$gte": since, "$lt": until}, "offset": 0}},
            *_without_typing(),
            {"$facet": {"searches": [{"$count": "n"}], **counts, **lists}},
        ]
        with translated():
            found = await self._patient.aggregate(steps, allowDiskUse=True)
            (facets,) = await found.to_list(1)
        numbers: Document = {name: _number(facets[name]) for name in ("searches", *counts)}
        found_queries: Document = {
            name: [_query_count(row) for row in facets[name]] for name in lists
        }
        return SearchReport(since=since, until=until, **numbers, **found_queries)


def _without_typing() -> list[Document]:
    """Make stages that drop a search if its user extended the text within TYPING_PAUSE."""
    following = {"$shift": {"output": {"normal": "$normal", "at": "$at"}, "by": 1}}
    following_text = {"$ifNull": ["$next.normal", ""]}
    goes_on = {
        "$and": [
            {"$eq": [{"$indexOfCP": [following_text, "$normal"]}, 0]},
            {"$ne": [following_text, "$normal"]},
        ]
    }
    is_soon = {"$lte": [{"$subtract": ["$next.at", "$at"]}, TYPING_PAUSE.total_seconds() * 1000]}
    return [
        {
            "$setWindowFields": {
                "partitionBy": "$user",
                "sortBy": {"at": 1},
                "output": {"next": following},
            }
        },
        {"$match": {"$expr": {"$not": {"$and": [{"$eq": ["$clicks", 0]}, goes_on, is_soon]}}}},
    ]


def _by_query(limit: int) -> list[Document]:
    return [
        {"$sort": {"at": 1}},
        {
            "$group": {
                "_id": "$normal",
                "query": {"$last": "$query"},
                "used_query": {"$last": "$used_query"},
                "count": {"$sum": 1},
                "users": {"$addToSet": "$user"},
                "last_at": {"$last": "$at"},
            }
        },
        {"$set": {"users": {"$size": "$users"}}},
        {"$sort": {"count": -1, "last_at": -1, "_id": 1}},
        {"$limit": limit},
    ]


def _number(rows: list[Document]) -> int:
    return rows[0]["n"] if rows else 0


def _query_count(row: Document) -> QueryCount:
    return QueryCount(
        query=row["query"],
        used_query=row["used_query"],
        count=row["count"],
        users=row["users"],
        last_at=row["last_at"],
    )
