"""The console's pages of QUA: users, and what was looked for in vain."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.search import Found
from widget_gateway.domain.qua.users import User

pytestmark = pytest.mark.gen_test

QUA = "/console/qua/"
REPORT = f"{QUA}report/"
PASSWORD = "secret_password"


@pytest.fixture
def users(backend):
    return backend.services.qua.users


@pytest.fixture
def make(users):
    """Make a user of QUA; return the address of the user's page."""

    async def act(username="vera", **fields):
        names = {"first_name": "Vera", "last_name": "Orlova", "editor": False}
        made = await users.create(username, PASSWORD, **(names | fields))
        return f"{QUA}users/{made.id}/"

    return act


def deeds(database):
    """What the trail tells of users: deed, subject, outcome, before and after."""
    rows = database["console_trail"].find({"deed": {"$regex": "^qua_"}}).sort("_id", 1)
    return [
        (row["deed"], row["subject"], row["outcome"], row["before"], row["after"]) for row in rows
    ]


def names(page):
    return [str(cell.text_content()) for cell in page.tree.xpath("//tbody//th")]


async def test_an_editor_makes_a_user_who_can_sign_in(console, users, database):
    editor = await console.sign_in("editor")
    fields = {"username": " Vera.O ", "first_name": " Vera  ", "password": PASSWORD, "editor": "y"}
    page = await editor.post(QUA, **fields)
    assert page.status == 303
    page = await editor.follow(page)
    assert "The user is created" in page.main
    assert names(page) == ["vera.o"]
    assert await users.sign_in("vera.o", PASSWORD, "192.0.2.1")
    ((deed, subject, outcome, before, after),) = deeds(database)
    assert (deed, subject, outcome) == ("qua_user_create", "qua user vera.o", "done")
    assert (before, after) == ({}, {"first_name": "Vera", "last_name": "", "editor": True})
    assert PASSWORD not in str(list(database["console_trail"].find()))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": ""}, ["username"]),
        ({"username": "two words"}, ["username"]),
        ({"username": "a" * 151}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"password": "a" * 1025}, ["password"]),
        ({"first_name": "a" * 151}, ["first_name"]),
        ({"last_name": "a\x07"}, ["last_name"]),
        ({"last_name": "\u202ea"}, ["last_name"]),
    ],
    ids=["empty", "space", "long", "no password", "long password", "name", "bell", "bidi"],
)
async def test_users_with_absurd_fields_are_refused_beside_them(console, database, fields, wrong):
    editor = await console.sign_in("editor")
    page = await editor.post(QUA, **({"username": "vera", "password": PASSWORD} | fields))
    assert (page.status, list(page.faults)) == (422, wrong)
    assert database["qua_users"].count_documents({}) == 0
    assert not deeds(database)
    assert PASSWORD not in page.body.decode()


async def test_of_two_who_make_the_same_user_one_is_refused(console, database):
    editors = [await console.sign_in("editor"), await console.sign_in("admin")]
    pages = await asyncio.gather(
        *(editor.post(QUA, username="vera", password=PASSWORD) for editor in editors)
    )
    assert sorted(page.status for page in pages) == [303, 422]
    (refused,) = (page for page in pages if page.status == 422)
    assert list(refused.faults) == ["username"]
    assert database["qua_users"].count_documents({}) == 1
    assert sorted(outcome for _, _, outcome, _, _ in deeds(database)) == ["done", "user_exists"]


async def test_names_and_rights_are_changed_and_only_what_differs_is_noted(
    console, make, users, database
):
    path = await make()
    editor = await console.sign_in("editor")
    page = await editor.post(path, first_name="Vera", last_name="Petrova", editor="y")
    assert page.status == 303
    (user,) = await users.list_all()
    assert (user.last_name, user.editor) == ("Petrova", True)
    assert deeds(database)[0][3:] == (
        {"last_name": "Orlova", "editor": False},
        {"last_name": "Petrova", "editor": True},
    )
    page = await editor.post(path, first_name="x" * 151)
    assert (page.status, list(page.faults)) == (422, ["first_name"])


async def test_a_new_password_signs_the_user_out(console, make, users, database):
    path = await make()
    token = await users.sign_in("vera", PASSWORD, "192.0.2.1")
    editor = await console.sign_in("editor")
    page = await editor.post(f"{path}password/", path, password="another secret")
    assert (page.status, page.location.partition("?")[0]) == (303, path)
    (row,) = database["qua_users"].find()
    assert row["password_version"] == 2
    assert await users.sign_in("vera", "another secret", "192.0.2.1") != token
    assert deeds(database)[0][3:] == ({}, {"password": "new"})
    page = await editor.post(f"{path}password/", path, password="")
    assert (page.status, list(page.faults)) == (422, ["password"])


