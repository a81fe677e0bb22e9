"""What is counted of wrong PINs: at a login, and from an address."""

from dataclasses import dataclass
from datetime import datetime

from widget_gateway.domain.portal.sign_ins import TRIES_BEFORE_BURNING


@dataclass(frozen=True, slots=True)
class LoginTries:
    """Tries at a login: those in a row since the last lock, and all since the PIN is new."""

    in_a_row: int = 0
    total: int = 0
    locked_until: datetime | None = None

    @property
    def is_burned(self) -> bool:
        """Whether only a new PIN lets the person sign in."""
        return self.total >= TRIES_BEFORE_BURNING

    def is_locked(self, now: datetime) -> bool:
        """Whether the login is locked for a while."""
        return self.locked_until is not None and self.locked_until > now


@dataclass(frozen=True, slots=True)
class AddressTries:
    """Wrong tries from a network of addresses; `free_at` is None unless the network is refused."""

    tries: int = 0
    free_at: datetime | None = None
