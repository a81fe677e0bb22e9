"""The console in the demo: an operator's account, and one of the demo's partner."""

import secrets
from dataclasses import dataclass

from widget_gateway.composition.application import Backend
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import AccountExistsError
from widget_gateway.domain.ids import ProviderSlug

PASSWORD_BYTES = 12
"""Random bytes of a password: sixteen characters, which can be typed from the screen."""


@dataclass(frozen=True, kw_only=True)
class ConsoleSignIn:
    """What one signs in to the console with."""

    login: str
    password: str


async def prepare_operator(backend: Backend) -> ConsoleSignIn:
    """Make the demo's operator, or give the account a new password.

    It is of the role `support`, which sees nearly everything and changes little. An admin would
    need a second factor before seeing anything.
    """
    return await _prepare(backend, "support", "Demo operator", Role.SUPPORT, None)


async def prepare_partner(backend: Backend, provider: ProviderSlug) -> ConsoleSignIn:
    """Make an account of the demo's partner, or give it a new password."""
    return await _prepare(backend, provider, "Demo College", Role.PARTNER, provider)


async def _prepare(
    backend: Backend, login: str, name: str, role: Role, provider: ProviderSlug | None
) -> ConsoleSignIn:
    accounts = backend.console.accounts
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        await accounts.create(
            login=login, name=name, role=role, provider=provider, password=password, locale=None
        )
    except AccountExistsError:
        await accounts.set_password(await accounts.get_by_login(login), password)
    return ConsoleSignIn(login=login, password=password)
