"""`result/attach` and `result/get`."""

from typing import Any

from handlers.partner.base import PartnerHandler
from handlers.partner.parameters import Parameters
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import ParameterInvalidError
from widget_gateway.domain.providers import Caller
from widget_gateway.domain.scoring import ScaleScore, automatic_variables, score_scales
from widget_gateway.domain.tests import localized
from widget_gateway.services.results import ReadResult

FORMATS = ("json",)


class ResultAttachHandler(PartnerHandler):
    """Tie a result to a user of the partner's."""

    async def call(self) -> None:
        """Answer `{"status": true}`, to a repeat too."""
        user, key = self.get_user(), self.get_result_key()
        await self.services.results.attach(self.caller, user, key)
        self.write_json({"status": True})


class ResultGetHandler(PartnerHandler):
    """Fetch an attached result. A provider with open results may omit its key."""

    _caller: Caller | None = None

    async def authenticate(self) -> None:
        """The key may be absent: whether that will do depends on the result."""
        self.parameters = Parameters(self.request)
        key = self.find_client_key()
        if key is not None:
            self._caller = await self.services.providers.authenticate(key)

    async def call(self) -> None:
        """Answer with the calculation."""
        wanted = self.parameters.find_text("format") or "json"
        if wanted not in FORMATS:
            raise ParameterInvalidError("format", f"it is one of: {', '.join(FORMATS)}.")
        locale = self.parameters.find_text("locale")
        read = await self.services.results.read(self._caller, self.get_result_key())
        self.write_json(calculation(read, read.test.locale_for(locale or read.result.locale)))


def calculation(read: ReadResult, locale: str) -> dict[str, Any]:
    """What the answers come to (test-definition.md, "Scoring", 3)."""
    body: dict[str, Any] = {
        "test": read.test.slug,
        "version": read.test.version,
        "created_at": iso(read.result.created_at),
        "scales": [_scale(score, locale) for score in score_scales(read.test, read.sheet)],
        "variables": automatic_variables(read.test, read.sheet),
    }
    if read.result.sandbox:
        body["sandbox"] = True
    return body


def _scale(score: ScaleScore, locale: str) -> dict[str, Any]:
    level = score.level
    return {
        "id": score.scale.id,
        "title": localized(score.scale.title, locale),
        "description": localized(score.scale.description, locale),
        "score": score.score,
        "min": score.min,
        "max": score.max,
        "percentage": score.percentage,
        "level": level and localized(level.name, locale),
        "level_text": level and localized(level.text, locale),
        "color": level and level.color,
    }


ROUTES = [
    ("result/attach", ResultAttachHandler),
    ("result/get", ResultGetHandler),
]
