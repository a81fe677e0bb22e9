"""The portal's part of the composition (widget_gateway/app.py): people, and how they sign in."""

from dataclasses import dataclass

from storage.audit import AuditStore
from storage.changes import SignInChanges
from storage.client import Client, Database
from storage.counters import CounterStore
from storage.guards import GuardStore
from storage.people import PersonStore
from storage.sign_ins import SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.embedded_secrets import Secrets
from widget_gateway.services.audit import AuditService
from widget_gateway.services.live_sign_ins import LiveSignIns
from widget_gateway.services.people import PersonService
from widget_gateway.services.pin_guard import PinGuard
from widget_gateway.services.pins import PinHasher
from widget_gateway.services.portal_tokens import PortalTokens
from widget_gateway.services.sign_ins import SignInService
from widget_gateway.services.slow_hashes import SlowHashes


@dataclass(frozen=True, kw_only=True)
class Portal:
    """What the portal's handlers and commands need. `live_sign_ins.run` goes on in background."""

    people: PersonService
    sign_ins: SignInService
    live_sign_ins: LiveSignIns
    audit: AuditService


def compose_portal(
    client: Client, database: Database, secrets: Secrets, hashes: SlowHashes, clock: Clock
) -> Portal:
    """Put it together."""
    audit = AuditStore(database)
    guards = GuardStore(database)
    people = PersonStore(client, database, guards, audit)
    sign_ins = SignInStore(client, database, CounterStore(database), audit)
    pins = PinHasher(secrets.pin_pepper, hashes)
    live = LiveSignIns(sign_ins, SignInChanges(database), clock)
    return Portal(
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
        live_sign_ins=live,
        audit=AuditService(audit),
    )
