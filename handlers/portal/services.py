"""The services of the portal's handlers."""

from dataclasses import dataclass

from handlers.services import Services
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService
from widget_gateway.services.privacy.erasures import Erasures
from widget_gateway.services.privacy.person_exports import PersonExports


@dataclass(frozen=True, kw_only=True)
class PortalServices(Services):
    """The services of the portal API.

    `callback_key` is the secret that the portal's server sends; None closes the API.
    """

    people: PersonService
    sign_ins: SignInService
    pushes: PushService
    person_exports: PersonExports
    erasures: Erasures
    callback_key: str | None
