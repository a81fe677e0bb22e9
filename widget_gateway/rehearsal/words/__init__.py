"""What the go-live list says, in Russian and English."""

from dataclasses import dataclass

from widget_gateway.rehearsal.findings import Line, Status
from widget_gateway.rehearsal.words import english, russian

LOCALES = ("en", "ru")


@dataclass(frozen=True)
class Words:
    """The texts of a language.

    `advice` is found by a line's name, or by its name and reason, as `paid-once error`.
    """

    titles: dict[str, str]
    advice: dict[str, str]
    reasons: dict[str, str]
    statuses: dict[Status, str]
    stages: dict[str, str]
    heading: str
    seen: str
    to_do: str
    why: str
    totals: str
    ready: str
    not_ready: str

    def advise(self, line: Line) -> str:
        """Say what to do about a failed line, or why a line was not seen; empty if it passed."""
        if line.status is Status.FAILED:
            return self.advice.get(f"{line.name} {line.reason}") or self.advice[line.name]
        return self.reasons[line.reason] if line.status is Status.UNSEEN else ""


def words_in(locale: str) -> Words:
    """The texts of a language of LOCALES."""
    module = {"en": english, "ru": russian}[locale]
    return Words(
        titles=module.TITLES,
        advice=module.ADVICE,
        reasons=module.REASONS,
        statuses={Status(name): text for name, text in module.STATUSES.items()},
        stages=module.STAGES,
        heading=module.HEADING,
        seen=module.SEEN,
        to_do=module.TO_DO,
        why=module.WHY,
        totals=module.TOTALS,
        ready=module.READY,
        not_ready=module.NOT_READY,
    )
