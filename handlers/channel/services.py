"""The services of the channels."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from handlers.channel.limits import MAX_POLLS, MESSAGES_A_WINDOW, WINDOW_S
from handlers.channel.portal_messages import EventFrames
from handlers.questions import QuestionEncoder
from handlers.services import Services
from widget_gateway.domain.rate_limits import Quota, RateLimiter
from widget_gateway.services.attempts.attempts import AttemptService
from widget_gateway.services.attempts.connections import ConnectionTokens
from widget_gateway.services.attempts.feed import AttemptFeed
from widget_gateway.services.fair_turns import FairTurns
from widget_gateway.services.portal.push_feed import PushFeed
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService


@dataclass(frozen=True, kw_only=True)
class ChannelServices(Services):
    """The services of the widget channel and of the portal channel.

    `visitor_budget` limits the total time that the calls to the storage within it may take, to what
    a visitor on a socket can wait. `call_messages` counts the messages that come by plain HTTP.
    """

    visitor_budget: Callable[[], AbstractContextManager[None]]
    attempts: AttemptService
    feed: AttemptFeed
    questions: QuestionEncoder
    sign_ins: SignInService
    pushes: PushService
    push_feed: PushFeed
    connections: ConnectionTokens
    call_messages: RateLimiter = field(
        default_factory=lambda: RateLimiter(Quota("messages", MESSAGES_A_WINDOW, WINDOW_S))
    )
    polls: FairTurns = field(default_factory=lambda: FairTurns(at_once=MAX_POLLS, places=MAX_POLLS))
    event_frames: EventFrames = field(default_factory=EventFrames)
