"""The services of the public handlers."""

from dataclasses import dataclass

from jinja2 import Environment

from handlers.questions import QuestionEncoder
from handlers.services import Services
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.gauges import StoredGauges
from widget_gateway.services.health import HealthService
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.widget_files import WidgetFileService


@dataclass(frozen=True, kw_only=True)
class PublicServices(Services):
    """The services of health, metrics, test information and the widget's files."""

    catalogue: Catalogue
    gauges: StoredGauges
    health: HealthService
    providers: ProviderService
    questions: QuestionEncoder
    templates: Environment
    widget_files: WidgetFileService
    has_start_page: bool
