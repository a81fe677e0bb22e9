"""The services of the partner API's handlers."""

from dataclasses import dataclass

from jinja2 import Environment

from handlers.documents.reports import Reports
from handlers.documents.worker_pool import PdfRenderer
from handlers.services import Services
from widget_gateway.domain.rate_limits import RateLimiter
from widget_gateway.services.attempts.payments import PaymentService
from widget_gateway.services.attempts.results import ResultService
from widget_gateway.services.partners.access_tokens import AccessTokenService
from widget_gateway.services.partners.accesses import AccessService
from widget_gateway.services.partners.calls import CallLog
from widget_gateway.services.partners.idempotency import IdempotencyService
from widget_gateway.services.partners.invoices import InvoiceService
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.partners.statistics import StatisticsService
from widget_gateway.services.partners.users import UserService
from widget_gateway.services.partners.webhooks import WebhookService
from widget_gateway.services.privacy.erasures import Erasures
from widget_gateway.services.privacy.exports import UserExports


@dataclass(frozen=True, kw_only=True)
class PartnerServices(Services):
    """The services of the partner API. Reports and invoices share the PDF worker."""

    providers: ProviderService
    accesses: AccessService
    users: UserService
    results: ResultService
    payments: PaymentService
    statistics: StatisticsService
    access_tokens: AccessTokenService
    invoices: InvoiceService
    webhooks: WebhookService
    idempotency: IdempotencyService
    call_log: CallLog
    exports: UserExports
    erasures: Erasures
    calls_by_key: RateLimiter
    calls_by_address: RateLimiter
    templates: Environment
    pdf: PdfRenderer
    reports: Reports
