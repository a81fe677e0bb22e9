"""The services of QUA's handlers."""

from dataclasses import dataclass

from handlers.services import Services
from widget_gateway.domain.rate_limits import RateLimiter
from widget_gateway.services.qua.desk import DeskService
from widget_gateway.services.qua.dismissals import DismissalService
from widget_gateway.services.qua.external_resources import ExternalResourceService
from widget_gateway.services.qua.home import HomeService
from widget_gateway.services.qua.questions import QuaQuestionService
from widget_gateway.services.qua.synonyms import SynonymService
from widget_gateway.services.qua.tracking import TrackingService
from widget_gateway.services.qua.users import QuaUserService
from widget_gateway.services.qua.versions import QuaVersionService
from widget_gateway.services.refused_origins import RefusedOrigins
from widget_gateway.services.search.search import SearchService
from widget_gateway.services.search.suggestions import SuggestionService


@dataclass(frozen=True, kw_only=True)
class QuaServices(Services):
    """The services of QUA. Pages of `cors_origins` may read the answers."""

    users: QuaUserService
    questions: QuaQuestionService
    versions: QuaVersionService
    desk: DeskService
    dismissals: DismissalService
    synonyms: SynonymService
    home: HomeService
    resources: ExternalResourceService
    tracking: TrackingService
    search: SearchService
    suggestions: SuggestionService
    calls_by_key: RateLimiter
    calls_by_address: RateLimiter
    cors_origins: frozenset[str]
    refused_origins: RefusedOrigins
