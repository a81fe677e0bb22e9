"""Says what a command has named in vain, and which tests, providers or users have names like it."""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from difflib import get_close_matches

from widget_gateway.composition.application import Backend
from widget_gateway.domain.errors import (
    AccountNotFoundError,
    GatewayError,
    ProviderNotFoundError,
    QuaUserNotFoundError,
    TestNotFoundError,
)
from widget_gateway.services.first_steps import CREATE_PROVIDER, IMPORT_TESTS

NO_TESTS = f"There are no tests yet. This imports those that come with the gateway: {IMPORT_TESTS}"
NO_PROVIDERS = f"There are no providers yet. This makes one: {CREATE_PROVIDER}"
NO_ACCOUNTS = (
    "There is no account yet, so the console is switched off. This makes the first one: "
    "widget-gateway operator create --login you@example.org --role admin"
)
NO_QUA_USERS = "There are no users yet. This makes one: widget-gateway qua user create --username U"

_NONE_YET: dict[type[GatewayError], str] = {
    TestNotFoundError: NO_TESTS,
    ProviderNotFoundError: NO_PROVIDERS,
    QuaUserNotFoundError: NO_QUA_USERS,
    AccountNotFoundError: NO_ACCOUNTS,
}

_MOST_ACCOUNTS = 10_000
"""Among how many logins a similar one is looked for."""

_NOT_FOUND = (*_NONE_YET,)


@asynccontextmanager
async def names_told(backend: Backend) -> AsyncIterator[None]:
    """Let a refusal of work on the backend say which name is unknown, and what is like it.

    The services' own messages name nothing, since partners get them, too.
    """
    try:
        yield
    except _NOT_FOUND as error:
        names = error.data.get("names")
        if not isinstance(names, tuple) or error.message != error.default_message:
            raise
        told = _told(error, names, await _known(error, backend))
        raise type(error)(told, names=names) from None


async def _known(error: GatewayError, backend: Backend) -> list[str]:
    services = backend.services
    if isinstance(error, TestNotFoundError):
        return [state.slug for state in await services.public.catalogue.list_states()]
    if isinstance(error, ProviderNotFoundError):
        return [provider.slug for provider in await services.partner.providers.list_all()]
    if isinstance(error, AccountNotFoundError):
        accounts = await backend.console.accounts.list_page(limit=_MOST_ACCOUNTS)
        return [account.login for account in accounts]
    return [user.username for user in await services.qua.users.list_all()]


def _told(error: GatewayError, names: Iterable[str], known: Collection[str]) -> str:
    unknown = [name for name in names if name not in known]
    if not unknown:
        return f"There is no such version of {', '.join(names)}."
    what = error.default_message.removesuffix(".")
    told = f"{what}: {', '.join(_with_alike(name, known) for name in unknown)}."
    return told if known else f"{told} {_NONE_YET[type(error)]}"


def _with_alike(name: str, known: Iterable[str]) -> str:
    """Return the name, and the known names that are spelled almost like it."""
    folded = {other.casefold(): other for other in known}
    alike = [folded[found] for found in get_close_matches(name.casefold(), folded)]
    return f"{name} (did you mean {' or '.join(alike)}?)" if alike else name
