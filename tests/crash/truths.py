"""The check of what is stored after a run, read from a majority of the set."""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from tests.crash.attempt_log import Attempt
from tests.crash.partner_load import Call
from tests.crash.stage import DATABASE, PROVIDER

_PLACE = struct.Struct(">16sII")

Rows = Database[dict[str, Any]]


def untruths(uri: str, attempts: Iterable[Attempt], calls: Iterable[Call]) -> list[str]:
    """Return all broken promises, in words."""
    with MongoClient(uri, uuidRepresentation="standard") as client:
        stored = client.get_database(DATABASE, read_concern=ReadConcern("majority"))
        return [
            *(fault for attempt in attempts for fault in _about_attempt(stored, attempt)),
            *(fault for call in calls if call.status == 200 for fault in _about_call(stored, call)),
            *_about_counts(stored),
        ]


def _about_attempt(stored: Rows, attempt: Attempt) -> Iterator[str]:
    if not attempt.identity:
        return
    session = UUID(attempt.identity["session"])
    document = stored["attempts"].find_one({"_id": session})
    if document is None:
        yield f"attempt {session} is gone"
        return
    results = list(stored["results"].find({"attempt": session}))
    if attempt.result_key is not None and [str(r["_id"]) for r in results] != [attempt.result_key]:
        yield f"attempt {session} was finished as {attempt.result_key}, stored are {results}"
    if results:
        sheet = dict(results[0]["answers"])
    else:
        rows = list(_rows(stored, session))
        sheet = {question: value for _, question, value in rows}
        kept = {place: (question, value) for place, question, value in rows}
        for place in attempt.acknowledged:
            if kept.get(place) != attempt.answers[place]:
                yield (
                    f"{session}: acknowledged {place} {attempt.answers[place]}, "
                    f"stored {kept.get(place)}"
                )
        for place in kept.keys() - attempt.answers.keys():
            yield f"{session}: nobody gave {place} {kept[place]}"
    for question, place in attempt.promised.items():
        if sheet.get(question) not in attempt.may_stand(question, place):
            yield (
                f"{session}: answer to {question} is {sheet.get(question)}, promised was "
                f"{attempt.answers[place][1]} of {place}"
            )


def _rows(stored: Rows, session: UUID) -> Iterator[tuple[tuple[int, int], str, list[str]]]:
    first, last = (_PLACE.pack(session.bytes, n, n) for n in (0, 2**32 - 1))
    for row in stored["answers"].find({"_id": {"$gte": first, "$lte": last}}).sort("_id"):
        _, generation, seq = _PLACE.unpack(row["_id"])
        yield (generation, seq), row["q"], row["v"]


def _about_call(stored: Rows, call: Call) -> Iterator[str]:
    """Check that a call that was answered by 200 has had its effect."""
    body, parameters = call.body, call.parameters
    user = {"provider": PROVIDER, "sandbox": False, "user_id": parameters.get("user_id")}
    match call.path:
        case "user/register":
            found = stored["provider_users"].find_one({"_id": user, "key": UUID(body["user_key"])})
        case "access/token":
            token = {"_id": UUID(body["access_token"]), "user_id": parameters["user_id"]}
            found = stored["access_tokens"].find_one(token)
        case "progress/save":
            found = stored["results"].find_one({"_id": UUID(body["result_key"])})
        case "result/attach":
            key = {"_id": UUID(parameters["result_key"]), "user_id": parameters["user_id"]}
            found = stored["results"].find_one(key)
        case "payment/confirm":
            # A repeated call keeps the id of the first payment, which may be another call's.
            found = stored["attempts"].find_one({"_id": UUID(parameters["session"]), "paid": True})
        case path:
            raise LookupError(path)
    if found is None:
        yield f"{call} was answered {body}, and is not there"


def _about_counts(stored: Rows) -> Iterator[str]:
    """Check that counters, ledger, users, results and statistics agree."""
    mine = {"_id.provider": PROVIDER, "_id.sandbox": False}
    provider = stored["providers"].find_one({"_id": PROVIDER})
    assert provider is not None
    counts = (
        provider["access_count"],
        stored["accesses"].count_documents(mine),
        stored["provider_users"].count_documents(mine),
    )
    if len(set(counts)) > 1:
        yield f"counter, ledger, users: {counts}"
    attached = Counter(
        result["user_id"]
        for result in stored["results"].find({"user_id": {"$ne": None}}, {"user_id": 1})
    )
    for user in stored["provider_users"].find(mine):
        places = user["main"] + user["bonus"]
        if places != attached[user["_id"]["user_id"]]:
            yield f"{user['_id']}: {places} places, {attached[user['_id']['user_id']]} results"
    counted: Counter[str] = Counter()
    for part in stored["statistics"].find(mine):
        counted.update({name: part.get(name, 0) for name in ("started", "finished", "attached")})
    happened = {
        "started": stored["attempts"].count_documents({}),
        "finished": stored["results"].count_documents({"attempt": {"$ne": None}}),
        "attached": attached.total(),
    }
    if counted != happened:
        yield f"counted {dict(counted)}, happened {happened}"
