"""`user/register`, `users` and `user/tests`: a partner's users and what they hold."""

from typing import Any

from handlers.partner.base import PartnerHandler, sandbox_mark
from widget_gateway.domain.clock import iso
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.results import ProviderUser, Result

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
MAX_CURSOR = 1_500
"""Characters: the longest user id in Base64, four bytes a character, and a time."""


class UserRegisterHandler(PartnerHandler):
    """Register a user; one that is known costs nothing and keeps its key."""

    async def call(self) -> None:
        """Answer with the USER_KEY."""
        user = await self.services.accesses.register(self.caller, self.get_user())
        self.write_marked({"user_key": user.key})


class UsersHandler(PartnerHandler):
    """List users, a page at a time, in the order in which they were registered."""

    async def call(self) -> None:
        """Answer with a page and the cursor of the next."""
        limit = self.parameters.find_integer("limit", least=1, most=MAX_LIMIT)
        test = self.parameters.find_text("test")
        page = await self.services.users.list_page(
            self.caller,
            test=TestSlug(test) if test is not None else None,
            passed=self.parameters.find_flag("passed"),
            limit=limit or DEFAULT_LIMIT,
            after=self.parameters.find_text("after", most=MAX_CURSOR),
        )
        users = [_user(user, results) for user, results in page.users]
        self.write_marked({"users": users, "next": page.next})


class UserTestsHandler(PartnerHandler):
    """What a user has passed and may still pass; a `user_key` alone will do."""

    async def authenticate(self) -> None:
        """By the client key, or by the user's key alone."""
        await self.authenticate_by_user_key()

    async def call(self) -> None:
        """Answer with the results and the tests that the policy still allows."""
        passed, available = await self.services.users.tests_of(self.caller, self.get_user())
        self.write_marked({"passed": [_result(one) for one in passed], "available": available})


def _user(user: ProviderUser, results: list[Result]) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "user_key": user.key,
        "created_at": iso(user.created_at),
        "results": [_result(one) for one in results],
        **sandbox_mark(user.sandbox),
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "result_key": result.key,
        "test": result.test,
        "created_at": iso(result.created_at),
        **sandbox_mark(result.sandbox),
    }


ROUTES = [
    ("user/register", UserRegisterHandler),
    ("users", UsersHandler),
    ("user/tests", UserTestsHandler),
]
