"""Who may look at each page of the console, and who may send its form: all routes by all roles."""

import re
from urllib.parse import urlsplit

import pytest

from handlers.console import CONSOLE_ROUTES
from handlers.console.base import ConsoleHandler
from tests.console.routes import ROUTES
from widget_gateway.domain.console.roles import Role

NOBODY = "nobody"
FOREIGN = "foreign"
"""A partner of another provider."""

LETTERS = {"a": Role.ADMIN, "e": Role.EDITOR, "s": Role.SUPPORT, "p": Role.PARTNER}


def row_of(path):
    """Return the table's row for the pattern of a route."""
    rows = [row for row in ROUTES if re.fullmatch(path, row.example)]
    assert len(rows) == 1, f"{path} has {len(rows)} rows in tests/console/routes.py"
    return rows[0]


def guarded():
    return [
        (path, handler) for path, handler in CONSOLE_ROUTES if issubclass(handler, ConsoleHandler)
    ]


@pytest.mark.parametrize("path", [path for path, _ in CONSOLE_ROUTES])
def test_every_route_is_in_the_table(path):
    row_of(path)


def test_every_row_of_the_table_is_a_route():
    for row in ROUTES:
        found = [path for path, _ in CONSOLE_ROUTES if re.fullmatch(path, row.example)]
        assert len(found) == 1, row


@pytest.mark.parametrize(("path", "handler"), guarded())
def test_each_route_declares_what_the_table_says(path, handler):
    row = row_of(path)
    methods = set(handler.allowed_methods()) - {"HEAD"}
    assert methods == {m for m, letters in (("GET", row.looks), ("POST", row.changes)) if letters}


@pytest.mark.gen_test
async def test_each_role_sees_and_does_what_the_table_says(console, make_two_providers):
    assert make_two_providers
    browsers = {
        NOBODY: console.browser(),
        Role.ADMIN: await console.sign_in("admin"),
        Role.EDITOR: await console.sign_in("editor"),
        Role.SUPPORT: await console.sign_in("support"),
        Role.PARTNER: await console.sign_in("partner", "college"),
        FOREIGN: await console.sign_in("partner", "school"),
    }
    wrong = []
    for path, _ in guarded():
        row = row_of(path)
        is_of_provider = row.example.startswith("/console/providers/college/")
        for who, browser in browsers.items():
            letters = [letter for letter, role in LETTERS.items() if role is who]
            for method, allowed in (("GET", row.looks), ("POST", row.changes)):
                if not allowed:
                    continue
                status, location = await ask(browser, method, row.example)
                if who == NOBODY:
                    expected = {303} if method == "GET" else {401, 403}
                    fits = status in expected and not (
                        status == 303 and urlsplit(location).path != "/console/sign-in/"
                    )
                elif who == FOREIGN and is_of_provider:
                    fits = status == 404
                else:
                    role = "p" if who == FOREIGN else letters[0]
                    fits = (status != 403) if role in allowed else status == 403
                if not fits:
                    wrong.append((str(who), method, row.example, status, allowed))
    assert not wrong, "\n".join(map(str, wrong))


async def ask(browser, method, path):
    """Make a request that passes all checks but those of the role; return status and location."""
    if method == "GET":
        page = await browser.get(path)
    else:
        form = "/console/account/" if browser.account else "/console/sign-in/"
        page = await browser.send(path, {"csrf": await browser.token(form)})
    return page.status, page.location
