"""`GET /tests/api/v1/info/<slug>/`: what a widget's welcome screen shows. Public."""

from handlers.base import AuthKind, BaseHandler
from handlers.partner.parameters import Parameters
from handlers.questions import wire_test
from widget_gateway.domain.errors import ParameterInvalidError
from widget_gateway.domain.ids import TestSlug


class TestInfoHandler(BaseHandler):
    """Texts and length of a test, and on request the questions before the pause."""

    auth = AuthKind.PUBLIC

    def set_default_headers(self) -> None:
        """Partners' pages read it from their own origins."""
        super().set_default_headers()
        self.set_header("Access-Control-Allow-Origin", "*")

    async def get(self, slug: str) -> None:
        """Describe the current version."""
        parameters = Parameters(self.request)
        questions = parameters.find_text("questions") or "false"
        if questions not in ("true", "false", "1", "0"):
            raise ParameterInvalidError("questions", "it is true or false.")
        test = await self.services.catalogue.get_current(TestSlug(slug))
        locale = test.locale_for(parameters.find_text("locale"))
        info = wire_test(test, locale)
        body = {"name": info.pop("title"), **info}
        if questions in ("true", "1"):
            encoded = self.services.questions.encode(test, locale)
            body["questions"] = encoded[: test.free_length]
        self.set_header("Cache-Control", "public, max-age=60")  # of an answer, never of an error
        self.write_json(body)


ROUTES = [(r"/tests/api/v1/info/([A-Za-z0-9_-]{1,100})/?", TestInfoHandler)]
