"""What this site remembers about its users. A real site keeps it in its database."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attempt:
    """An unfinished attempt of a user. With its id and token the user can continue anywhere."""

    test: str
    id: str
    resume_token: str


@dataclass(frozen=True)
class SavedResult:
    """A result that was attached to a user."""

    key: str
    test: str
    created_at: str


@dataclass
class Memory:
    """Attempts and results by user id, and payment ids by attempt id."""

    attempts: dict[str, dict[str, Attempt]] = field(default_factory=dict)
    results: dict[str, dict[str, SavedResult]] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)

    def attempts_of(self, user: str) -> dict[str, Attempt]:
        """The latest unfinished attempt of the user at each test, by test."""
        return self.attempts.setdefault(user, {})

    def results_of(self, user: str) -> dict[str, SavedResult]:
        """The user's results by key, oldest first."""
        return self.results.setdefault(user, {})

    def forget_attempt(self, user: str, attempt_id: str) -> None:
        """Forget an attempt that is finished or has expired, since it can't be continued."""
        attempts = self.attempts_of(user)
        for test, attempt in list(attempts.items()):
            if attempt.id == attempt_id:
                del attempts[test]
