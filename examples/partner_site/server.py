"""A partner's site on Widget Gateway, in Python. The README beside it says how to run it."""

import asyncio
import json
import os
import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.web import Application, HTTPError, RequestHandler

import widget_gateway_client as api

PAGES = Path(__file__).parents[1] / "site"
SITE, GATEWAY = os.environ["SITE_URL"], os.environ["GATEWAY_URL"]
KEY, WEBHOOK_SECRET = os.environ["GATEWAY_CLIENT_KEY"], os.environ["GATEWAY_WEBHOOK_SECRET"]
gateway = api.AsyncClient(GATEWAY, KEY)
database = sqlite3.connect(os.environ["SITE_DATABASE"], isolation_level=None)
database.row_factory = sqlite3.Row
database.executescript((PAGES / "schema.sql").read_text("utf-8"))


def read(name: str) -> str:
    text = (PAGES / name).read_text("utf-8").replace("%PROVIDER%", os.environ["GATEWAY_PROVIDER"])
    return text.replace("%GATEWAY%", GATEWAY).replace("%CHANNEL%", re.sub("^http", "ws", GATEWAY))


def rows(query: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in database.execute(query, values)]


@contextmanager
def refusals() -> Any:
    try:
        yield
    except api.GatewayError as refusal:
        raise HTTPError(refusal.code, reason=refusal.reason) from refusal
    except (api.TransportError, api.AnswerError) as fault:
        raise HTTPError(503, reason="unreachable") from fault
    except (ValueError, TypeError, AttributeError, sqlite3.Error, api.WebhookError) as fault:
        raise HTTPError(400, reason="parameter_invalid") from fault


class Site(RequestHandler):
    about = json.loads(read("site.json"))

    def set_default_headers(self) -> None:
        for name, value in self.about["headers"].items():
            self.set_header(name, value)

    def get_current_user(self) -> str | None:
        return (self.get_signed_cookie("user") or b"").decode() or None

    def own(self, view: str, column: str, value: str) -> dict[str, Any]:
        query = f"SELECT * FROM own_{view} WHERE {column} = ? AND user = ?"
        for row in rows(query, value, self.current_user):
            return row
        raise HTTPError(404, reason="session_not_found")  # also if it is another user's

    async def get(self, name: str) -> None:
        user, page = self.current_user, name if "." in name else f"{name or 'home'}.html"
        if name == "api/me":
            query = "SELECT * FROM own_{} WHERE user = ?"
            own = {what: rows(query.format(what), user) for what in self.about["lists"]}
            self.write({"user": user, "sandbox": KEY.startswith("test_"), **own})
        elif name == "report":
            asked: Any = {name: self.get_argument(name) for name in self.about["report"]}
            self.own("results", "result_key", asked["result_key"])  # So it is attached.
            with refusals():
                file = await gateway.result_get_file(**asked)
            self.set_header("Content-Type", file.media_type)
            self.set_header("Content-Security-Policy", self.about["report_policy"])
            self.write(file.content)
        elif re.fullmatch(r"[a-z-]+\.(html|css|js|json|svg)", page) and (PAGES / page).exists():
            self.set_header("Content-Type", self.about["types"][page.rpartition(".")[2]])
            self.write(read(page))
        else:
            self.set_status(404)
            self.write(read("not-found.html"))

    async def post(self, name: str) -> None:
        call = getattr(self, f"post_{name.removeprefix('api/')}", None)
        sent = [self.request.headers.get(header) for header in ("Origin", "Content-Type")]
        if call is None or (name != "webhook" and sent != [SITE, "application/json"]):
            raise HTTPError(403, reason="forbidden")  # Pages of other sites can't send both.
        if name not in ("webhook", "api/sign_in") and not self.current_user:
            raise HTTPError(401, reason="sign_in_first")
        with refusals():
            self.write(await call(**({} if name == "webhook" else json.loads(self.request.body))))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish({"reason": getattr(kwargs["exc_info"][1], "reason", None) or "fault"})

    async def post_sign_in(self, name: str) -> dict[str, Any]:
        user, secure = " ".join(name.split())[:60], SITE.startswith("https:")
        self.set_signed_cookie("user", user, httponly=True, samesite="Lax", secure=secure)
        self.set_header("Clear-Site-Data", '"storage"')  # The widget forgets the user before.
        return {"user": user}

    async def post_attempt(self, session: str, resume_token: str) -> dict[str, Any]:
        known = await gateway.session_get(session=session)  # It may be anybody's.
        kept = (known.session, self.current_user, known.test, resume_token)
        rows("INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?)", *kept)  # The first keeps it.
        self.own("attempts", "session", known.session)
        return {"answered": known.answered, "length": known.length, "paid": known.paid}

    async def post_order(self, session: str) -> dict[str, Any]:
        price = self.about["prices"][self.own("attempts", "session", session)["test"]]
        rows("INSERT OR IGNORE INTO orders (session, price) VALUES (?, ?)", session, price)
        return self.own("orders", "session", session)

    async def post_pay(self, order: str) -> dict[str, Any]:
        session = self.own("orders", "id", order)["session"]
        rows("UPDATE orders SET paid = 1 WHERE id = ?", order)  # Your payment provider says so.
        await gateway.payment_confirm(session=session, payment_id=order)
        return {"paid": True}

    async def post_finish(self, session: str) -> dict[str, Any]:
        return await self.attach(self.own("attempts", "session", session))

    async def attach(self, kept: dict[str, Any]) -> dict[str, Any]:
        key = (await gateway.session_get(session=kept["session"])).result_key
        if key is None:
            raise HTTPError(409, reason="not_finished")
        await gateway.result_attach(user_id=kept["user"], result_key=key)
        rows("INSERT OR IGNORE INTO results VALUES (?, ?, CURRENT_TIMESTAMP)", kept["session"], key)
        return {"result_key": key}

    async def post_webhook(self) -> dict[str, Any]:
        event = api.verify_webhook(WEBHOOK_SECRET, self.request.headers, self.request.body)
        session = getattr(event.data, "session", None)
        for attempt in rows("SELECT * FROM attempts WHERE session = ?", session):
            if event.type == "result.finished":  # The page may have been closed too early.
                await self.attach(attempt)
            letter = (event.id, attempt["user"], event.type, attempt["test"], event.timestamp)
            rows("INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)", *letter)
        return {}


async def main() -> None:
    application = Application([("/(.*)", Site)], cookie_secret=os.environ["SITE_SECRET"])
    application.listen(int(os.environ["PARTNER_PORT"]), "localhost", max_body_size=65_536)
    print(f"Partner site is ready at {SITE}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
