"""A person's device on the portal channel, and pushes of the portal to it."""

from typing import Any, Self

from tests.support.channel_client import ChannelClient, Message
from tests.support.portal_api import PERSON, PortalApi

SUBPROTOCOL = "widget-gateway.portal.v1"


class PortalDevice(ChannelClient):
    """A connection of a device."""

    path = "/ws/v1/portal"
    tokens: Message
    """The tokens of its sign-in; the fixture `sign_on` sets them."""

    @classmethod
    async def sign_on(cls, url: str, token: str, **options: Any) -> Self:
        """Connect with an access token, as a device does."""
        offered = (SUBPROTOCOL, f"bearer.{token}")
        return await cls.connect(url, **{"origin": None, "subprotocols": offered} | options)

    async def event(self, title: str | None = None) -> Message:
        """Return the next message, which has to be an event, with this title unless it is None."""
        message = await self.expect("event")
        assert title is None or message["title"] == title, message
        return message

    async def acknowledge(self, *events: Message) -> None:
        """Acknowledge events."""
        for event in events:
            await self.send("ack", id=event["id"])

    async def is_live(self) -> None:
        """Wait until the gateway has read all that the device sent."""
        await self.send("ping")
        await self.expect("pong")


def notice(title: str = "KIP 1", *users: str, **changes: Any) -> Message:
    """The body of a push as the portal sends it."""
    return {
        "type": "kip_new",
        "title": title,
        "message": "Стыковка с международной космической лунной станцией.",
        "data": {"id": "5dd52390673cf700567e1d72", "нить": [1, 2.5, None]},
        "users": list(users) or [PERSON],
    } | changes


async def push(portal: PortalApi, title: str = "KIP 1", *users: str, **changes: Any) -> Message:
    """Push an event, which has to be accepted; return the body of the answer."""
    answer = await portal.call("portal/push/events", notice(title, *users, **changes))
    assert answer.status == 200, answer.body
    return dict(answer.body)
