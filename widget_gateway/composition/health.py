"""The composition of the checks of the gateway's health."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from storage.client import Client, Database
from storage.health import HealthStore
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from storage.partners.users import UserStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.doctor import Doctor
from widget_gateway.services.first_steps import FirstSteps
from widget_gateway.services.health import HealthService
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, kw_only=True)
class Health:
    """What tells whether the gateway works, and what it lacks."""

    health: HealthService
    first_steps: FirstSteps
    doctor: Doctor


def compose_health(  # noqa: PLR0913 - each argument is a collaborator
    client: Client,
    database: Database,
    *,
    provider_store: ProviderStore,
    ledger: LedgerStore,
    users: UserStore,
    catalogue: Catalogue,
    providers: ProviderService,
    search_is_loaded: Callable[[], bool],
    caller_wait: timedelta,
    clock: Clock,
) -> Health:
    """Make the services; `search_is_loaded` and `caller_wait` are as of HealthService."""
    store = HealthStore(client, database, providers=provider_store, ledger=ledger, users=users)
    health = HealthService(store, clock, search_is_loaded, caller_wait)
    first_steps = FirstSteps(catalogue, providers)
    return Health(health=health, first_steps=first_steps, doctor=Doctor(health, first_steps))
