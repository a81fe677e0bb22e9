"""A browser without scripts, which uses the console's pages and forms over HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin

import pyotp
from lxml import html
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httputil import HTTPHeaders

from widget_gateway.composition.application import Backend
from widget_gateway.domain.console.accounts import Account
from widget_gateway.domain.console.roles import NEEDS_SECOND_FACTOR, Role
from widget_gateway.domain.ids import ProviderSlug

PASSWORD = "correct horse battery staple"

BOUNDARY = "a-boundary-that-no-file-has"


@dataclass(frozen=True)
class Page:
    """An answer of the console: the status, the headers, the page and its tree."""

    status: int
    headers: HTTPHeaders
    body: bytes

    @property
    def tree(self) -> html.HtmlElement:
        """The page as a tree."""
        return html.document_fromstring(self.body.decode())

    @property
    def text(self) -> str:
        """All text of the page, with single spaces."""
        return re.sub(r"\s+", " ", str(self.tree.text_content())).strip()

    @property
    def main(self) -> str:
        """The text of the page without its head."""
        return re.sub(
            r"\s+", " ", str(self.tree.get_element_by_id("content").text_content())
        ).strip()

    @property
    def location(self) -> str:
        """Where the browser is led to."""
        return self.headers.get("Location", "")

    @property
    def faults(self) -> dict[str, str]:
        """The faults that stand beside the fields of a form, by the field's name."""
        return {
            element.get("id").removesuffix("-fault"): str(element.text_content()).strip()
            for element in self.tree.xpath("//*[contains(@class, 'fault') and @id]")
        }


class ConsoleClient:
    """A browser at the console. It keeps cookies, and sends forms with the token of their page."""

    def __init__(self, client: AsyncHTTPClient, url: str, *, language: str = "en") -> None:
        self._client = client
        self.url = url
        self.origin = url
        self.cookies: dict[str, str] = {}
        self.language = language
        self.account: Account | None = None

    async def get(self, path: str, **query: object) -> Page:
        """Open a page; redirects are not followed."""
        return await self.fetch(f"{path}?{urlencode(query, doseq=True)}" if query else path)

    async def follow(self, page: Page) -> Page:
        """Open the page that the answer leads to."""
        return await self.get(page.location)

    async def token(self, path: str) -> str:
        """Return the token of the forms of a page."""
        page = await self.get(path)
        return str(page.tree.xpath("//input[@name='csrf']/@value")[0])

    async def post(self, path: str, page: str | None = None, **fields: object) -> Page:
        """Send a form to `path`, with the token of `page`, by default that of the same address."""
        fields = {"csrf": await self.token(page or path)} | fields
        return await self.send(path, fields)

    async def send(self, path: str, fields: Mapping[str, object], **headers: str) -> Page:
        """Send a form exactly as it is given."""
        head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        body = urlencode(fields, doseq=True)
        return await self.fetch(path, method="POST", body=body, headers=head | headers)

    async def upload(
        self,
        path: str,
        files: Mapping[str, tuple[str, bytes]],
        page: str | None = None,
        **fields: str,
    ) -> Page:
        """Send a form with files, each with its name and its content."""
        fields = {"csrf": await self.token(page or path)} | fields
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            for name, value in fields.items()
        ]
        parts += [
            f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            for name, (filename, content) in files.items()
        ]
        delimiter = f"--{BOUNDARY}"
        body = b"".join(f"{delimiter}\r\n".encode() + part + b"\r\n" for part in parts)
        return await self.fetch(
            path,
            method="POST",
            body=body + f"{delimiter}--\r\n".encode(),
            headers={
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                "Origin": self.origin,
            },
        )

    async def fetch(self, path: str, **request: Any) -> Page:
        """Make any request with the cookies of this browser, and keep those of the answer."""
        headers = {"Accept-Language": self.language} | request.pop("headers", {})
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": "; ".join(pairs)} | headers
        answer = await self._client.fetch(
            urljoin(self.url, path),
            raise_error=False,
            follow_redirects=False,
            headers=headers,
            **request,
        )
        self._keep_cookies(answer)
        return Page(answer.code, answer.headers, answer.body)

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for line in answer.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


class Console:
    """The console of a gateway, with accounts that a test makes."""

    def __init__(self, backend: Backend, client: AsyncHTTPClient, url: str) -> None:
        self._backend = backend
        self._client = client
        self.url = url
        self._made = 0

    def browser(self, url: str | None = None, *, language: str = "en") -> ConsoleClient:
        """Open a browser that is not signed in."""
        return ConsoleClient(self._client, url or self.url, language=language)

    async def make_account(
        self, role: str, provider: str | None = None, login: str | None = None
    ) -> tuple[Account, str | None]:
        """Make an account; return it with its TOTP secret, which admins have."""
        self._made += 1
        accounts = self._backend.console.accounts
        account = await accounts.create(
            login=login or f"{role}{self._made}@example.org",
            name=f"{role.title()} {self._made}",
            role=Role(role),
            provider=None if provider is None else ProviderSlug(provider),
            password=PASSWORD,
            locale=None,
        )
        if account.role not in NEEDS_SECOND_FACTOR:
            return account, None
        secret = await self._backend.console.second_factors.give_totp(account.id)
        return await accounts.get(account.id), secret

    async def sign_in(
        self,
        role: str,
        provider: str | None = None,
        *,
        login: str | None = None,
        url: str | None = None,
        language: str = "en",
    ) -> ConsoleClient:
        """Make an account of the role, and sign it in as a person does."""
        account, secret = await self.make_account(role, provider, login)
        browser = self.browser(url, language=language)
        page = await browser.post("/console/sign-in/", login=account.login, password=PASSWORD)
        assert page.status == 303, page.body
        if secret is not None:
            code = pyotp.TOTP(secret).now()
            page = await browser.post("/console/second-factor/", code=code)
            assert page.status == 303, page.body
        browser.account = account
        return browser
