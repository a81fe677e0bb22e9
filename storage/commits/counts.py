"""The counts of what happens with tests, which a batch raises in its transaction.

A document of `statistics` has the counts of a test since its provider was registered, and in `days`
those of each day in UTC that is not over yet. One statement raises both. When a day is over,
DailyCountStore moves its counts on. Accesses are counted in the document of their provider, which
is written in any case.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from storage.client import Database, Document
from storage.commits.writes import run_write
from storage.transactions import Session
from widget_gateway.domain.ids import ProviderSlug, TestSlug

SPREAD = 16
"""How many documents share the counts of a test. With several, nodes that count at the same time
seldom write the same document and conflict."""

_SINCE_REGISTRATION = frozenset({"started", "paused", "finished", "attached", "results"})
"""What is counted since the registration: the fields of TestCounts."""

_BY_DAY = frozenset({"started", "paused", "paid", "finished", "attached"})
"""What is counted by day: the fields of DailyCounts, but for accesses."""

_Count = tuple[ProviderSlug, bool, TestSlug, str]
"""Provider, whether in the sandbox, test, and the path of a number in the document."""


class Counts:
    """What the events of a batch count. What a refused event has counted is dropped."""

    def __init__(self, database: Database, part: int) -> None:
        """`part` is the number, below SPREAD, of the document into which a test is counted."""
        self._database = database
        self._part = part
        self._all: Counter[_Count] = Counter()
        self._of_event: Counter[_Count] = Counter()

    def add(
        self,
        provider: ProviderSlug,
        test: TestSlug,
        events: Iterable[str],
        *,
        at: datetime,
        sandbox: bool,
    ) -> None:
        """Add one to each of these counts; `events` are fields of TestCounts and DailyCounts."""
        day = day_of(at)
        for event in events:
            if event in _SINCE_REGISTRATION:
                self._of_event[provider, sandbox, test, event] += 1
            if event in _BY_DAY:
                self._of_event[provider, sandbox, test, f"days.{day}.{event}"] += 1

    def settle(self) -> None:
        """Keep what the current event has counted."""
        self._all.update(self._of_event)
        self._of_event.clear()

    def revert(self) -> None:
        """Drop what the current event has counted."""
        self._of_event.clear()

    async def write(self, session: Session | None) -> None:
        """Raise the stored counts."""
        sums: dict[tuple[ProviderSlug, bool, TestSlug], Document] = {}
        for (provider, sandbox, test, path), number in self._all.items():
            sums.setdefault((provider, sandbox, test), {})[path] = number
        if sums:
            statements = [
                {
                    "q": {
                        "_id": {
                            "provider": slug,
                            "sandbox": sandbox,
                            "test": test,
                            "part": self._part,
                        }
                    },
                    "u": {"$inc": numbers},
                    "upsert": True,
                }
                for (slug, sandbox, test), numbers in sums.items()
            ]
            await run_write(
                self._database, {"update": "statistics", "updates": statements}, session
            )


def day_of(at: datetime) -> str:
    """Return the day in UTC, such as `2026-11-29`."""
    return at.astimezone(UTC).date().isoformat()
