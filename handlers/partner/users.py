"""`user/register`, `users` and `user/tests`: a partner's users and their results."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from handlers.contract.operations import Moment, Operation, Operations
from handlers.contract.parameters import Flag, Integer, Text
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.parameters import CALLER, TEST, USER
from widget_gateway.domain.attempts.results import ProviderUser, Result
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import (
    AccessLimitReachedError,
    TestNotFoundError,
    UserNotFoundError,
)
from widget_gateway.domain.partners.providers import Caller

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
MAX_CURSOR = 1_500
"""The most characters of a cursor: the longest user id, of four bytes a character, in Base64, and a
time."""

PASSED = Flag("passed", "Those who have (1), or have not (0), a result; of `test`, if given.")
LIMIT = Integer(
    "limit", f"Users a page ({DEFAULT_LIMIT}).", least=1, most=MAX_LIMIT, example=DEFAULT_LIMIT
)
AFTER = Text("after", "The `next` of the page before.", most=MAX_CURSOR)


class RegisteredUser(Marked):
    """`user/register`'s answer."""

    user_key: UUID


class ResultOfUser(Marked):
    """A result, as lists name it."""

    result_key: UUID
    test: str
    created_at: Moment


class ListedUser(Marked):
    """A user with the results that it holds."""

    user_id: str
    user_key: UUID
    created_at: Moment
    results: list[ResultOfUser]


class UserList(Marked):
    """A page of users."""

    users: list[ListedUser]
    next: Annotated[str | None, Meta(description="`after` of the page that follows; or null.")]


class TestsOfUser(Marked):
    """`user/tests`' answer."""

    __test__ = False  # an answer, not a test case for pytest

    passed: list[ResultOfUser]
    available: Annotated[list[str], Meta(description="Slugs that the policy still allows.")]


class UserRegisterHandler(PartnerHandler):
    """Register a user. A user that is known keeps its key and costs nothing."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Register a user",
            writes=True,
            about="Issues one access to a new user. A repeat returns the same key and costs "
            "nothing.",
            optional=(*CALLER, *USER),
            one_of=USER,
            answer=RegisteredUser,
            example={"user_key": "92f50432-dd78-4f57-b407-6bb273c78f62"},
            refusals=(UserNotFoundError, AccessLimitReachedError),
        )
    )

    async def call(self) -> RegisteredUser:
        """Answer with the key of the user."""
        user = await self.services.accesses.register(self.caller, self.get_user())
        return RegisteredUser(user_key=user.key, sandbox=self.caller.sandbox)


class UsersHandler(PartnerHandler):
    """List users by pages, in the order in which they were registered."""

    lists_users = True

    operations = Operations.by_get_and_post(
        Operation(
            summary="List users and their results",
            about="Oldest first. A `test` without `passed` means those who have passed it.",
            optional=(*CALLER, TEST, PASSED, LIMIT, AFTER),
            answer=UserList,
            example={
                "users": [
                    {
                        "user_id": "student-17",
                        "user_key": "92f50432-dd78-4f57-b407-6bb273c78f62",
                        "created_at": "2026-05-04T12:30:00.000Z",
                        "results": [
                            {
                                "result_key": "0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10",
                                "test": "career-interests",
                                "created_at": "2026-05-04T12:55:00.000Z",
                            }
                        ],
                    }
                ],
                "next": None,
            },
            refusals=(TestNotFoundError,),
        )
    )

    async def call(self) -> UserList:
        """Answer with a page and the cursor of the next."""
        page = await self.services.users.list_page(
            self.caller,
            test=TEST.find(self.inputs),
            passed=PASSED.find(self.inputs),
            limit=LIMIT.find(self.inputs) or DEFAULT_LIMIT,
            after=AFTER.find(self.inputs),
        )
        return UserList(
            users=[_user(user, results) for user, results in page.users],
            next=page.next,
            sandbox=self.caller.sandbox,
        )


class UserTestsHandler(PartnerHandler):
    """List what a user has passed and may still pass. A `user_key` needs no key of the provider."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="What a user has passed and may still pass",
            key_optional=True,
            about="A `user_key` alone will do. Asking registers nobody.",
            optional=(*CALLER, *USER),
            one_of=USER,
            answer=TestsOfUser,
            example={
                "passed": [
                    {
                        "result_key": "0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10",
                        "test": "career-interests",
                        "created_at": "2026-05-04T12:55:00.000Z",
                    }
                ],
                "available": ["work-values"],
            },
            refusals=(UserNotFoundError,),
        )
    )

    async def identify(self) -> Caller | None:
        """Find the caller by its key, or by the user's key alone."""
        return await self.identify_by_user_key()

    async def call(self) -> TestsOfUser:
        """Answer with the results and the tests that the policy still allows."""
        passed, available = await self.services.users.tests_of(self.caller, self.get_user())
        return TestsOfUser(
            passed=[_result(result) for result in passed],
            available=list(available),
            sandbox=self.caller.sandbox,
        )


def _user(user: ProviderUser, results: list[Result]) -> ListedUser:
    return ListedUser(
        user_id=user.user_id,
        user_key=user.key,
        created_at=iso(user.created_at),
        results=[_result(result) for result in results],
        sandbox=user.sandbox,
    )


def _result(result: Result) -> ResultOfUser:
    return ResultOfUser(
        result_key=result.key,
        test=result.test,
        created_at=iso(result.created_at),
        sandbox=result.sandbox,
    )


ROUTES = [
    ("user/register", UserRegisterHandler),
    ("users", UsersHandler),
    ("user/tests", UserTestsHandler),
]