async def test_a_user_is_removed_after_the_name_is_typed(console, make, users, database):
    path = await make()
    editor = await console.sign_in("editor")
    for typed in ("", "ver", "anna"):
        page = await editor.post(f"{path}removal/", path, username=typed)
        assert (page.status, list(page.faults)) == (422, ["username"])
    assert len(await users.list_all()) == 1
    page = await editor.post(f"{path}removal/", path, username=" VERA")
    assert page.status == 303
    assert await users.list_all() == []
    assert deeds(database)[0][:3] == ("qua_user_remove", "qua user vera", "done")


async def test_who_is_removed_or_was_never_there_is_not_found(console, make, users):
    path = await make()
    editor = await console.sign_in("editor")
    token = await editor.token(path)
    await users.remove("vera")
    for gone in (path, f"{QUA}users/999999999999999/", f"{QUA}users/0/"):
        assert (await editor.get(gone)).status == 404
        for part in ("", "password/", "removal/"):
            page = await editor.send(
                gone + part, {"csrf": token, "password": "abc", "username": "vera"}
            )
            assert page.status == 404
    for absurd in ("-1", "x", "9" * 16, "1.0"):
        assert (await editor.get(f"{QUA}users/{absurd}/")).status == 404


async def test_support_sees_users_and_changes_none(console, make, users):
    path = await make()
    support = await console.sign_in("support")
    assert names(await support.get(QUA)) == ["vera"]
    for page in (await support.get(QUA), await support.get(path)):
        assert not page.tree.xpath("//main//form")
    for part in ("", "password/", "removal/"):
        page = await support.post(path + part, "/console/account/", username="vera", password="a")
        assert page.status == 403
    assert len(await users.list_all()) == 1


async def test_the_list_goes_on_by_key(console, database):
    user = {"first_name": "", "last_name": "", "editor": False, "removed": False, "password": "x"}
    database["qua_users"].insert_many(
        {"_id": number, "username": f"user{number:02}", "password_version": 1}
        | user
        | {"created_at": datetime.now(UTC)}
        for number in range(1, 52)
    )
    support = await console.sign_in("support")
    first = await support.get(QUA)
    (following,) = first.tree.xpath("//a[@rel='next']/@href")
    second = await support.get(following)
    assert names(first) + names(second) == [f"user{number:02}" for number in range(1, 52)]


@pytest.fixture
def search(backend, database):
    """Note a search that found so much, made so many days ago."""
    user = User(id=QuaUserId(1), username="vera", created_at=datetime.now(UTC))

    async def act(query, hits=0, days=0, used=None):
        found = Found(query=query, used_query=used or query, total=hits, hits=[])
        number = await backend.services.qua.tracking.record(user, found, offset=0, took=0.1)
        at = datetime.now(UTC) - timedelta(days=days)
        database["searches"].update_one({"_id": number}, {"$set": {"at": at}})

    return act


async def test_the_report_tells_what_was_looked_for_in_vain(console, search):
    await search("<i>отпуск</i>")
    await search("дежурство", hits=3)
    await search("зарплта", hits=2, used="зарплата")
    await search("давно", days=40)
    support = await console.sign_in("support")
    page = await support.get(REPORT)
    assert page.status == 200
    found = [sorted(names_of(table)) for table in page.tree.xpath("//table")]
    assert found == [["<i>отпуск</i>"], ["дежурство", "зарплта"], ["зарплта"]]
    assert "давно" not in page.main
    since = datetime.now(UTC).date() - timedelta(days=50)
    page = await support.get(REPORT, since=str(since))
    assert "давно" in page.main
    page = await support.get(REPORT, since=str(since), until=str(since))
    assert page.main.count("There were none") == 3


def names_of(table):
    return [str(cell.text_content()) for cell in table.xpath(".//tbody//th")]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"since": "2026-02-30"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-05-05", "until": "2026-05-04"}, "until"),
    ],
    ids=["day", "first year", "last year", "period"],
)
async def test_an_absurd_period_is_refused_beside_the_field(console, asked, wrong):
    support = await console.sign_in("support")
    page = await support.get(REPORT, **asked)
    assert (page.status, list(page.faults)) == (422, [wrong])
