"""The reasons for which the partner API refuses calls, each with the calls that have it."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.reference.calls import Call, ShownRefusal

ADDRESS = "/docs/reasons/"


@dataclass(frozen=True)
class ShownReason:
    """A reason. `calls` is empty if every call of the API has it."""

    reason: str
    statuses: tuple[int, ...]
    message: str
    calls: tuple[Call, ...]

    @property
    def address(self) -> str:
        """The place on the page of all reasons."""
        return f"{ADDRESS}#{self.reason}"


def reasons_of(calls: Sequence[Call]) -> list[ShownReason]:
    """Return the reasons of the partner API, by status and then by name.

    The other APIs do not send the name of a reason.
    """
    found: dict[str, list[tuple[Call, ShownRefusal]]] = {}
    for call in calls:
        if call.family == "partner":
            for refusal in call.refusals:
                found.setdefault(refusal.reason, []).append((call, refusal))
    reasons = [
        ShownReason(
            reason=reason,
            statuses=tuple(sorted({refusal.status for _, refusal in told})),
            message=told[0][1].message,
            calls=() if told[0][1].is_shared else tuple(call for call, _ in told),
        )
        for reason, told in found.items()
    ]
    return sorted(reasons, key=lambda one: (one.statuses, one.reason))
