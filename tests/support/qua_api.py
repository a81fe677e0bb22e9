"""Users of QUA, and their calls over HTTP."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient

from tests.support.partner_api import Answer, PartnerApi
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.users import QuaUserService

PASSWORD = "secret_password"


def response_of(answer: Answer) -> Any:
    """Return the response of a successful call; its envelope is checked."""
    assert answer.status == 200, answer.body
    assert set(answer.body) == {"ok", "response"}
    assert answer.body["ok"] == 1
    return answer.body["response"]


def refusal_of(answer: Answer) -> tuple[int, str]:
    """Return status and message of a refused call; its envelope is checked."""
    assert set(answer.body) == {"ok", "error"}, answer.body
    assert answer.body["ok"] == 0
    assert set(answer.body["error"]) == {"error_code", "error_msg"}
    assert answer.body["error"]["error_code"] == answer.status
    return answer.status, answer.body["error"]["error_msg"]


class QuaClient(PartnerApi):
    """A client of QUA, which sends its token if it has one."""

    token: str | None = None
    user: User

    async def call(
        self, method: str, path: str, payload: Any = None, *, form: bool = False, **headers: str
    ) -> Answer:
        """Call a path below `/api/`, or a whole path, with the payload as JSON or as a form."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"JWT {self.token}")
        body: str | None = None
        if payload is not None:
            kind = "application/x-www-form-urlencoded" if form else "application/json"
            sent.setdefault("Content-Type", kind)
            body = urlencode(payload) if form else json.dumps(payload)
        return await self.fetch(
            quote(path if path.startswith("/") else f"/api/{path}", safe="/?&=%:+"),
            method=method,
            body=body,
            headers=sent,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )

    async def read(self, path: str, **parameters: object) -> Any:
        """GET with parameters; return the response, which has to be a success."""
        return response_of(await self.find(path, **parameters))

    async def find(self, path: str, **parameters: object) -> Answer:
        """GET with parameters; return the answer, which may be a refusal."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return await self.call("GET", path + query)

    async def ask(self, title: str = "Привет тебе друг", **fields: Any) -> Any:
        """Ask a new question; return it."""
        return response_of(await self.call("POST", "questions", {"title": title} | fields))

    async def change(self, question: int, **fields: Any) -> Any:
        """Change a question; return it."""
        return response_of(await self.call("PUT", f"questions/{question}", fields))

    async def add(
        self, url: str = "https://en.wikipedia.org/wiki/Friendship", **fields: Any
    ) -> Any:
        """Add an external resource; return it."""
        return response_of(await self.call("POST", "external_resources", {"url": url} | fields))

    async def search(self, query: str, **parameters: object) -> Any:
        """Search; return the response."""
        return await self.read("search", query=query, **parameters)

    async def sign_in(self, username: str, password: str = PASSWORD, **headers: str) -> Answer:
        """Ask for a token."""
        body = {"username": username, "password": password}
        return await self.call("POST", "auth", body, **headers)


class Qua(QuaClient):
    """A client without a token, which makes the users of a test."""

    def __init__(self, client: AsyncHTTPClient, url: str, users: QuaUserService) -> None:
        super().__init__(client, url)
        self.users = users

    async def join(self, username: str = "nsapunov", *, editor: bool = False) -> QuaClient:
        """Make a user who is signed in."""
        made = QuaClient(self._client, self.url)
        made.user = await self.users.create(
            username, PASSWORD, first_name="", last_name="", editor=editor
        )
        made.token = response_of(await self.sign_in(username))["token"]
        return made

    def showing(self, token: str) -> QuaClient:
        """Make a client that sends this token."""
        shown = QuaClient(self._client, self.url)
        shown.token = token
        return shown
