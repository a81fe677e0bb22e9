"""The console's menu: the areas that an account may look at."""

from typing import NamedTuple

from widget_gateway.domain.console.accounts import Account
from widget_gateway.domain.console.roles import Permission, Role


class MenuEntry(NamedTuple):
    """An entry of the menu: an area and the address of its first page."""

    area: str
    path: str


_ENTRIES: tuple[tuple[Permission, MenuEntry], ...] = (
    (Permission.OVERVIEW, MenuEntry("overview", "/console/")),
    (Permission.PROVIDERS, MenuEntry("providers", "/console/providers/")),
    (Permission.TESTS, MenuEntry("tests", "/console/tests/")),
    (Permission.ATTEMPTS, MenuEntry("attempts", "/console/attempts/")),
    (Permission.PEOPLE, MenuEntry("people", "/console/people/")),
    (Permission.QUA, MenuEntry("qua", "/console/qua/")),
    (Permission.TRAIL, MenuEntry("trail", "/console/trail/")),
    (Permission.ACCOUNTS, MenuEntry("accounts", "/console/accounts/")),
)


def menu_of(account: Account) -> list[MenuEntry]:
    """Return the entries of an account's menu."""
    entries = [entry for permission, entry in _ENTRIES if account.may(permission)]
    if account.role is Role.PARTNER:
        entries.insert(0, MenuEntry("provider", first_page_of(account)))
    return entries


def first_page_of(account: Account) -> str:
    """Return the address of the page that an account sees first."""
    if account.role is Role.PARTNER:
        return f"/console/providers/{account.provider}/"
    return "/console/"
