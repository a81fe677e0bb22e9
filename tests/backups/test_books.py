"""The proof of a backup finds each kind of disagreement, and names it."""

from pathlib import Path
from uuid import uuid4

import pytest

from storage.backup.archive import Archive, decoded
from storage.backup.books import Books

RELEASE = Path(__file__).parent / "releases" / "0.1.0.zip"


@pytest.fixture
def rows():
    """The documents of a real gateway, by collection."""
    with Archive(RELEASE) as archive:
        return {
            name: [
                decoded(document, name)
                for batch in archive.batches(name, 1_000, 2**20)
                for document in batch
            ]
            for name in archive.manifest.collections
        }


def faults(rows):
    """Return the statements that are disproven, by subject."""
    with Books() as books:
        for name, documents in rows.items():
            books.add(name, documents)
        return {proof.subject: proof.detail for proof in books.prove() if not proof.ok}


def first(rows, **values):
    return next(row for row in rows if row.items() >= values.items())


def test_what_a_gateway_has_stored_agrees(rows):
    assert faults(rows) == {}


def test_a_counter(rows):
    first(rows["providers"], _id="college")["access_count"] += 1
    assert faults(rows) == {"accesses of college": "counter 4, ledger 3, users 3"}


def test_a_row_of_the_ledger(rows):
    rows["accesses"] = [row for row in rows["accesses"] if row["_id"]["provider"] != "academy"]
    assert faults(rows) == {"accesses of academy": "counter 1, ledger 0, users 1"}


def test_a_row_of_the_ledger_for_somebody_else(rows):
    rows["accesses"][0]["_id"]["user_id"] = "nobody"
    assert list(faults(rows).values()) == ["counter 3, ledger 3, users 3"]


def test_the_access_of_an_erased_user_counts(rows):
    user = first(rows["provider_users"], main=0, bonus=0)
    rows["provider_users"].remove(user)
    (access,) = (row for row in rows["accesses"] if row["_id"] == user["_id"])
    access["erased"] = True
    access["_id"]["user_id"] = "pseudonym"
    assert faults(rows) == {}


def test_places_whose_results_were_too_old_to_keep_hold_none(rows):
    user = first(rows["provider_users"], main=1)
    rows["results"] = [row for row in rows["results"] if row["user_id"] != user["_id"]["user_id"]]
    rows["attempts"] = []
    user["results_removed"] = 1
    assert faults(rows) == {}


def test_a_user_with_too_many_places(rows):
    user = first(rows["provider_users"], main=1)
    user["bonus"] += 1
    assert faults(rows) == {
        "places of users": "5 users hold 3 results; users: 1 with other places than results"
    }


def test_results_of_a_user_who_is_not_registered(rows):
    rows["provider_users"] = [row for row in rows["provider_users"] if not row["_id"]["sandbox"]]
    assert faults(rows) == {
        "places of users": "4 users hold 3 results; users: 1 with results, and not registered"
    }


def test_the_same_user_of_another_world_is_somebody_else(rows):
    first(rows["results"], sandbox=True)["sandbox"] = False
    assert "places of users" in faults(rows)


def test_a_finished_attempt_without_its_result(rows):
    attempt = first(rows["attempts"], state="finished")
    rows["results"] = [row for row in rows["results"] if row["_id"] != attempt["result_key"]]
    found = faults(rows)["finished attempts"]
    assert found == "2; 1 without their result, 0 with several"


def test_a_finished_attempt_with_the_result_of_another(rows):
    attempt = first(rows["attempts"], state="finished")
    first(rows["results"], attempt=attempt["_id"])["attempt"] = uuid4()
    assert faults(rows) == {"finished attempts": "2; 1 without their result, 0 with several"}


def test_two_results_of_an_attempt(rows):
    attempt = first(rows["attempts"], state="finished")
    guest = first(rows["results"], attempt=attempt["_id"])
    rows["results"].append(guest | {"_id": uuid4(), "user_id": None})
    assert faults(rows) == {"finished attempts": "2; 0 without their result, 1 with several"}


def test_answers_of_an_opening_that_has_not_been(rows):
    for attempt in rows["attempts"]:
        attempt["generation"] = 0
    (found,) = faults(rows).values()
    assert found == "3 with 8 answers; 3 have answers of an opening that they had not yet"


def test_answers_of_an_expired_attempt_are_no_fault(rows):
    rows["attempts"] = []
    assert faults(rows) == {}


def test_a_version_of_a_test(rows):
    rows["test_versions"] = [
        row for row in rows["test_versions"] if row["_id"]["test"] != "work-values"
    ]
    (found,) = faults(rows).values()
    assert "are of versions that are not here" in found


@pytest.mark.parametrize(
    ("collection", "document"),
    [
        ("results", {"_id": "by hand"}),
        ("answers", {"_id": b"short"}),
        ("answers", {"_id": 7}),
        ("attempts", {"_id": None}),
        ("accesses", {"_id": {"provider": {}, "sandbox": 1, "user_id": []}}),
        ("providers", {"_id": "x", "access_count": 2**70}),
        ("providers", {"_id": "x", "access_count": float("nan")}),
        ("test_versions", {"_id": {"test": "x", "version": 1.5}}),
        ("provider_users", {"_id": "anna"}),
        ("providers", {"_id": None, "access_count": 1}),
    ],
)
def test_documents_of_another_form_are_counted(rows, collection, document):
    rows[collection].insert(0, document)
    assert faults(rows) == {"form": "1 documents have not our form"}
