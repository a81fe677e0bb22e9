"""The order of a rehearsal: one visit from the first page to the result, with what may happen."""

from collections.abc import Callable
from contextlib import suppress

from widget_gateway.rehearsal.checks import deliveries, page, payment, result, visit
from widget_gateway.rehearsal.errors import StoryEndedError
from widget_gateway.rehearsal.rehearsal import Rehearsal

Stage = Callable[[Rehearsal], None]

VISIT: tuple[tuple[str, Stage], ...] = (
    ("open", page.open_page),
    ("begin", visit.begin),
    ("outage", visit.lose_the_gateway),
    ("reload", visit.reload),
    ("elsewhere", visit.go_on_elsewhere),
    ("pause", visit.reach_the_pause),
    ("pay", payment.pay),
    ("finish", result.finish),
)
"""The stages of the visit in their order. The one that fails may end it; the others are then not
seen."""

AFTER: tuple[tuple[str, Stage], ...] = (
    ("token", result.renew_token),
    ("received", deliveries.look_at_deliveries),
    ("webhook", deliveries.send_deliveries),
)
"""What is looked at in any case, once the page is known to be one of the sandbox."""


def rehearse(rehearsal: Rehearsal) -> None:
    """Go through all stages, as far as the page lets.

    Raises:
        RehearsalRefusedError: the page can't be rehearsed.
    """
    try:
        for name, stage in VISIT:
            rehearsal.tell(name)
            stage(rehearsal)
    except StoryEndedError:
        rehearsal.picture("06-ended")
    for name, stage in AFTER:
        rehearsal.tell(name)
        with suppress(StoryEndedError):
            stage(rehearsal)
    page.look_at_policy(rehearsal)
    page.look_for_keys(rehearsal)
