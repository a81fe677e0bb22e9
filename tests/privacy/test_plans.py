"""Whatever an erasure looks for is found by an index, however much the provider has."""

from uuid import UUID

import pytest

from storage.attempts.attempts import _of as attempts_of
from storage.attempts.results import _of as results_of
from storage.partners.access_tokens import _of as tokens_of
from storage.partners.webhooks import _about
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import AttemptId, ProviderSlug, UserId
from widget_gateway.domain.partners.users import UserPlace

PLACE = UserPlace(ProviderSlug("school"), sandbox=False, user_id=UserId("anna"))
SESSION = AttemptId(UUID(int=7))

QUERIES = [
    ("results", results_of(PLACE), {"user"}),
    ("attempts", attempts_of(PLACE), {"user"}),
    ("access_tokens", tokens_of(PLACE), {"user"}),
    ("idempotency", {"_id.provider": "school", "about": {"$in": ["user anna", None]}}, {"about"}),
    ("erasures", {"state": {"$exists": True}}, {"running"}),
    ("audit", {"person": "anna"}, {"person"}),
    ("audit", {"login": "anna@osnova.example"}, {"login"}),
]
"""Queries, and the indexes by which they find what they look for without reading anything else."""


HINTED = [
    ("results", {"provider": "school", "created_at": {"$lt": utc_now()}}, "age"),
    ("accesses", {"_id.provider": "school", "erased": True}, "erased"),
    *(
        ("webhook_deliveries", query, index)
        for results in (None, [])
        for index, query in _about(PLACE, [SESSION], results).items()
    ),
]
"""Queries for which the server is told the index."""


def used(plan):
    """Yield the indexes that a plan uses, or the name of a stage that reads a whole collection."""
    if plan.get("stage") == "COLLSCAN":
        yield "COLLSCAN"
    if "indexName" in plan:
        yield plan["indexName"]
    for inner in ("inputStage", "queryPlan"):
        if inner in plan:
            yield from used(plan[inner])
    for each in plan.get("inputStages", ()):
        yield from used(each)


@pytest.mark.parametrize(
    ("name", "query", "indexes"), QUERIES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_query_looks_through_a_collection(backend, database, name, query, indexes):
    assert backend
    plan = database[name].find(query).explain()["queryPlanner"]["winningPlan"]
    assert set(used(plan)) == indexes, plan


@pytest.mark.parametrize(("name", "query", "index"), HINTED, ids=lambda value: str(value)[:20])
def test_an_index_that_is_told_can_be_used(backend, database, name, query, index):
    assert backend
    found = database[name].find(query).hint(index)
    assert set(used(found.explain()["queryPlanner"]["winningPlan"])) == {index}
