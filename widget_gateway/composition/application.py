"""The composition root: the only module that knows all floors and connects their parts."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from handlers.addresses import client_address
from handlers.background import run_forever
from handlers.base import NotFoundHandler
from handlers.channel.limits import MAX_READ_BYTES, PING_INTERVAL_S
from handlers.channel.services import ChannelServices
from handlers.console.services import ConsoleServices
from handlers.documents.reports import Reports
from handlers.documents.worker_pool import PdfRenderer, make_environment
from handlers.exchange import GatewayApplication
from handlers.partner.privacy import user_export_document
from handlers.partner.services import PartnerServices
from handlers.portal.privacy import person_export_document
from handlers.portal.services import PortalServices
from handlers.public.services import PublicServices
from handlers.qua.services import QuaServices
from handlers.questions import QuestionEncoder
from handlers.routes import Families, all_routes, grouped, routes_of_console_alone
from handlers.services import Node, Services
from storage.attempts.attempts import AttemptChanges, AttemptStore
from storage.attempts.journal import AnswerJournal
from storage.attempts.results import ResultStore
from storage.backup.marker import refuse_half_restored
from storage.catalogue.hidden_tests import HiddenTestStore
from storage.catalogue.tests import TestStore
from storage.changes import Changes
from storage.client import (
    Client,
    Database,
    application_name,
    check_server,
    connect,
    open_database,
)
from storage.commits.engine import CommitEngine
from storage.console.limit_requests import LimitRequestStore
from storage.driver.calls import patient, within
from storage.driver.waits import VISITOR_WAIT_S
from storage.embedded import EmbeddedMongod
from storage.indexes import create_indexes
from storage.migrations import MigrationStore
from storage.partners.accesses import AccessStore
from storage.partners.calls import CallStore
from storage.partners.idempotency import IdempotencyStore
from storage.partners.ledger import LedgerStore
from storage.partners.logos import LogoStore
from storage.partners.providers import ProviderChanges, ProviderStore
from storage.partners.statistics import StatisticsStore
from storage.partners.users import UserStore
from storage.partners.webhooks import WebhookStore
from storage.widget_files import WidgetFileStore
from widget_gateway.composition.authoring import Authoring, compose_authoring
from widget_gateway.composition.console import Console, compose_console
from widget_gateway.composition.health import compose_health
from widget_gateway.composition.numbers import Numbers, compose_numbers
from widget_gateway.composition.portal import compose_portal
from widget_gateway.composition.privacy import PrivacyStores, compose_privacy
from widget_gateway.composition.qua import compose_qua
from widget_gateway.data_directory import check_database_directory
from widget_gateway.domain.errors import StorageError
from widget_gateway.domain.partners.providers import parse_origin
from widget_gateway.domain.rate_limits import Quota, RateLimiter
from widget_gateway.domain.traces import Tracer
from widget_gateway.embedded_secrets import find_secrets
from widget_gateway.services.attempts.attempts import AttemptService
from widget_gateway.services.attempts.connections import ConnectionTokens
from widget_gateway.services.attempts.feed import AttemptFeed
from widget_gateway.services.attempts.payments import PaymentService
from widget_gateway.services.attempts.removals import RemovedResults
from widget_gateway.services.attempts.results import ResultService
from widget_gateway.services.attempts.statistics import TestStatisticsService
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.console.attempts import AttemptOverview
from widget_gateway.services.console.limits import LimitService
from widget_gateway.services.console.people import PeopleOverview
from widget_gateway.services.console.provider_users import ProviderUsers
from widget_gateway.services.doctor import Doctor
from widget_gateway.services.first_steps import FirstSteps
from widget_gateway.services.gauges import StoredGauges
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.outgoing import OutgoingClient
from widget_gateway.services.partners.access_tokens import AccessTokenService
from widget_gateway.services.partners.accesses import AccessService
from widget_gateway.services.partners.callers import CallerCache
from widget_gateway.services.partners.calls import CallLog
from widget_gateway.services.partners.idempotency import IdempotencyService
from widget_gateway.services.partners.invoices import InvoiceService
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.partners.statistics import StatisticsService
from widget_gateway.services.partners.users import UserService
from widget_gateway.services.partners.webhooks import WebhookService
from widget_gateway.services.portal.audit import AuditService
from widget_gateway.services.portal.live_sign_ins import LiveSignIns
from widget_gateway.services.privacy.erasures import Erasures
from widget_gateway.services.privacy.retention import Retention
from widget_gateway.services.qua.live_users import LiveQuaUsers
from widget_gateway.services.qua.synonyms import SynonymService
from widget_gateway.services.refused_origins import RefusedOrigins
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.slow_hashes import SlowHashes
from widget_gateway.services.spelling.live_speller import LiveSpeller
from widget_gateway.services.widget_files import WidgetFileService, read_release
from widget_gateway.settings import Settings, Switch

_log = structlog.get_logger(__name__)

SWEEP_INTERVAL_S = 3600.0
"""Mean seconds between two removals of answers whose attempt has expired. Each node removes them,
and seldom, since they do no harm but take up space."""

WATCH_INTERVAL_S = 2.0
"""Seconds between two looks at how far the change streams are behind. Prometheus asks every 15."""


def utc_now() -> datetime:
    """The current time; the clock of a running gateway."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Backend:
    """All services and what runs in the background, connected to the database."""

    services: Families
    journal: AnswerJournal
    commits: CommitEngine
    attempts: AttemptStore
    callers: CallerCache
    live_sign_ins: LiveSignIns
    removed_results: RemovedResults
    erasures: Erasures
    retention: Retention
    audit: AuditService
    test_statistics: TestStatisticsService
    authoring: Authoring
    numbers: Numbers
    search_feed: SearchFeed
    live_qua_users: LiveQuaUsers
    synonyms: SynonymService
    speller: LiveSpeller
    first_steps: FirstSteps
    doctor: Doctor
    console: Console
    migrations: MigrationStore
    mongod: EmbeddedMongod | None
    streams: tuple[Changes[Any], ...]
    """The change streams by which this node learns what others change."""

    def background_work(self) -> list[Coroutine[Any, Any, None]]:
        """The work that a server does in the background; each goes on until it is cancelled."""
        work: list[Callable[[], Awaitable[None]]] = [
            self.journal.run,
            self.commits.run,
            self.services.channel.feed.run,
            self.services.channel.push_feed.run,
            self.services.partner.webhooks.run,
            self.services.partner.call_log.run,
            self.callers.run,
            self.live_sign_ins.run,
            self.removed_results.run,
            self.erasures.run,
            self.retention.run,
            self.numbers.daily_counting.run,
            self.numbers.needs.run,
            self.numbers.pulse.run,
            self.search_feed.run,
            self.live_qua_users.run,
            self.synonyms.run,
            self.speller.run,
            self.services.public.widget_files.run,
            self._sweep,
            self._watch_streams,
        ]
        if self.mongod is not None:
            work.append(self.mongod.supervise)
        return [run_forever(run) for run in work]

    async def flushed(self) -> None:
        """Wait until every answer and every event is durable, or has failed."""
        await self.journal.flushed()
        await self.commits.flushed()

    async def _watch_streams(self) -> None:
        gauge = self.services.public.metrics.stream_behind
        while True:
            for stream in (*self.streams, *self.search_feed.streams):
                gauge.labels(stream.collection).set(stream.behind_s)
            await asyncio.sleep(WATCH_INTERVAL_S)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            try:
                removed = await self.attempts.sweep_answers()
            except StorageError as error:
                _log.warning("sweep_failed", reason=error.reason)
            else:
                _log.info("answers_swept", removed=removed)


