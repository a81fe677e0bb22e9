"""The console's page of both trails: merged by time, filtered, by key, and as CSV."""

import csv
import io
from datetime import UTC, datetime, time, timedelta

import pytest

from handlers.console.texts import Texts
from handlers.console.trail_lines import HEAD
from storage.console.trail import wanted_entries as trail_entries
from storage.portal.audit import wanted_entries as audit_entries
from tests.console.test_people import of
from tests.support.portal_api import LOGIN, PERSON
from widget_gateway.domain.console.trail import Deed, Ending, TrailFilter, TrailPlace
from widget_gateway.domain.portal.audit import AuditAction, AuditFilter, Outcome

pytestmark = pytest.mark.gen_test

TRAIL = "/console/trail/"
EXPORT = f"{TRAIL}export/"
NOON = datetime.combine(datetime.now(UTC).date() - timedelta(days=10), time(12), UTC)
DAY, BEFORE, AFTER = (str(NOON.date() + timedelta(days=n)) for n in (0, -1, 1))


@pytest.fixture
def noted(database):
    """Write entries of the console, each a minute after the one before it."""

    def write(*rows):
        begun = database["console_trail"].count_documents({})
        database["console_trail"].insert_many(
            {
                "at": NOON + timedelta(minutes=begun + number),
                "account": None,
                "login": "anna@example.org",
                "role": "admin",
                "address": "192.0.2.7",
                "user_agent": "Firefox",
                "request_id": "r",
                "deed": "provider_update",
                "subject": "provider college",
                "provider": "college",
                "outcome": "done",
                "before": {},
                "after": {},
            }
            | row
            for number, row in enumerate(rows)
        )

    return write


@pytest.fixture
def audited(database):
    """Write entries of the portal, each a minute after the one before it."""

    def write(*rows, at=NOON):
        database["audit"].insert_many(
            {
                "at": at + timedelta(minutes=number),
                "action": "sign_in",
                "outcome": "done",
                "person": PERSON,
                "login": LOGIN,
                "session": None,
                "address": "192.0.2.8",
                "user_agent": "Phone",
            }
            | row
            for number, row in enumerate(rows)
        )

    return write


def rows(page):
    """The page's entries: what, of what, outcome."""
    cells = [
        [" ".join(str(cell.text_content()).split()) for cell in row]
        for row in page.tree.xpath("//tbody/tr")
    ]
    return [(row[2], row[3], row[4]) for row in cells]


async def lines(browser, **asked):
    """The lines of the CSV, as dictionaries."""
    page = await browser.post(EXPORT, TRAIL, **asked)
    assert page.status == 200, page.body
    assert page.headers["Content-Type"] == "text/csv; charset=UTF-8"
    read = list(csv.DictReader(io.StringIO(page.body.decode(), newline="")))
    assert all(list(row) == list(HEAD) for row in read)
    return read


THEN = {"since": DAY, "until": DAY}
"""The day of the entries that the fixtures write, which no sign-in of a test is on."""


async def test_both_trails_are_one_list_by_time(console, noted, audited):
    noted({"subject": "provider a"}, {"subject": "provider b"})
    audited({"action": "refresh"}, {"action": "sign_out"}, at=NOON + timedelta(seconds=30))
    support = await console.sign_in("support")
    page = await support.get(TRAIL, **THEN)
    assert [what for what, _, _ in rows(page)] == [
        "Sign-out on a device",
        "Provider changed",
        "Tokens refreshed",
        "Provider changed",
    ]
    assert rows(page)[1][1].startswith("provider b")


async def test_the_console_is_noted_with_who_and_from_where(console, database):
    support = await console.sign_in("support")
    page = await support.get(TRAIL, what="deed:sign_in")
    (entry,) = rows(page)
    assert entry[0] == "Sign-in"
    assert support.account.login in page.main
    assert "127.0.0.1" in page.main
    assert database["console_trail"].count_documents({}) == 1  # A look is not an entry.


