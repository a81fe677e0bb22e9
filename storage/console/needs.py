"""What needs a hand, as a node has last found it. It is one document."""

from dataclasses import asdict, dataclass
from datetime import datetime

from storage.client import Database, Document, translated
from widget_gateway.domain.ids import ProviderSlug

_ID = "needs"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLimit:
    """A prepaid provider that has used this share of what it may use; 1 is all."""

    provider: ProviderSlug
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingWebhook:
    """A provider whose deliveries fail: so many wait after a try in vain, so many are given up."""

    provider: ProviderSlug
    waiting: int
    given_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A finding of `doctor` that needs a hand; with `warns` the gateway works all the same."""

    subject: str
    detail: str
    remedy: str | None
    warns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What needs a hand, as it was found `at` this time."""

    at: datetime
    limits: tuple[NearLimit, ...] = ()
    webhooks: tuple[FailingWebhook, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs a hand."""
        return not (self.limits or self.webhooks or self.faults)


class NeedsStore:
    """Keeps what was found last."""

    def __init__(self, database: Database) -> None:
        self._notes = database["console_notes"]

    async def keep(self, needs: Needs) -> None:
        """Replace what was found before."""
        found: Document = {
            "at": needs.at,
            "limits": [asdict(limit) for limit in needs.limits],
            "webhooks": [asdict(webhook) for webhook in needs.webhooks],
            "faults": [asdict(fault) for fault in needs.faults],
        }
        with translated():
            await self._notes.replace_one({"_id": _ID}, found, upsert=True)

    async def read(self) -> Needs | None:
        """Return what was found last; None before anything was looked at."""
        with translated():
            row = await self._notes.find_one({"_id": _ID})
        if row is None:
            return None
        return Needs(
            at=row["at"],
            limits=tuple(NearLimit(**limit) for limit in row["limits"]),
            webhooks=tuple(FailingWebhook(**webhook) for webhook in row["webhooks"]),
            faults=tuple(Fault(**fault) for fault in row["faults"]),
        )