async def _connect(
    settings: Settings, stack: AsyncExitStack, *, creates: bool, half_restored: bool
) -> tuple[Client, Database, EmbeddedMongod | None]:
    """Connect to the database, and make its collections and indexes; the stack leaves it."""
    mongod = await _embedded(stack, settings, creates=creates)
    uri = mongod.uri if mongod is not None else str(settings.mongodb_uri)
    application = application_name(settings.database)
    client = connect(uri, settings.driver, settings.storage_wait_s, application)
    stack.push_async_callback(client.close)
    database = open_database(client, settings.database)
    await check_server(client, database)
    if not half_restored:
        await refuse_half_restored(database)
    await create_indexes(database)
    return client, database, mongod


@asynccontextmanager
async def open_backend(
    settings: Settings, *, creates: bool = False, half_restored: bool = False
) -> AsyncIterator[Backend]:
    """Connect to the database; without one in the settings, start or join the embedded one.

    Only with `creates` an embedded database is made where there is none. Only a restore opens a
    database that is `half_restored`.

    Raises:
        StorageError: the database can't be reached, or can't be used.
        DataDirectoryError: there is no embedded database, or it belongs to somebody else.
    """
    async with AsyncExitStack() as stack:
        tracer = _open_tracer(settings, stack)
        client, database, mongod = await _connect(
            settings, stack, creates=creates, half_restored=half_restored
        )
        metrics = Metrics()
        journal = AnswerJournal(database, metrics.observe_batch, tracer)
        hidden_tests = HiddenTestStore(database)
        catalogue = Catalogue(TestStore(client, database), hidden_tests, utc_now)
        lifetime = timedelta(days=settings.attempt_ttl_days)
        deliveries_written = asyncio.Event()
        commits = CommitEngine(
            client, database, metrics.observe_events, deliveries_written.set, tracer
        )
        result_store = ResultStore(database, commits)
        attempts = AttemptStore(database, journal, result_store, commits)
        user_store, webhook_store = UserStore(database), WebhookStore(database)
        access_store = AccessStore(user_store, commits)
        provider_store, statistics_store = ProviderStore(database), StatisticsStore(database)
        ledger = LedgerStore(client, database, provider_store)
        await ledger.price_rows()
        attempt_changes, provider_changes = AttemptChanges(database), ProviderChanges(database)
        callers = CallerCache(provider_store, provider_changes, utc_now)
        widget_files = WidgetFileService(read_release(), WidgetFileStore(database), utc_now)
        refused_origins = RefusedOrigins()
        providers = ProviderService(
            providers=provider_store,
            logos=LogoStore(database),
            callers=callers,
            catalogue=catalogue,
            refused_origins=refused_origins,
            clock=utc_now,
        )
        accesses = AccessService(access_store, user_store, providers, metrics, utc_now)
        secrets = find_secrets(settings)
        hashes = SlowHashes()
        stack.callback(hashes.close)
        shared = Services(
            node=Node(),
            metrics=metrics,
            call_budget=partial(within, settings.storage_wait_s),
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_networks,
            tracer=tracer,
        )
        portal = compose_portal(client, database, secrets, hashes, metrics, utc_now)
        stores = PrivacyStores(
            users=user_store,
            results=result_store,
            attempts=attempts,
            webhooks=webhook_store,
            ledger=ledger,
            calls=IdempotencyStore(database),
            providers=provider_store,
        )
        privacy = compose_privacy(
            client,
            database,
            stores,
            portal,
            accesses=accesses,
            catalogue=catalogue,
            pepper=secrets.pin_pepper,
            clock=utc_now,
        )
        console = compose_console(
            client,
            database,
            providers=providers,
            hashes=hashes,
            sealing_key=privacy.second_factor_key,
            pseudonyms=privacy.pseudonyms,
            clock=utc_now,
        )
        calls_by_key, calls_by_address = (
            RateLimiter(Quota("key", settings.key_rate_limit)),
            RateLimiter(Quota("address", settings.address_rate_limit)),
        )
        qua = compose_qua(client, database, settings, secrets, hashes, utc_now)
        stack.push_async_callback(qua.close)
        health = compose_health(
            client,
            database,
            provider_store=provider_store,
            ledger=ledger,
            users=user_store,
            catalogue=catalogue,
            providers=providers,
            search_is_loaded=lambda: qua.search_feed.loaded and qua.synonyms.loaded,
            caller_wait=timedelta(seconds=settings.storage_wait_s),
            clock=utc_now,
        )
        numbers = compose_numbers(
            client,
            database,
            statistics=statistics_store,
            provider_store=provider_store,
            webhooks=webhook_store,
            attempts=attempts,
            providers=providers,
            catalogue=catalogue,
            doctor=health.doctor.examine,
            is_wanted=console.accounts.exists_any,
            count=shared.node.count,
            answered=lambda: metrics.answered,
            clock=utc_now,
        )
        pdf = PdfRenderer()
        stack.push_async_callback(pdf.close)
        reports = Reports(pdf, providers)
        stack.push_async_callback(reports.close)
        privacy.removed_results.on_removed(reports.forget)
        test_statistics = TestStatisticsService(
            result_store, attempts, catalogue, utc_now, lifetime
        )
        authoring = compose_authoring(
            database,
            catalogue=catalogue,
            providers=providers,
            statistics=test_statistics,
            hidden=hidden_tests,
            attempts=attempts,
            results=result_store,
            clock=utc_now,
        )
        questions = QuestionEncoder()
        templates = make_environment()
        partner = PartnerServices(
            **vars(shared),
            providers=providers,
            accesses=accesses,
            users=UserService(
                users=user_store,
                results=result_store,
                accesses=accesses,
                catalogue=catalogue,
            ),
            results=ResultService(result_store, accesses, providers, catalogue, utc_now),
            payments=PaymentService(attempts, catalogue, utc_now, lifetime),
            statistics=StatisticsService(statistics_store, user_store, providers),
            access_tokens=AccessTokenService(access_store, accesses, catalogue, utc_now),
            invoices=InvoiceService(ledger, provider_store, utc_now),
            webhooks=WebhookService(
                webhook_store,
                provider_store,
                callers,
                OutgoingClient(settings.callable_networks),
                metrics,
                utc_now,
                deliveries_written,
                tracer=tracer,
            ),
            call_log=CallLog(CallStore(database), metrics),
            idempotency=IdempotencyService(stores.calls, privacy.fingerprint_key, utc_now),
            exports=privacy.exports,
            erasures=privacy.erasures,
            calls_by_key=calls_by_key,
            calls_by_address=calls_by_address,
            templates=templates,
            pdf=pdf,
            reports=reports,
        )
        attempt_overview = AttemptOverview(attempts, result_store, catalogue)
        services = Families(
            public=PublicServices(
                **vars(shared),
                catalogue=catalogue,
                gauges=StoredGauges(
                    webhook_store,
                    provider_store,
                    utc_now,
                    has_old_secret=secrets.jwt_old_secret is not None,
                ),
                health=health.health,
                providers=providers,
                questions=questions,
                templates=templates,
                widget_files=widget_files,
                has_start_page=settings.start_page is Switch.ON,
            ),
            channel=ChannelServices(
                **vars(shared),
                visitor_budget=partial(patient, VISITOR_WAIT_S),
                attempts=AttemptService(
                    attempts=attempts,
                    journal=journal,
                    providers=providers,
                    catalogue=catalogue,
                    clock=utc_now,
                    lifetime=lifetime,
                ),
                feed=AttemptFeed(attempts, attempt_changes, metrics, utc_now),
                questions=questions,
                sign_ins=portal.sign_ins,
                pushes=portal.pushes,
                push_feed=portal.push_feed,
                connections=ConnectionTokens(secrets.jwt_secret, secrets.jwt_old_secret, utc_now),
            ),
            partner=partner,
            console=ConsoleServices(
                **vars(shared),
                templates=templates,
                accounts=console.accounts,
                sessions=console.sessions,
                second_factors=console.second_factors,
                passkeys=console.passkeys,
                sign_in=console.sign_in,
                trail=console.trail,
                trail_reader=console.trail_reader,
                qua_users=qua.users,
                qua_tracking=qua.tracking,
                catalogue=catalogue,
                test_overview=authoring.overview,
                comparisons=authoring.comparisons,
                drafts=authoring.drafts,
                previews=authoring.previews,
                reports=reports,
                funnels=numbers.funnels,
                attempts=attempt_overview,
                overview=numbers.overview,
                providers=providers,
                limits=LimitService(
                    requests=LimitRequestStore(client, database, provider_store),
                    stored=provider_store,
                    providers=providers,
                    callers=callers,
                    clock=utc_now,
                    needs_approval=settings.limit_approvals is Switch.ON,
                ),
                clock=utc_now,
                call_log=partner.call_log,
                first_steps=health.first_steps,
                people_overview=PeopleOverview(
                    people=portal.people,
                    sign_ins=portal.sign_ins,
                    locks=portal.locks,
                    pushes=portal.pushes,
                    pseudonyms=privacy.pseudonyms,
                    clock=utc_now,
                ),
                people=portal.people,
                sign_ins=portal.sign_ins,
                locks=portal.locks,
                person_exports=portal.exports,
                person_document=person_export_document,
                users=partner.users,
                provider_users=ProviderUsers(
                    users=user_store,
                    ledger=ledger,
                    attempts=attempt_overview,
                    results=partner.results,
                    pseudonyms=privacy.pseudonyms,
                ),
                invoices=partner.invoices,
                webhooks=partner.webhooks,
                exports=privacy.exports,
                user_export=user_export_document,
                erasures=privacy.erasures,
                retention=privacy.retention,
                pdf=pdf,
                widget_files=widget_files,
                has_own_address=settings.console_place is not None,
            ),
            portal=PortalServices(
                **vars(shared),
                people=portal.people,
                sign_ins=portal.sign_ins,
                pushes=portal.pushes,
                person_exports=portal.exports,
                erasures=privacy.erasures,
                callback_key=settings.callback_key,
            ),
            qua=QuaServices(
                **vars(shared),
                users=qua.users,
                questions=qua.questions,
                versions=qua.versions,
                desk=qua.desk,
                dismissals=qua.dismissals,
                synonyms=qua.synonyms,
                home=qua.home,
                resources=qua.resources,
                tracking=qua.tracking,
                search=qua.search,
                suggestions=qua.suggestions,
                calls_by_key=calls_by_key,
                calls_by_address=calls_by_address,
                cors_origins=frozenset(filter(None, map(parse_origin, settings.cors_origins))),
                refused_origins=refused_origins,
            ),
        )
        yield Backend(
            services=services,
            journal=journal,
            commits=commits,
            attempts=attempts,
            callers=callers,
            live_sign_ins=portal.live_sign_ins,
            removed_results=privacy.removed_results,
            erasures=privacy.erasures,
            retention=privacy.retention,
            audit=portal.audit,
            test_statistics=test_statistics,
            authoring=authoring,
            numbers=numbers,
            search_feed=qua.search_feed,
            live_qua_users=qua.live_users,
            synonyms=qua.synonyms,
            speller=qua.speller,
            first_steps=health.first_steps,
            doctor=health.doctor,
            console=console,
            migrations=MigrationStore(database),
            mongod=mongod,
            streams=(
                attempt_changes,
                provider_changes,
                *portal.streams,
                *privacy.streams,
                *qua.streams,
            ),
        )


