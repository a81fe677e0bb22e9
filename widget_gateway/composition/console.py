"""The composition of the console."""

from dataclasses import dataclass

from storage.client import Client, Database
from storage.console.accounts import AccountStore
from storage.console.second_factors import SecondFactorStore
from storage.console.sessions import SessionStore
from storage.console.trail import TrailStore
from storage.console.tries import ConsoleTryStore
from storage.portal.audit import AuditStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.console.accounts import AccountService
from widget_gateway.services.console.passkeys import Passkeys
from widget_gateway.services.console.second_factors import SecondFactors
from widget_gateway.services.console.sessions import ConsoleSessions
from widget_gateway.services.console.sign_in import ConsoleSignIn
from widget_gateway.services.console.trail import Trail
from widget_gateway.services.console.trail_reader import TrailReader
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.privacy.pseudonyms import Pseudonyms
from widget_gateway.services.slow_hashes import SlowHashes


@dataclass(frozen=True, kw_only=True)
class Console:
    """What handlers and commands need of the console's own services."""

    accounts: AccountService
    second_factors: SecondFactors
    passkeys: Passkeys
    sessions: ConsoleSessions
    sign_in: ConsoleSignIn
    trail: Trail
    trail_reader: TrailReader


def compose_console(  # noqa: PLR0913 - each argument is a collaborator
    client: Client,
    database: Database,
    *,
    providers: ProviderService,
    hashes: SlowHashes,
    sealing_key: bytes,
    pseudonyms: Pseudonyms,
    clock: Clock,
) -> Console:
    """Make and connect the console's stores and services. `sealing_key` seals TOTP secrets."""
    accounts = AccountStore(client, database)
    entries = TrailStore(database)
    trail = Trail(entries, clock)
    sessions = ConsoleSessions(SessionStore(database), accounts, clock)
    factor_store = SecondFactorStore(accounts)
    factors = SecondFactors(accounts, factor_store, sealing_key, clock)
    passkeys = Passkeys(factor_store, clock)
    return Console(
        accounts=AccountService(accounts, providers, hashes, clock),
        second_factors=factors,
        passkeys=passkeys,
        sessions=sessions,
        sign_in=ConsoleSignIn(
            accounts=accounts,
            sessions=sessions,
            factors=factors,
            passkeys=passkeys,
            tries=ConsoleTryStore(database),
            hashes=hashes,
            trail=trail,
            clock=clock,
        ),
        trail=trail,
        trail_reader=TrailReader(entries, AuditStore(database), pseudonyms, clock),
    )
