"""The roles of the console, and what each of them may see and do."""

from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What an account is for. The value is stored, and used on the command line."""

    ADMIN = "admin"
    """Sees and does everything."""

    EDITOR = "editor"
    """Keeps the tests and QUA."""

    SUPPORT = "support"
    """Sees what happens, ends sessions and sends webhooks again."""

    PARTNER = "partner"
    """Sees and does what concerns one provider, its own."""


class Permission(StrEnum):
    """What a page shows or does. A handler declares one for looking and one for changing."""

    OWN_ACCOUNT = "own_account"
    OVERVIEW = "overview"
    PROVIDERS = "providers"
    """See the list of providers."""

    PROVIDERS_CHANGE = "providers_change"
    """Create providers, change their agreements and raise their limits."""

    PROVIDER = "provider"
    """See the pages of one provider; a partner sees its own only."""

    KEYS_CHANGE = "keys_change"
    """Make new keys of a provider, and set its webhook."""

    WEBHOOKS_REPLAY = "webhooks_replay"
    TEAM = "team"
    """See and change the accounts of one provider; a partner those of its own."""

    TESTS = "tests"
    """See the tests; a partner sees those that its provider may use."""

    TESTS_CHANGE = "tests_change"
    ATTEMPTS = "attempts"
    ANSWERS = "answers"
    """See what people have answered. Each look is noted in the trail."""

    PEOPLE = "people"
    """See people of the portal, their sign-ins, locks and waiting events."""

    PEOPLE_CHANGE = "people_change"
    """End sign-ins and locks."""

    PRIVACY = "privacy"
    """Export and erase the data of a provider's user; a partner of its own users."""

    PEOPLE_PRIVACY = "people_privacy"
    """Export and erase the data of the portal's people."""

    QUA = "qua"
    QUA_CHANGE = "qua_change"
    TRAIL = "trail"
    ACCOUNTS = "accounts"
    """See and change all accounts."""


_LOOKS = {
    Permission.OWN_ACCOUNT,
    Permission.OVERVIEW,
    Permission.PROVIDERS,
    Permission.PROVIDER,
    Permission.TESTS,
    Permission.ATTEMPTS,
    Permission.PEOPLE,
    Permission.QUA,
    Permission.TRAIL,
}

ALLOWED = MappingProxyType(
    {
        Role.ADMIN: frozenset(Permission),
        Role.EDITOR: frozenset(
            {
                Permission.OWN_ACCOUNT,
                Permission.OVERVIEW,
                Permission.TESTS,
                Permission.TESTS_CHANGE,
                Permission.QUA,
                Permission.QUA_CHANGE,
            }
        ),
        Role.SUPPORT: frozenset(_LOOKS | {Permission.WEBHOOKS_REPLAY, Permission.PEOPLE_CHANGE}),
        Role.PARTNER: frozenset(
            {
                Permission.OWN_ACCOUNT,
                Permission.PROVIDER,
                Permission.KEYS_CHANGE,
                Permission.WEBHOOKS_REPLAY,
                Permission.TEAM,
                Permission.TESTS,
                Permission.PRIVACY,
            }
        ),
    }
)
"""What each role may see and do. A partner may so for its own provider only."""

NEEDS_SECOND_FACTOR = frozenset({Role.ADMIN})
"""The roles that can't be used without a second factor."""


def may(role: Role, permission: Permission) -> bool:
    """Whether an account with this role may do that, for some provider at least."""
    return permission in ALLOWED[role]
