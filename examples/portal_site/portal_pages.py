"""The page that shows how an intranet portal and a person's device work together."""

import uuid
from http import HTTPStatus
from typing import Any

from page import Page
from portal import LOGIN, Answer, Portal

EVENT_TYPES = ("kip_new", "kip_comment", "kip_update", "push")


class PortalCall(Page):
    """A call of the page's script, which makes a call of the gateway."""

    portal: Portal

    def initialize(self, portal: Portal) -> None:
        """Take the portal."""
        self.portal = portal

    def tell(self, answer: Answer, **data: Any) -> None:
        """Answer that the call succeeded, or pass on the gateway's message."""
        if answer.status == HTTPStatus.OK:
            self.write({"result": True} | data)
            return
        self.set_status(answer.status)
        self.write({"message": _words(answer.body)})


class PortalPage(PortalCall):
    """Both sides on the same page: the device, and the portal's administrator."""

    def get(self) -> None:
        """Show the page; static/portal-page.js does the rest."""
        self.render("portal.html", login=LOGIN, event_types=EVENT_TYPES)


class PinUpdate(PortalCall):
    """The administrator gives the person a PIN."""

    async def post(self) -> None:
        """Set the PIN."""
        self.tell(await self.portal.update_pin(self.json_text("pin_code"), self.language))


class Push(PortalCall):
    """The administrator pushes an event."""

    async def post(self) -> None:
        """Push the event. Its `data` is for programs, such as the id of a record of the portal."""
        event = {name: self.json_text(name) for name in ("type", "title", "message")}
        answer = await self.portal.push(event | {"data": {"id": uuid.uuid4().hex}}, self.language)
        self.tell(answer)


class SignIns(PortalCall):
    """The administrator sees where the person is signed in, and ends a sign-in."""

    async def get(self) -> None:
        """List the sign-ins."""
        answer = await self.portal.sign_ins(self.language)
        self.tell(answer, sessions=answer.body.get("data", []))

    async def post(self) -> None:
        """End a sign-in."""
        sign_in_id = self.json_text("session_id")
        self.tell(await self.portal.end_sign_in(sign_in_id, self.language))


class DeviceSignIn(PortalCall):
    """The device signs in. Its page gets the access token and opens the channel by itself."""

    async def post(self) -> None:
        """Sign in. A real device also keeps the refresh token; this page signs in again."""
        login, pin_code = self.json_text("ad_login"), self.json_text("pin_code")
        user_agent = self.request.headers.get("User-Agent", "")
        answer = await self.portal.sign_in(login, pin_code, self.language, user_agent)
        data = answer.body.get("data", {})
        self.tell(answer, access_token=data.get("access_token"))


class DeviceSignOut(PortalCall):
    """The device signs out."""

    async def post(self) -> None:
        """Sign out."""
        self.tell(await self.portal.sign_out(self.json_text("access_token"), self.language))


def _words(body: dict[str, Any]) -> str:
    """The message of a refusal: a sentence, or sentences by field, which may be in `error`."""
    error = body.get("error", body)
    if isinstance(error, str):
        return error
    return " ".join(
        sentence for name, sentences in error.items() if name != "result" for sentence in sentences
    )


ROUTES: list[tuple[str, type[Page]]] = [
    (r"/", PortalPage),
    (r"/pin", PinUpdate),
    (r"/push", Push),
    (r"/sessions", SignIns),
    (r"/sign-in", DeviceSignIn),
    (r"/sign-out", DeviceSignOut),
]
