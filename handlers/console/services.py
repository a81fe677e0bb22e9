"""The services of the console's handlers."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from jinja2 import Environment

from handlers.documents.reports import Reports
from handlers.documents.worker_pool import PdfRenderer
from handlers.services import Services
from widget_gateway.domain.clock import Clock
from widget_gateway.services.attempts.comparisons import TestComparisons
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.console.accounts import AccountService
from widget_gateway.services.console.attempts import AttemptOverview
from widget_gateway.services.console.drafts import TestDrafts
from widget_gateway.services.console.funnels import FunnelService
from widget_gateway.services.console.limits import LimitService
from widget_gateway.services.console.overview import OverviewService
from widget_gateway.services.console.passkeys import Passkeys
from widget_gateway.services.console.people import PeopleOverview
from widget_gateway.services.console.previews import TestPreviews
from widget_gateway.services.console.provider_users import ProviderUsers
from widget_gateway.services.console.second_factors import SecondFactors
from widget_gateway.services.console.sessions import ConsoleSessions
from widget_gateway.services.console.sign_in import ConsoleSignIn
from widget_gateway.services.console.test_overview import TestOverview
from widget_gateway.services.console.trail import Trail
from widget_gateway.services.console.trail_reader import TrailReader
from widget_gateway.services.first_steps import FirstSteps
from widget_gateway.services.partners.calls import CallLog
from widget_gateway.services.partners.invoices import InvoiceService
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.partners.users import UserService
from widget_gateway.services.partners.webhooks import WebhookService
from widget_gateway.services.portal.locks import LockService
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.sign_ins import SignInService
from widget_gateway.services.privacy.erasures import Erasures
from widget_gateway.services.privacy.exports import UserExport, UserExports
from widget_gateway.services.privacy.person_exports import PersonExport, PersonExports
from widget_gateway.services.privacy.retention import Retention
from widget_gateway.services.qua.tracking import TrackingService
from widget_gateway.services.qua.users import QuaUserService
from widget_gateway.services.widget_files import WidgetFileService


@dataclass(frozen=True, kw_only=True)
class ConsoleServices(Services):
    """The services of the console.

    With `has_own_address` it is served on an address of its own (CONSOLE_ADDRESS), and nowhere
    else. `person_document` makes the JSON of an export, as the portal's API has it.
    """

    templates: Environment
    accounts: AccountService
    sessions: ConsoleSessions
    second_factors: SecondFactors
    passkeys: Passkeys
    sign_in: ConsoleSignIn
    trail: Trail
    trail_reader: TrailReader
    catalogue: Catalogue
    test_overview: TestOverview
    comparisons: TestComparisons
    drafts: TestDrafts
    previews: TestPreviews
    reports: Reports
    funnels: FunnelService
    attempts: AttemptOverview
    overview: OverviewService
    providers: ProviderService
    limits: LimitService
    call_log: CallLog
    first_steps: FirstSteps
    people_overview: PeopleOverview
    people: PersonService
    sign_ins: SignInService
    locks: LockService
    person_exports: PersonExports
    person_document: Callable[[PersonExport], AsyncIterator[bytes]]
    clock: Clock
    users: UserService
    provider_users: ProviderUsers
    invoices: InvoiceService
    webhooks: WebhookService
    exports: UserExports
    user_export: Callable[[UserExport], AsyncIterator[bytes]]
    """Writes an export as JSON, in pieces, in the same form as the partner API."""

    erasures: Erasures
    retention: Retention
    pdf: PdfRenderer
    widget_files: WidgetFileService
    qua_users: QuaUserService
    qua_tracking: TrackingService
    has_own_address: bool
