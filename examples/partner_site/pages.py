"""The site's pages. Each shows a step of the way from a test to its result."""

import asyncio
import re
import uuid
from http import HTTPStatus

from tornado.httputil import url_concat
from tornado.web import HTTPError, authenticated

from gateway import GatewayRefusal
from memory import Attempt, SavedResult
from page import PRICES_RUB, Page


class HomePage(Page):
    """The tests on offer, and how much of each the user has answered."""

    async def get(self) -> None:
        """Show the tests; the gateway is asked about all of them at once."""
        tests = await asyncio.gather(
            *(self.gateway.test_info(test, self.language) for test in PRICES_RUB)
        )
        user = self.current_user
        attempts = list(self.memory.attempts_of(user).values()) if user else []
        progress = await asyncio.gather(*(self._answered(attempt) for attempt in attempts))
        under_way = {
            attempt.test: answered
            for attempt, answered in zip(attempts, progress, strict=True)
            if answered is not None
        }
        self.render("home.html", tests=tests, under_way=under_way)

    async def _answered(self, attempt: Attempt) -> int | None:
        try:
            known = await self.gateway.attempt(attempt.id)
        except GatewayRefusal as refusal:
            if refusal.reason != "session_not_found":
                raise
            self.memory.forget_attempt(self.user, attempt.id)
            return None
        return int(known["answered"])


class SignInPage(Page):
    """Signs in anybody with a name. The same name is the same user everywhere."""

    def get(self) -> None:
        """Ask for the name."""
        self.render("sign_in.html", next=self._next())

    def post(self) -> None:
        """Keep the name in a signed cookie."""
        name = " ".join(self.get_body_argument("name", "").split())[:60]
        if not name:
            self.redirect(url_concat("/sign-in", {"next": self._next()}))
            return
        self.set_signed_cookie("user", name, httponly=True, samesite="Lax")
        self.forget_last_visitor()
        self.redirect(self._next())

    def _next(self) -> str:
        # Only paths of this site are allowed.
        path = self.get_argument("next", "/")
        return path if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", path) else "/"


class SignOut(Page):
    """Signs the user out."""

    def post(self) -> None:
        """Forget the user, and go back to the start."""
        self.clear_cookie("user")
        self.forget_last_visitor()
        self.redirect("/")


class TestPage(Page):
    """The page with the widget."""

    @authenticated
    async def get(self, test: str) -> None:
        """Give the widget the user's attempt, whichever device began it."""
        if test not in PRICES_RUB:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(test, self.language)
        self.render("test.html", test=info, attempt=self.memory.attempts_of(self.user).get(test))


class Attempts(Page):
    """The test page reports here that a new attempt has begun."""

    @authenticated
    async def post(self) -> None:
        """Keep what is needed to continue the attempt on another device."""
        attempt_id = self.json_text("session")
        resume_token = self.json_text("resume_token")
        # A page may claim anything, so the gateway is asked which test it is.
        test = (await self.gateway.attempt(attempt_id))["test"]
        self.memory.attempts_of(self.user)[test] = Attempt(test, attempt_id, resume_token)
        self.write({"status": True})


class CheckoutPage(Page):
    """The payment for an attempt. Whoever knows its id may pay, since the page shows no answers."""

    @authenticated
    async def get(self) -> None:
        """Show what is to be paid for, or that it is paid for."""
        attempt = await self.gateway.attempt(self.get_query_argument("session"))
        if attempt["test"] not in PRICES_RUB:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(attempt["test"], self.language)
        self.render("checkout.html", attempt=attempt, test=info)

    @authenticated
    async def post(self) -> None:
        """Take the money once, and confirm the payment, however often this is repeated."""
        attempt_id = self.get_body_argument("session")
        await self.gateway.attempt(attempt_id)  # It must exist before we charge for it.
        # The payment's id is kept before the gateway is told. If that fails, the visitor presses
        # the button again and confirms the same payment.
        payment_id = self.memory.payments.setdefault(attempt_id, f"pretended-{uuid.uuid4()}")
        await self.gateway.confirm_payment(attempt_id, payment_id)
        self.redirect(url_concat("/checkout", {"session": attempt_id}))


class ResultsPage(Page):
    """The user's results."""

    @authenticated
    async def get(self) -> None:
        """List the results, newest first."""
        results = list(reversed(self.memory.results_of(self.user).values()))
        tests = sorted({result.test for result in results})
        infos = await asyncio.gather(
            *(self.gateway.test_info(test, self.language) for test in tests)
        )
        names = {info["slug"]: info["name"] for info in infos}
        self.render("results.html", results=results, names=names)

    @authenticated
    async def post(self) -> None:
        """Attach the result of a finished test to the user; the test page reports it here."""
        key = self.json_text("result_key")
        # The gateway refuses keys of other providers, and results of other users.
        await self.gateway.attach(key, self.user)
        result = await self.gateway.result(key, self.language)
        saved = SavedResult(key, result["test"], result["created_at"])
        self.memory.results_of(self.user)[key] = saved
        self.memory.forget_attempt(self.user, self.json_text("session"))
        self.write({"address": f"/results/{key}"})


class ResultPage(Page):
    """A result: the gateway's report in a frame, with links to download it."""

    @authenticated
    async def get(self, key: str) -> None:
        """Show the result, but only to its own user."""
        saved = self.memory.results_of(self.user).get(key)
        if saved is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(saved.test, self.language)
        self.render("result.html", test=info, result=saved)


class ReportPage(Page):
    """The report itself. It contains its styles, runs no scripts and loads nothing."""

    @authenticated
    async def get(self, key: str, form: str) -> None:
        """Pass on the gateway's report, under the gateway's policy, but only to its own user."""
        if key not in self.memory.results_of(self.user):
            raise HTTPError(HTTPStatus.NOT_FOUND)
        report = await self.gateway.report(key, self.language, form)
        self.set_header("Content-Type", report.headers["Content-Type"])
        policy = report.headers.get("Content-Security-Policy", "default-src 'none'")
        self.set_header("Content-Security-Policy", f"{policy}; frame-ancestors 'self'")
        if disposition := report.headers.get("Content-Disposition"):
            self.set_header("Content-Disposition", disposition)
        self.finish(report.body)


ROUTES: list[tuple[str, type[Page]]] = [
    (r"/", HomePage),
    (r"/sign-in", SignInPage),
    (r"/sign-out", SignOut),
    (r"/tests/([a-z0-9-]{1,100})", TestPage),
    (r"/attempts", Attempts),
    (r"/checkout", CheckoutPage),
    (r"/results", ResultsPage),
    (r"/results/([0-9a-f-]{36})", ResultPage),
    (r"/results/([0-9a-f-]{36})/report\.(html|pdf|svg)", ReportPage),
]