async def test_before_and_after_are_readable(console, noted):
    noted(
        {
            "before": {"limit": 100, "origins": ["https://a.example"], "gone": "x"},
            "after": {"limit": None, "origins": ["https://b.example", "<b>"], "new": True},
        }
    )
    support = await console.sign_in("support")
    page = await support.get(TRAIL, **THEN)
    told = [
        " ".join(str(item.text_content()).split())
        for item in page.tree.xpath("//ul[@class='changes']/li")
    ]
    assert told == [
        "limit: 100 → nothing",
        'origins: ["https://a.example"] → ["https://b.example", "<b>"]',
        "gone: x",
        "new: true",
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 6),
        ({"who": "ANNA@example.org "}, 2),
        ({"who": "provider school"}, 1),
        ({"who": LOGIN.upper()}, 2),
        ({"who": PERSON}, 2),
        ({"who": "nobody"}, 0),
        ({"who": ".*"}, 0),
        ({"what": "console"}, 3),
        ({"what": "portal"}, 3),
        ({"what": "deed:keys_rotate"}, 1),
        ({"what": "action:refresh"}, 1),
        ({"what": "action:sign_in", "outcome": "refused"}, 1),
        ({"provider": "college"}, 2),
        ({"provider": "college", "what": "portal"}, 0),
        ({"outcome": "done"}, 3),
        ({"outcome": "refused"}, 2),
        ({"outcome": "begun"}, 1),
        ({"since": AFTER, "until": AFTER}, 0),
        ({"since": BEFORE, "until": BEFORE}, 0),
        ({"since": BEFORE, "until": AFTER}, 6),
    ],
    ids=str,
)
async def test_entries_are_filtered(console, noted, audited, asked, found):
    noted(
        {},
        {"deed": "keys_rotate", "outcome": "begun"},
        {"subject": "provider school", "provider": "school", "login": "eve", "outcome": "failed"},
    )
    audited({}, {"action": "refresh"}, {"person": "other", "login": "x", "outcome": "wrong_pin"})
    support = await console.sign_in("support")
    page = await support.get(TRAIL, **(THEN | asked))
    assert (page.status, len(rows(page))) == (200, found)
    exported = await lines(support, **(THEN | asked))
    assert len(exported) == found


async def test_a_person_is_found_in_the_consoles_trail_too(console, portal, noted):
    await portal.update_pin()
    noted({})
    support = await console.sign_in("support")
    await support.post(of(part="sign-ins/"), of(), all="1")
    (link,) = (await support.get(of())).tree.xpath("//main//a[contains(@href, '/trail/')]/@href")
    found = [what for what, _, _ in rows(await support.get(link))]
    assert found == ["Session of a person ended", "PIN updated"]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"what": "deed:nothing"}, "what"),
        ({"what": "action:../"}, "what"),
        ({"outcome": "$ne"}, "outcome"),
        ({"since": "yesterday"}, "since"),
        ({"since": "1999-12-31"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-05-05", "until": "2026-05-04"}, "until"),
        ({"who": "x" * 257}, "who"),
        ({"provider": "x" * 101}, "provider"),
    ],
    ids=["deed", "action", "outcome", "day", "year", "far", "period", "who", "provider"],
)
async def test_an_absurd_filter_is_refused_beside_the_field(console, database, asked, wrong):
    support = await console.sign_in("support")
    page = await support.get(TRAIL, **asked)
    assert (page.status, list(page.faults)) == (422, [wrong])
    page = await support.post(EXPORT, TRAIL, **asked)
    assert (page.status, list(page.faults)) == (422, [wrong])
    assert database["console_trail"].count_documents({"deed": "trail_export"}) == 0


@pytest.mark.parametrize(
    "after", ["x", "1-2", f"{'9' * 15}-{'0' * 24}", f"-1-{'0' * 24}", "1-" * 99]
)
async def test_an_absurd_place_is_refused(console, after):
    support = await console.sign_in("support")
    assert (await support.get(TRAIL, after=after)).status == 400


async def test_the_list_goes_on_by_key_also_within_one_moment(console, noted, audited, database):
    noted(*({"subject": f"n {number}"} for number in range(60)))
    audited(*({"session": number} for number in range(60)))
    for name in ("console_trail", "audit"):
        database[name].update_many({}, {"$set": {"at": NOON}})
    support = await console.sign_in("support")
    found, following = [], f"{TRAIL}?since={DAY}&until={DAY}"
    for _ in range(3):
        page = await support.get(following)
        found += rows(page)
        following = next(iter(page.tree.xpath("//a[@rel='next']/@href")), None)
    assert following is None
    assert len(found) == len(set(found)) == 120
    assert page.tree.xpath("//nav[@class='pager']/a[not(@rel)]/@href") == [
        f"{TRAIL}?since={DAY}&until={DAY}"
    ]