def _open_tracer(settings: Settings, stack: AsyncExitStack) -> Tracer | None:
    """Make what sends the traces, if they are on; it is closed as the last of all."""
    if settings.traces_endpoint is None:
        return None
    from widget_gateway.tracing import OpenTelemetry  # noqa: PLC0415 - only if it is needed

    tracer = OpenTelemetry(settings.traces_endpoint, settings.traces_ratio)
    stack.push_async_callback(tracer.close)
    return tracer


async def _embedded(
    stack: AsyncExitStack, settings: Settings, *, creates: bool
) -> EmbeddedMongod | None:
    """Start or join the embedded mongod, and leave it with the stack; None if a URI is set."""
    if not settings.embedded:
        return None
    check_database_directory(settings, creates=creates)
    executable = Path(settings.mongod) if settings.mongod else None
    return await stack.enter_async_context(
        EmbeddedMongod(settings.data_path, executable=executable)
    )


def make_application(services: Families) -> Application:
    """Make the Tornado application that answers with these services."""
    return _application(services, all_routes(services))


def make_console_application(services: Families) -> Application:
    """Make the application of an address that serves nothing but the console."""
    return _application(services, routes_of_console_alone(services))


def _application(services: Families, routes: list[URLSpec]) -> Application:

    def log_request(handler: RequestHandler) -> None:
        status = handler.get_status()
        seconds = handler.request.request_time()
        route = type(handler).__name__.removesuffix("Handler")
        method = handler.request.method or ""
        services.public.metrics.requests.labels(route, method, str(status)).observe(seconds)
        _log.info(
            "request",
            route=route,
            method=method,
            client=client_address(handler.request, services.public.trusted_proxies),
            path=handler.request.path,  # The query is never logged, since it contains keys.
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=getattr(handler, "request_id", None),
        )

    return GatewayApplication(
        grouped(routes),
        default_handler_class=NotFoundHandler,
        default_handler_args={"services": services.public},
        log_function=log_request,
        compress_response=True,
        websocket_ping_interval=PING_INTERVAL_S,
        websocket_max_message_size=MAX_READ_BYTES,
    )
