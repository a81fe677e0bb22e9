"""`GET /tests/api/v1/info/<slug>/`: what the welcome screen of a widget shows."""

from typing import Any

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.contract.parameters import Choice, Text
from handlers.public.services import PublicServices
from handlers.questions import wire_test
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import TestSlug

LOCALE = Text("locale", "The language of the texts; one that the test has not gives its first.")
QUESTIONS = Choice(
    "questions",
    "Whether to list the questions that are not behind the pause (false).",
    words=("true", "false", "1", "0"),
)


class TestInfoHandler(BaseHandler):
    """Describe a test: its texts, its length, and on request the questions before the pause."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="What a test is: texts and length",
            tag="public",
            about="For a widget's welcome screen. Public, and may be kept for a minute.",
            optional=(LOCALE, QUESTIONS),
            answer=dict[str, Any],
            example={
                "name": "Карьерные интересы",
                "slug": "career-interests",
                "version": 1,
                "locale": "ru",
                "locales": ["ru", "en"],
                "length": 120,
                "paid": True,
                "pause_after": 70,
            },
            refusals=(TestNotFoundError,),
        )
    )

    def set_default_headers(self) -> None:
        """Set the headers of every answer. Pages of all origins may read it."""
        super().set_default_headers()
        self.set_header("Access-Control-Allow-Origin", "*")

    async def get(self, slug: str) -> None:
        """Answer with the description of the current version."""
        inputs = await self.read_inputs()
        questions, wanted = QUESTIONS.find(inputs), LOCALE.find(inputs)
        test = await self.services.catalogue.get_current(TestSlug(slug))
        locale = test.locale_for(wanted)
        info = wire_test(test, locale)
        body = {"name": info.pop("title"), **info}
        if questions in ("true", "1"):
            encoded = self.services.questions.encode(test, locale)
            body["questions"] = encoded[: test.free_length]
        # Set only now, since caches must not store errors.
        self.set_header("Cache-Control", "public, max-age=60")
        self.write_json(body)

    head = get


ROUTES = [(r"/tests/api/v1/info/([A-Za-z0-9_-]{1,100})/?", TestInfoHandler)]
