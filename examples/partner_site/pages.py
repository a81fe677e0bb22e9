"""The site's pages. Each of them shows one step of the way from a test to its result."""

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
    """The tests on offer, and how far the user has come with each."""

    async def get(self) -> None:
        """Ask for all of it at once."""
        tests = await asyncio.gather(
            *(self.gateway.test_info(test, self.language) for test in PRICES_RUB)
        )
        user = self.current_user
        attempts = list(self.memory.attempts_of(user).values()) if user else []
        progress = await asyncio.gather(*(self._answered(one) for one in attempts))
        under_way = {
            attempt.test: answered
            for attempt, answered in zip(attempts, progress, strict=True)
            if answered is not None
        }
        self.render("home.html", tests=tests, under_way=under_way)

    async def _answered(self, attempt: Attempt) -> int | None:
        try:
            session = await self.gateway.session(attempt.session)
        except GatewayRefusal as refusal:
            if refusal.reason != "session_not_found":
                raise
            self.memory.forget_session(self.user, attempt.session)
            return None
        return int(session["answered"])


class SignInPage(Page):
    """Pretends to know people: a name is enough. The same name is the same user everywhere."""

    def get(self) -> None:
        """Ask for the name."""
        self.render("sign_in.html", next=self._next())

    def post(self) -> None:
        """Keep it in a signed cookie."""
        name = " ".join(self.get_body_argument("name", "").split())[:60]
        if not name:
            self.redirect(url_concat("/sign-in", {"next": self._next()}))
            return
        self.set_signed_cookie("user", name, httponly=True, samesite="Lax")
        self.forget_last_visitor()
        self.redirect(self._next())

    def _next(self) -> str:
        # Never to another site.
        given = self.get_argument("next", "/")
        return given if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", given) else "/"


class SignOut(Page):
    """Forgets who is here."""

    def post(self) -> None:
        """Back to the start."""
        self.clear_cookie("user")
        self.forget_last_visitor()
        self.redirect("/")


class TestPage(Page):
    """The page with the widget."""

    @authenticated
    async def get(self, test: str) -> None:
        """Hand the widget the user's attempt, whichever of his devices began it."""
        if test not in PRICES_RUB:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(test, self.language)
        self.render("test.html", test=info, attempt=self.memory.attempts_of(self.user).get(test))


class Attempts(Page):
    """Told by the test page that a new attempt has begun."""

    @authenticated
    async def post(self) -> None:
        """Keep what it takes to continue elsewhere."""
        session = self.json_text("session")
        resume_token = self.json_text("resume_token")
        # What a page says is a claim; the gateway knows.
        test = (await self.gateway.session(session))["test"]
        self.memory.attempts_of(self.user)[test] = Attempt(test, session, resume_token)
        self.write({"status": True})


class CheckoutPage(Page):
    """Pays for the rest of a test. Who knows its session may pay: it reveals no answer."""

    @authenticated
    async def get(self) -> None:
        """Show what is bought, or that it is paid."""
        session = await self.gateway.session(self.get_query_argument("session"))
        if session["test"] not in PRICES_RUB:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(session["test"], self.language)
        self.render("checkout.html", session=session, test=info)

    @authenticated
    async def post(self) -> None:
        """Take the money once, and tell the gateway as often as it takes."""
        session = self.get_body_argument("session")
        await self.gateway.session(session)  # refuses what does not exist before we charge for it
        # Kept before the gateway hears of it: should that fail, the visitor presses the button
        # again, and confirms the same payment.
        payment_id = self.memory.payments.setdefault(session, f"pretended-{uuid.uuid4()}")
        await self.gateway.confirm_payment(session, payment_id)
        self.redirect(url_concat("/checkout", {"session": session}))


class ResultsPage(Page):
    """The user's results."""

    @authenticated
    async def get(self) -> None:
        """List them, the newest first."""
        results = list(reversed(self.memory.results_of(self.user).values()))
        used = sorted({result.test for result in results})
        infos = await asyncio.gather(*(self.gateway.test_info(one, self.language) for one in used))
        names = {info["slug"]: info["name"] for info in infos}
        self.render("results.html", results=results, names=names)

    @authenticated
    async def post(self) -> None:
        """Told by the test page that a test is finished: make the result the user's."""
        key = self.json_text("result_key")
        # The gateway refuses a key that is not ours, or is someone else's.
        await self.gateway.attach(key, self.user)
        result = await self.gateway.result(key, self.language)
        saved = SavedResult(key, result["test"], result["created_at"])
        self.memory.results_of(self.user)[key] = saved
        self.memory.forget_session(self.user, self.json_text("session"))
        self.write({"address": f"/results/{key}"})


class ResultPage(Page):
    """One result: the gateway's report in a frame, and to keep."""

    @authenticated
    async def get(self, key: str) -> None:
        """Show it to the user whose it is, and to nobody else."""
        saved = self.memory.results_of(self.user).get(key)
        if saved is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        info = await self.gateway.test_info(saved.test, self.language)
        self.render("result.html", test=info, result=saved)


class ReportPage(Page):
    """The report itself. It brings its styles, runs nothing and fetches nothing."""

    @authenticated
    async def get(self, key: str, form: str) -> None:
        """Pass on what the gateway wrote, under the gateway's policy, to the user whose it is."""
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
