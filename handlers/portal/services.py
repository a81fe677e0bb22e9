"""What the portal's handlers are given."""

from dataclasses import dataclass

from handlers.services import Services
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService


@dataclass(frozen=True, kw_only=True)
class PortalServices(Services):
    """The collaborators of the portal API. `callback_key` is what the portal has to show."""

    people: PersonService
    sign_ins: SignInService
    pushes: PushService
    callback_key: str | None
