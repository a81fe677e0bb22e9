"""What this site remembers of its users. A real one has a database for it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attempt:
    """A user's test under way. With both tokens any device of the user can continue it."""

    test: str
    session: str
    resume_token: str


@dataclass(frozen=True)
class SavedResult:
    """A finished test that was attached to a user."""

    key: str
    test: str
    created_at: str


@dataclass
class Memory:
    """All of it, by user id, and the payments by session."""

    attempts: dict[str, dict[str, Attempt]] = field(default_factory=dict)
    results: dict[str, dict[str, SavedResult]] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)

    def attempts_of(self, user: str) -> dict[str, Attempt]:
        """The user's unfinished attempts by test: the latest of each."""
        return self.attempts.setdefault(user, {})

    def results_of(self, user: str) -> dict[str, SavedResult]:
        """The user's results by key, the oldest first."""
        return self.results.setdefault(user, {})

    def forget_session(self, user: str, session: str) -> None:
        """It is finished or has expired; there is nothing to continue."""
        attempts = self.attempts_of(user)
        for attempt in [one for one in attempts.values() if one.session == session]:
            del attempts[attempt.test]