def stages(plan):
    """All stages of a plan of the database."""
    found = {plan["stage"]} if "stage" in plan else set()
    for part in plan.values():
        for inner in part if isinstance(part, list) else [part]:
            if isinstance(inner, dict):
                found |= stages(inner)
    return found


@pytest.mark.parametrize("is_further", [False, True])
@pytest.mark.parametrize(
    ("trail", "wish"),
    [
        ("audit", AuditFilter()),
        ("audit", AuditFilter(action=AuditAction.SIGN_IN)),
        ("audit", AuditFilter(outcomes=frozenset(Outcome) - {Outcome.DONE})),
        ("audit", AuditFilter(since=NOON, until=NOON + timedelta(days=1))),
        ("console_trail", TrailFilter()),
        ("console_trail", TrailFilter(login="anna@example.org", subjects=("a", "b"))),
        ("console_trail", TrailFilter(deed=Deed.KEYS_ROTATE)),
        ("console_trail", TrailFilter(provider="college", ending=Ending.REFUSED)),
        ("console_trail", TrailFilter(since=NOON)),
    ],
)
def test_pages_are_read_by_an_index_without_a_sort(
    backend, noted, audited, database, trail, wish, is_further
):
    assert backend
    noted(*({} for _ in range(30)))
    audited(*({} for _ in range(30)))
    after = TrailPlace(NOON + timedelta(minutes=20), "0" * 24) if is_further else None
    condition = {"audit": audit_entries, "console_trail": trail_entries}[trail](wish, after)
    found = database[trail].find(condition).sort([("at", -1), ("_id", -1)]).limit(51)
    if trail == "audit":
        found = found.hint("filtered")
    plan = stages(found.explain()["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in plan
    assert not plan & {"SORT", "COLLSCAN"}


async def test_an_export_has_all_entries_and_is_noted_itself(console, noted, audited, database):
    noted(*({"before": {"n": number}} for number in range(600)))
    audited(*({} for _ in range(600)))
    support = await console.sign_in("support")
    exported = await lines(support, what="console", since=DAY, until=AFTER)
    assert [row["before"] for row in exported] == [
        f'{{"n": {number}}}' for number in reversed(range(600))
    ]
    assert len(await lines(support, until=AFTER)) == 1200
    first, _ = database["console_trail"].find({"deed": "trail_export"}).sort("_id", 1)
    assert (first["outcome"], first["login"]) == ("done", support.account.login)
    assert first["before"] == {"what": "console", "since": DAY, "until": AFTER}
    page = await support.get(EXPORT)
    assert (page.status, page.location) == (303, TRAIL)


async def test_no_cell_of_the_csv_is_a_formula(console, noted, audited):
    starts = ("=", "+", "-", "@", "\t", "\r")
    noted(*({"subject": f"{start}cmd|' /C calc'!A0"} for start in starts), {"subject": 'a,"b"\nc'})
    audited(*({"user_agent": f"{start}1"} for start in starts))
    support = await console.sign_in("support")
    exported = await lines(support, **THEN)
    assert {row["subject"][:2] for row in exported if "cmd" in row["subject"]} == {
        f"'{start}" for start in starts
    }
    assert {row["device"] for row in exported if row["trail"] == "portal"} == {
        f"'{start}1" for start in starts
    }
    assert 'a,"b"\nc' in [row["subject"] for row in exported]


async def test_hostile_entries_are_shown_as_text(console, noted):
    noted({"subject": "<script>alert(1)</script>", "user_agent": "\u202etxt", "deed": "sign_in"})
    support = await console.sign_in("support")
    body = (await support.get(TRAIL, **THEN)).body.decode()
    assert "<script>alert" not in body
    assert "\u202e" not in body


@pytest.mark.parametrize("role", ["editor", "partner"])
async def test_other_roles_see_and_export_nothing(console, make_two_providers, role):
    assert make_two_providers
    browser = await console.sign_in(role, "college" if role == "partner" else None)
    assert (await browser.get(TRAIL)).status == 403
    assert (await browser.post(EXPORT, "/console/account/")).status == 403


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_everything_that_is_noted_has_a_text(locale):
    texts = Texts(locale)
    for deed in Deed:
        assert texts.has(f"trail.deed_{deed.value}"), deed
    for action in AuditAction:
        assert texts.has(f"trail.action_{action.value}"), action
    for outcome in Outcome:
        assert texts.has(f"trail.outcome_{outcome.value}"), outcome
