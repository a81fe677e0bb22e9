"""What handlers are given: the services, and the few settings that reach the HTTP floor."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from jinja2 import Environment

from handlers.addresses import Networks
from handlers.channel.portal_messages import EventFrames
from handlers.documents.reports import Reports
from handlers.documents.worker_pool import PdfRenderer, make_environment
from handlers.questions import QuestionEncoder
from handlers.tasks import BackgroundTasks
from widget_gateway.domain.rate_limits import RateLimiter
from widget_gateway.services.attempts.attempts import AttemptService
from widget_gateway.services.attempts.feed import AttemptFeed
from widget_gateway.services.attempts.payments import SessionService
from widget_gateway.services.attempts.results import ResultService
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.health import HealthService
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.partners.access_tokens import TokenService
from widget_gateway.services.partners.accesses import AccessService
from widget_gateway.services.partners.idempotency import IdempotencyService
from widget_gateway.services.partners.invoices import BillingService
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.partners.statistics import StatisticsService
from widget_gateway.services.partners.users import UserService
from widget_gateway.services.partners.webhooks import WebhookService
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.push_feed import PushFeed
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService
from widget_gateway.services.qua.external_resources import ExternalResourceService
from widget_gateway.services.qua.questions import QuaQuestionService
from widget_gateway.services.qua.tracking import TrackingService
from widget_gateway.services.qua.users import QuaUserService
from widget_gateway.services.search.search import SearchService


@dataclass(frozen=True, kw_only=True)
class QuaServices:
    """What QUA's calls need beside the search. Pages of `cors_origins` may read the answers."""

    users: QuaUserService
    questions: QuaQuestionService
    resources: ExternalResourceService
    tracking: TrackingService
    cors_origins: frozenset[str]


class Drainable(Protocol):
    """A channel that can be asked to go."""

    def drain(self) -> None:
        """Say `bye` and close, so that the client comes back to another node."""


@dataclass(kw_only=True)
class Services:
    """The collaborators of the handlers; made once, in widget_gateway/composition/application.py.

    Within a `call_budget` all calls to the storage together take as long as a caller can wait.
    `callback_key` is what the portal has to show; `public_url` is the gateway's own address where
    it is known beforehand; `channels` are the open WebSockets of this process.
    """

    call_budget: Callable[[], AbstractContextManager[None]]
    attempts: AttemptService
    sessions: SessionService
    feed: AttemptFeed
    journal_room: Callable[[], Awaitable[None]]
    journal_has_room: Callable[[], bool]
    accesses: AccessService
    results: ResultService
    users: UserService
    statistics: StatisticsService
    tokens: TokenService
    billing: BillingService
    webhooks: WebhookService
    pushes: PushService
    push_feed: PushFeed
    providers: ProviderService
    people: PersonService
    sign_ins: SignInService
    catalogue: Catalogue
    search: SearchService
    qua: QuaServices
    health: HealthService
    metrics: Metrics
    idempotency: IdempotencyService
    calls_by_key: RateLimiter
    calls_by_address: RateLimiter
    callback_key: str | None
    public_url: str | None
    trusted_proxies: Networks
    templates: Environment = field(default_factory=make_environment)
    pdf: PdfRenderer = field(default_factory=PdfRenderer)
    reports: Reports = field(init=False)
    questions: QuestionEncoder = field(default_factory=QuestionEncoder)
    event_frames: EventFrames = field(default_factory=EventFrames)
    tasks: BackgroundTasks = field(default_factory=BackgroundTasks)
    channels: set[Drainable] = field(default_factory=set)
    draining: bool = False

    def __post_init__(self) -> None:
        """Reports become PDFs in the same worker as other documents."""
        self.reports = Reports(self.pdf)
