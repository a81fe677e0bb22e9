"""The portal's part of the composition: people, sign-ins and events."""

from dataclasses import dataclass
from typing import Any

from storage.changes import Changes
from storage.client import Client, Database
from storage.counters import CounterStore
from storage.portal.audit import AuditStore
from storage.portal.guards import GuardStore
from storage.portal.locks import LockStore
from storage.portal.people import PersonStore
from storage.portal.person_records import PersonRecords
from storage.portal.pushes import PushChanges, PushStore
from storage.portal.sign_ins import SignInChanges, SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.embedded_secrets import Secrets
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.portal.audit import AuditService
from widget_gateway.services.portal.live_sign_ins import LiveSignIns
from widget_gateway.services.portal.locks import LockService
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.pin_guard import PinGuard
from widget_gateway.services.portal.pins import PinHasher
from widget_gateway.services.portal.push_feed import PushFeed
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService
from widget_gateway.services.portal.tokens import PortalTokens
from widget_gateway.services.privacy.person_exports import PersonExports
from widget_gateway.services.slow_hashes import SlowHashes


@dataclass(frozen=True, kw_only=True)
class Portal:
    """What the portal's handlers and commands need; each `run` goes on in the background."""

    people: PersonService
    sign_ins: SignInService
    locks: LockService
    live_sign_ins: LiveSignIns
    pushes: PushService
    push_feed: PushFeed
    audit: AuditService
    records: PersonRecords
    pins: PinHasher
    exports: PersonExports
    streams: tuple[Changes[Any], ...]
    """The change streams that the services follow."""


def compose_portal(  # noqa: PLR0913, PLR0917 - each argument is a collaborator
    client: Client,
    database: Database,
    secrets: Secrets,
    hashes: SlowHashes,
    metrics: Metrics,
    clock: Clock,
) -> Portal:
    """Make and connect the portal's stores and services."""
    audit = AuditStore(database)
    guards = GuardStore(database)
    people = PersonStore(client, database, guards, audit)
    sign_ins = SignInStore(client, database, CounterStore(database), audit)
    pins = PinHasher(secrets.pin_pepper, hashes)
    sign_in_changes, push_changes = SignInChanges(database), PushChanges(database)
    live = LiveSignIns(sign_ins, sign_in_changes, clock)
    pushes = PushStore(client, database)
    records = PersonRecords(
        client, people=people, sign_ins=sign_ins, guards=guards, pushes=pushes, audit=audit
    )
    feed = PushFeed(pushes, push_changes, metrics, clock)
    live.on_end(feed.on_sign_in_ended, feed.sign_ins)
    return Portal(
        streams=(sign_in_changes, push_changes),
        people=PersonService(people, pins, audit, clock),
        sign_ins=SignInService(
            sign_ins=sign_ins,
            people=people,
            guard=PinGuard(guards=guards, people=people, pins=pins, audit=audit, clock=clock),
            tokens=PortalTokens(secrets.jwt_secret, secrets.jwt_old_secret),
            live=live,
            audit=audit,
            clock=clock,
        ),
        locks=LockService(
            guards=guards, locks=LockStore(client, guards, audit), pins=pins, clock=clock
        ),
        live_sign_ins=live,
        pushes=PushService(pushes, people, metrics, clock),
        push_feed=feed,
        audit=AuditService(audit),
        records=records,
        pins=pins,
        exports=PersonExports(records, audit, clock),
    )
