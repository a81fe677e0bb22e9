"""The composition of what concerns people's data: exports, erasures and retention."""

from dataclasses import dataclass
from typing import Any

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultRemovals, ResultStore
from storage.changes import Changes
from storage.client import Client, Database
from storage.leases import LeaseStore
from storage.partners.access_tokens import AccessTokenStore
from storage.partners.idempotency import IdempotencyStore
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from storage.partners.users import UserStore
from storage.partners.webhooks import WebhookStore
from storage.privacy.erasures import ErasureStore
from storage.privacy.user_records import UserRecords
from widget_gateway.composition.portal import Portal
from widget_gateway.domain.clock import Clock
from widget_gateway.services.attempts.removals import RemovedResults
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService
from widget_gateway.services.privacy.erasures import Erasures
from widget_gateway.services.privacy.exports import UserExports
from widget_gateway.services.privacy.pseudonyms import Pseudonyms
from widget_gateway.services.privacy.retention import Retention


@dataclass(frozen=True, kw_only=True)
class PrivacyStores:
    """The stores that have something of a partner's user."""

    users: UserStore
    results: ResultStore
    attempts: AttemptStore
    webhooks: WebhookStore
    ledger: LedgerStore
    calls: IdempotencyStore
    providers: ProviderStore


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What handlers and commands need; the `run` of three of them goes on in the background."""

    exports: UserExports
    erasures: Erasures
    retention: Retention
    removed_results: RemovedResults
    pseudonyms: Pseudonyms
    fingerprint_key: bytes
    second_factor_key: bytes
    streams: tuple[Changes[Any], ...]
    """The change streams that the services follow."""


def compose_privacy(  # noqa: PLR0913 - each argument is a collaborator
    client: Client,
    database: Database,
    stores: PrivacyStores,
    portal: Portal,
    *,
    accesses: AccessService,
    catalogue: Catalogue,
    pepper: str,
    clock: Clock,
) -> Privacy:
    """Make and connect the services. All keys of pseudonyms are derived from the pepper."""
    pseudonyms = Pseudonyms(pepper)
    erasures = ErasureStore(database)
    tokens = AccessTokenStore(database)
    removals = ResultRemovals(database)
    records = UserRecords(
        client,
        users=stores.users,
        results=stores.results,
        attempts=stores.attempts,
        tokens=tokens,
        webhooks=stores.webhooks,
        ledger=stores.ledger,
        erasures=erasures,
    )
    return Privacy(
        exports=UserExports(
            users=stores.users,
            accesses=accesses,
            ledger=stores.ledger,
            results=stores.results,
            attempts=stores.attempts,
            tokens=tokens,
            webhooks=stores.webhooks,
            calls=stores.calls,
            catalogue=catalogue,
            clock=clock,
        ),
        erasures=Erasures(
            erasures=erasures,
            records=records,
            users=stores.users,
            calls=stores.calls,
            person_records=portal.records,
            live_sign_ins=portal.live_sign_ins,
            pins=portal.pins,
            pseudonyms=pseudonyms,
            clock=clock,
        ),
        retention=Retention(
            providers=stores.providers,
            results=stores.results,
            records=records,
            calls=stores.calls,
            leases=LeaseStore(database),
            clock=clock,
        ),
        removed_results=RemovedResults(removals),
        pseudonyms=pseudonyms,
        fingerprint_key=pseudonyms.derived_key(b"fingerprints"),
        second_factor_key=pseudonyms.derived_key(b"second factors of the console"),
        streams=(removals,),
    )
