"""The page on which an intranet portal and a person's device can be seen to work together."""

import uuid
from http import HTTPStatus
from typing import Any

from gateway import Gateway
from memory import Memory
from page import Page
from portal import LOGIN, Answer, Portal

EVENT_TYPES = ("kip_new", "kip_comment", "kip_update", "push")


class PortalCall(Page):
    """What the page asks for: one call of the gateway each."""

    portal: Portal

    def initialize(self, gateway: Gateway, memory: Memory, portal: Portal | None = None) -> None:
        """Take one more collaborator."""
        super().initialize(gateway, memory)
        assert portal is not None  # noqa: S101 - server.py adds these pages only with one
        self.portal = portal

    def tell(self, answer: Answer, **data: Any) -> None:
        """Hand on whether it worked, else the gateway's own words."""
        if answer.status == HTTPStatus.OK:
            self.write({"result": True} | data)
            return
        self.set_status(answer.status)
        self.write({"message": _words(answer.body)})


class PortalPage(PortalCall):
    """Both sides on one page: the device, and the portal's administrator."""

    def get(self) -> None:
        """Show it; static/portal-page.js does the rest."""
        self.render("portal.html", login=LOGIN, event_types=EVENT_TYPES)


class PinUpdate(PortalCall):
    """The administrator gives the person a PIN."""

    async def post(self) -> None:
        """One call."""
        self.tell(await self.portal.update_pin(self.json_text("pin_code"), self.language))


class Push(PortalCall):
    """The administrator pushes an event."""

    async def post(self) -> None:
        """`data` is for programs: here, which record of the portal it is about."""
        event = {name: self.json_text(name) for name in ("type", "title", "message")}
        answer = await self.portal.push(event | {"data": {"id": uuid.uuid4().hex}}, self.language)
        self.tell(answer)


class Sessions(PortalCall):
    """The administrator looks where the person is signed in, and ends a session."""

    async def get(self) -> None:
        """List them."""
        answer = await self.portal.sessions(self.language)
        self.tell(answer, sessions=answer.body.get("data", []))

    async def post(self) -> None:
        """End one."""
        session = self.json_text("session_id")
        self.tell(await self.portal.delete_session(session, self.language))


class DeviceSignIn(PortalCall):
    """The device signs in. Its page gets the access token and opens the channel by itself."""

    async def post(self) -> None:
        """A real device keeps the refresh token too; this one signs in again."""
        login, pin_code = self.json_text("ad_login"), self.json_text("pin_code")
        user_agent = self.request.headers.get("User-Agent", "")
        answer = await self.portal.sign_in(login, pin_code, self.language, user_agent)
        data = answer.body.get("data", {})
        self.tell(answer, access_token=data.get("access_token"))


class DeviceSignOut(PortalCall):
    """The device signs out."""

    async def post(self) -> None:
        """One call."""
        self.tell(await self.portal.sign_out(self.json_text("access_token"), self.language))


def _words(body: dict[str, Any]) -> str:
    """Why not: a sentence, or sentences by field, which may stand inside `error`."""
    error = body.get("error", body)
    if isinstance(error, str):
        return error
    return " ".join(one for name, told in error.items() if name != "result" for one in told)


ROUTES: list[tuple[str, type[Page]]] = [
    (r"/portal", PortalPage),
    (r"/portal/pin", PinUpdate),
    (r"/portal/push", Push),
    (r"/portal/sessions", Sessions),
    (r"/portal/sign-in", DeviceSignIn),
    (r"/portal/sign-out", DeviceSignOut),
]
