"""A partner's users, their results, and the tests that they may still take."""

from dataclasses import dataclass

from storage.attempts.results import ResultStore
from storage.partners.users import InvalidCursorError, UserStore
from widget_gateway.domain.attempts.results import ProviderUser, Result
from widget_gateway.domain.catalogue.tests import AccessMode
from widget_gateway.domain.errors import CursorInvalidError, UserNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Caller, TestKind, results_allowed
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService, UserReference


@dataclass(frozen=True, slots=True)
class UserPage:
    """Users with their results. `next` is the cursor of the next page, or None on the last one."""

    users: list[tuple[ProviderUser, list[Result]]]
    next: str | None


class UserService:
    """Lists users and what they have taken."""

    def __init__(
        self,
        *,
        users: UserStore,
        results: ResultStore,
        accesses: AccessService,
        catalogue: Catalogue,
    ) -> None:
        self._users = users
        self._results = results

        self._accesses = accesses
        self._catalogue = catalogue

    async def list_page(
        self,
        caller: Caller,
        *,
        test: TestSlug | None,
        passed: bool | None,
        limit: int,
        after: str | None,
    ) -> UserPage:
        """Return at most `limit` users with their results, after the cursor `after`.

        `passed` selects users with (true) or without (false) a result: of `test` if it is not None,
        else of any test. A `test` alone selects users with a result of it.

        Raises:
            TestNotFoundError: there is no such test.
            CursorInvalidError: `after` is not the `next` of a page.
        """
        if test is not None:
            await self._catalogue.get_state(test)  # A withdrawn test has users, too.
        if test is not None and passed is None:
            passed = True
        try:
            users, following = await self._users.list_page(
                caller, test=test, passed=passed, limit=limit, after=after
            )
        except InvalidCursorError:
            raise CursorInvalidError from None
        held = await self._results.find_of_users(caller, [user.user_id for user in users])
        return UserPage([(user, held.get(user.user_id, [])) for user in users], following)

    async def tests_of(
        self, caller: Caller, reference: UserReference
    ) -> tuple[list[Result], list[TestSlug]]:
        """Return the user's results, and the tests that its policy still allows, sorted by slug.

        Raises:
            UserNotFoundError: there is no such user. This call registers nobody.
            UserNotNamedError, UsersDifferError: see `AccessService.resolve`.
        """
        user_id = await self._accesses.resolve(caller, reference)
        user = await self._users.find(caller, user_id)
        if user is None:
            raise UserNotFoundError
        held = await self._results.find_of_users(caller, [user_id])
        return held.get(user_id, []), [
            test.slug
            for test in await self._catalogue.list_all()
            if test.access is not AccessMode.CALCULATION and _may_pass(caller, user, test.slug)
        ]


def _may_pass(caller: Caller, user: ProviderUser, test: TestSlug) -> bool:
    kind = caller.provider.kind_of(test)
    allowed = results_allowed(caller.provider.test_policy, kind)
    if allowed is None:
        return True
    held = {TestKind.MAIN: user.main, TestKind.BONUS: user.bonus}.get(kind, 0)
    return held < allowed
