"""`…/users/`: a provider's users with their results, one user, and the reports of results.

A user's id is only ever in the query of an address, because paths are logged.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from tornado.web import HTTPError

from handlers.console.provider_page import PAGE, PROVIDER, SANDBOX, ProviderPage, path_of
from widget_gateway.domain.attempts.results import ProviderUser, Result
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import UserNotFoundError
from widget_gateway.domain.ids import ResultKey, UserId, parse_uuid
from widget_gateway.domain.partners.providers import Caller

SHOWN = 100
"""Results, and attempts, of one user that a page shows: the newest ones."""

MAX_USER_ID = 256
"""The most characters of a user's id that is looked for."""

_REPORT_POLICY = (
    "default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of reports, as the partner API's: they run no script."""


class UsersPage(ProviderPage):
    """What the pages of users share."""

    tab = "users"

    @property
    def may_see_reports(self) -> bool:
        """Whether the account may see results: of operators who may see answers, and partners."""
        return self.account.provider is not None or self.may(Permission.ANSWERS)

    def path_of_user(self, caller: Caller, user_id: UserId) -> str:
        """Return the address of a user's page."""
        world = {"world": SANDBOX} if caller.sandbox else {}
        named = urlencode({"user_id": user_id} | world)
        return f"{path_of(caller.provider.slug, 'users')}user/?{named}"

    def path_of_report(self, caller: Caller, key: ResultKey, form: str) -> str:
        """Return the address of a result's report as `html` or `pdf`."""
        world = {"world": SANDBOX} if caller.sandbox else {}
        named = urlencode({"result": str(key), "form": form} | world)
        return f"{path_of(caller.provider.slug, 'users')}report/?{named}"


class UsersHandler(UsersPage):
    """The users in the order of their registration, and the search for one of them."""

    async def get(self, provider: str) -> None:
        """Show a page of the list, or lead to the user that is looked for."""
        caller = Caller(await self.find_provider(provider), sandbox=self.is_sandbox)
        wanted = UserId(self.exact_field("user_id"))
        if wanted and await self._exists(caller, wanted):
            self.go(self.path_of_user(caller, wanted))
            return
        after = self.one_field("after")
        page = await self.services.users.list_page(
            caller, test=None, passed=None, limit=PAGE, after=after or None
        )
        self.show_page(
            "provider_users.html",
            caller.provider,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if wanted else HTTPStatus.OK,
            wanted=wanted,
            rows=[self._row(caller, user, results) for user, results in page.users],
            next_url=page.next and self.here(after=page.next),
            first_url=self.here() if after else None,
        )

    async def _exists(self, caller: Caller, user_id: UserId) -> bool:
        if len(user_id) > MAX_USER_ID:
            return False
        try:
            await self.services.provider_users.get(caller, user_id, 1)
        except UserNotFoundError:
            return False
        return True

    def _row(
        self, caller: Caller, user: ProviderUser, results: list[Result]
    ) -> tuple[ProviderUser, str, list[Result]]:
        return user, self.path_of_user(caller, user.user_id), results


class UserHandler(UsersPage):
    """One user: the access, the results with their reports, and the attempts."""

    async def get(self, provider: str) -> None:
        """Show the user."""
        caller = Caller(await self.find_provider(provider), sandbox=self.is_sandbox)
        user_id = UserId(self.exact_field("user_id"))
        if not user_id or len(user_id) > MAX_USER_ID:
            raise UserNotFoundError
        card = await self.services.provider_users.get(caller, user_id, SHOWN)
        self.show_page(
            "provider_user.html",
            caller.provider,
            has_worlds=False,
            card=card,
            shown=SHOWN,
            may_see_reports=self.may_see_reports,
            may_erase=self.may(Permission.PRIVACY),
            report_of=lambda key, form: self.path_of_report(caller, key, form),
        )


class ReportHandler(UsersPage):
    """The report of a result, made by what makes the partner API's. Each look is noted."""

    async def get(self, provider: str) -> None:
        """Answer with the report as a page, or as PDF."""
        if not self.may_see_reports:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        caller = Caller(await self.find_provider(provider), sandbox=self.is_sandbox)
        parsed = parse_uuid(self.one_field("result"))
        if parsed is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        key, form = ResultKey(parsed), "pdf" if self.one_field("form") == "pdf" else "html"
        users = self.services.provider_users
        found = await users.read_result(caller, key)
        subject = f"user {users.pseudonym_of(caller, found.user_id)}"
        answered = found.answered
        async with self.acting(Deed.ANSWERS_LOOK, subject, provider=caller.provider.slug) as entry:
            body = await self.services.reports.get(
                key, answered, answered.locale, form, caller.provider.slug
            )
            entry.after = {"test": answered.test.slug, "report": form}
        if form == "pdf":
            self.file(f"{answered.test.slug}-{key}.pdf", "application/pdf", body)
            return
        self.set_header("Content-Security-Policy", _REPORT_POLICY)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(body)


ROUTES = [
    (rf"{PROVIDER}users/", UsersHandler),
    (rf"{PROVIDER}users/user/", UserHandler),
    (rf"{PROVIDER}users/report/", ReportHandler),
]
