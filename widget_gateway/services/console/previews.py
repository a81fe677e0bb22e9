"""Previews: a draft or a stored version of a test in the real widget, for the one who looks at it.

The test is stored under a slug of its own that nobody can guess or register, and belongs to the
provider of previews, which is not stored: so it is in no list, count, overview or invoice. Attempts
begin with access tokens that only `issue_token` makes. All of it is gone after a day or two.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultStore
from storage.catalogue.hidden_tests import HiddenTest, HiddenTestStore
from storage.partners.access_tokens import AccessTokenStore, TokenGrant
from widget_gateway.domain.catalogue.simulated_answers import simulated_sheet
from widget_gateway.domain.catalogue.tests import HIDDEN_MARK, AccessMode, TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    PreviewNotFoundError,
    ResultNotFoundError,
)
from widget_gateway.domain.ids import (
    AccessToken,
    AccountId,
    AttemptId,
    ResultKey,
    TestSlug,
    UserId,
)
from widget_gateway.domain.partners.providers import PREVIEW_LIFETIME, PREVIEW_SLUG
from widget_gateway.services.attempts.results import AnsweredTest
from widget_gateway.services.catalogue.catalogue import Catalogue

SLUG_BYTES = 16
"""Random bytes in the slug of a hidden test: nobody guesses it."""

KEPT_LONGER = timedelta(days=2)
"""How much longer than a preview its test is stored, since results that are still there need it."""


class TestPreviews:
    """Begins previews, and does in them what a partner's server does otherwise."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        hidden: HiddenTestStore,
        catalogue: Catalogue,
        tokens: AccessTokenStore,
        attempts: AttemptStore,
        results: ResultStore,
        clock: Clock,
    ) -> None:
        self._hidden = hidden
        self._catalogue = catalogue
        self._tokens = tokens
        self._attempts = attempts
        self._results = results
        self._clock = clock

    async def begin(
        self, document: Mapping[str, Any], source: str, owner: AccountId, origin: str
    ) -> TestSlug:
        """Store a checked document as a hidden test that `owner` may look at; returns its slug.

        `origin` is that of the page which shows the widget. A test for calculation only is shown
        as a free one, since the widget does not open it otherwise.
        """
        now = self._clock()
        slug = TestSlug(HIDDEN_MARK + secrets.token_hex(SLUG_BYTES))
        look = HiddenTest(
            slug=slug,
            source=source,
            owner=str(owner),
            origin=origin,
            expires_at=now + PREVIEW_LIFETIME,
        )
        await self._hidden.add(look, for_visitors(document), look.expires_at + KEPT_LONGER)
        return slug

    async def get(self, slug: TestSlug, owner: AccountId) -> tuple[HiddenTest, TestDefinition]:
        """Return a preview of this account, and its test.

        Raises:
            PreviewNotFoundError: there is none, it has ended, or it is another account's.
        """
        look = await self._hidden.find_look(slug, self._clock())
        if look is None or look.owner != str(owner):
            raise PreviewNotFoundError
        return look, await self._catalogue.get_hidden(slug)

    async def issue_token(self, slug: TestSlug) -> AccessToken:
        """Return a token with which the widget begins another attempt of the preview."""
        token = AccessToken(uuid4())
        grant = TokenGrant(
            provider=PREVIEW_SLUG, sandbox=True, user_id=UserId(slug), test=slug, paid=False
        )
        await self._tokens.add(token, grant, self._clock() + PREVIEW_LIFETIME)
        return token

    async def confirm_payment(self, slug: TestSlug, attempt_id: AttemptId) -> None:
        """Mark an attempt of the preview as paid. A repeat changes nothing.

        Raises:
            AttemptNotFoundError: the preview has no such attempt.
        """
        attempt = await self._attempts.find(attempt_id)
        if attempt is None or attempt.test != slug:
            raise AttemptNotFoundError
        now = self._clock()
        await self._attempts.confirm_payment(
            attempt_id,
            PREVIEW_SLUG,
            "preview",
            sandbox=True,
            now=now,
            expires_at=now + PREVIEW_LIFETIME,
        )

    async def read_result(self, slug: TestSlug, key: ResultKey) -> AnsweredTest:
        """Return the answers of a finished attempt of the preview.

        Raises:
            ResultNotFoundError: the preview has no such result.
        """
        result = await self._results.find(key)
        if result is None or result.test != slug:
            raise ResultNotFoundError
        test = await self._catalogue.get_hidden(slug)
        return AnsweredTest(
            test,
            dict(result.answers),
            result.created_at,
            result.locale,
            sandbox=True,
            seed=result.seed,
        )

    async def simulate(self, slug: TestSlug, seed: str) -> AnsweredTest:
        """Return simulated answers to the test of a preview, the same ones for a seed."""
        test = await self._catalogue.get_hidden(slug)
        sheet = simulated_sheet(test, seed)
        return AnsweredTest(test, sheet, self._clock(), test.locales[0], sandbox=True)


def for_visitors(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition that the widget opens: a test for calculation only becomes free."""
    if document.get("access") != AccessMode.CALCULATION:
        return dict(document)
    return {**document, "access": AccessMode.FREE.value}
