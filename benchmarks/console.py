"""The benchmark of the console: `make bench-console`, or `python benchmarks/console.py --help`.

It fills a database, signs in, and asks for each page of PAGES by turns with a bare server that
writes the same rows. docs/performance.md explains the numbers.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from console_data import LARGE, TEST, ConsoleData
from lxml import html
from partner_data import open_databases
from quiet import Quiet
from servers import BUNDLED, HERE, Server, prepare, start_server, with_settings
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from storage.embedded import EmbeddedMongod
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.console.roles import Role
from widget_gateway.settings import Settings

GOAL_MS = 100.0
"""The goal: the median time of each page, in milliseconds."""

WARM_UP = 3
"""Calls of each page that are not measured."""

PAGES: tuple[tuple[str, str], ...] = (
    ("overview", "/console/"),
    ("providers", "/console/providers/"),
    ("one provider", f"/console/providers/{LARGE}/"),
    ("its users", f"/console/providers/{LARGE}/users/"),
    ("its webhooks", f"/console/providers/{LARGE}/webhooks/"),
    ("its calls", f"/console/providers/{LARGE}/calls/"),
    ("its invoices", f"/console/providers/{LARGE}/invoices/"),
    ("tests", "/console/tests/"),
    ("one test", f"/console/tests/test/{TEST}/"),
    ("attempts", "/console/attempts/"),
    ("portal people", "/console/people/"),
    ("QUA", "/console/qua/"),
    ("audit trail", "/console/trail/"),
    ("account", "/console/account/"),
)
"""The pages that are measured: their names and addresses. A new page gets a line here."""

LOGIN, PASSWORD = "bench@example.org", "a password of the benchmark"

_FORM_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """Keeps the cookies of the console."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._cookies: dict[str, str] = {}
        self._client = AsyncHTTPClient(force_instance=True)

    async def sign_in(self) -> None:
        """Sign in by login and password."""
        page = (await self.ask("/console/sign-in/")).body.decode()
        found = _FORM_TOKEN.search(page)
        assert found, page
        form = urlencode({"csrf": found[1], "login": LOGIN, "password": PASSWORD})
        answer = await self.ask("/console/sign-in/", form)
        assert answer.code == 303, answer.body

    async def ask(self, path: str, form: str | None = None) -> HTTPResponse:
        """Ask for a page, or send a form; redirects are not followed."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = await self._client.fetch(
            self._url + path,
            method="GET" if form is None else "POST",
            body=form,
            headers={
                "Cookie": cookie,
                "Origin": self._url,
                "Content-Type": "application/x-www-form-urlencoded",
            },
            follow_redirects=False,
            raise_error=False,
            request_timeout=60,
        )
        for line in answer.headers.get_list("Set-Cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    async def time(self, path: str) -> float:
        """Ask for a page, and return the milliseconds until all of it was there."""
        began = time.perf_counter()
        answer = await self.ask(path)
        took = (time.perf_counter() - began) * 1000
        if answer.code != 200:
            raise HTTPClientError(answer.code, path)
        return took


@dataclass(frozen=True)
class Timed:
    """The times of a page and of the bare server, in milliseconds."""

    name: str
    rows: int
    page: Sequence[float]
    bare: Sequence[float]

    def __str__(self) -> str:
        """Write a line of the table."""
        page, bare = median(self.page), median(self.bare)
        last = sorted(self.page)[int(len(self.page) * 0.95)]
        return (
            f"  {self.name:16}{self.rows:>6}{page:>9.1f}{last:>9.1f}{bare:>9.1f}{page / bare:>8.1f}"
        )


def rows_of(page: bytes) -> list[list[str]]:
    """Return the texts of the page's tables and facts, row by row."""
    tree = html.document_fromstring(page)
    found = [[cell.text_content().strip() for cell in row] for row in tree.iter("tr")]
    return found + [[fact.text_content().strip()] for fact in tree.iter("dd", "li")]


async def make_account(settings: Settings) -> None:
    """Make an account that may look at everything, and needs no second factor."""
    async with open_backend(settings) as backend:
        await backend.console.accounts.create(
            login=LOGIN,
            name="Benchmark",
            role=Role.SUPPORT,
            provider=None,
            password=PASSWORD,
            locale=None,
        )


async def measure(gateway: Server, directory: Path, quiet: Quiet, rounds: int) -> Iterator[Timed]:
    """Time each page by turns with the bare server. Pages that are not there are told."""
    browser = Browser(gateway.port)
    await browser.sign_in()
    rows: dict[str, list[list[str]]] = {}
    for name, path in PAGES:
        answer = await browser.ask(path)
        if answer.code == 200:
            rows[path] = rows_of(answer.body)
        else:
            print(f"  {name}: not measured, {path} answers {answer.code}", flush=True)
    file = directory / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    command = [sys.executable, str(HERE / "bare_console_server.py"), str(file)]
    timed = []
    with start_server("b", "bare", command, with_settings()) as bare:
        plain = Browser(bare.port)
        quiet.wait()
        for name, path in PAGES:
            if path not in rows:
                continue
            for _ in range(WARM_UP):
                await browser.time(path)
                await plain.time(urlsplit(path).path)
            pairs = [
                (await browser.time(path), await plain.time(urlsplit(path).path))
                for _ in range(rounds)
            ]
            pages, bares = zip(*pairs, strict=True)
            timed.append(Timed(name, len(rows[path]), pages, bares))
            print(timed[-1], flush=True)
    return iter(timed)


def main() -> None:
    """Fill a database, measure, and say whether the goal is reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the data")
    parser.add_argument("--rounds", type=int, default=30, help="calls of each page (30)")
    parser.add_argument("--patience", type=float, default=10, help="seconds for a quiet machine")
    options = parser.parse_args()
    part = 20 if options.quick else 1
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-")))
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(DATA_DIR=str(directory))
        prepare(environment, BUNDLED / f"{TEST}.yaml")
        with open_databases(uri) as client:
            print("Storing", flush=True)
            ConsoleData(
                client["widget_gateway"],
                results=1_000_000 // part,
                users=100_000 // part,
                providers=1_000 // part,
            ).fill()
        asyncio.run(make_account(Settings(data_dir=str(directory))))
        serve = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        gateway = stack.enter_context(start_server("g", "gateway", serve, environment))
        print(f"\n  {'':16}{'rows':>6}{'ms':>9}{'p95':>9}{'bare':>9}{'times':>8}")
        quiet = Quiet(options.patience)
        timed = list(asyncio.run(measure(gateway, directory, quiet, options.rounds)))
    slow = [each.name for each in timed if median(each.page) >= GOAL_MS]
    missing = [name for name, _ in PAGES if name not in {each.name for each in timed}]
    print(f"\nEach page below {GOAL_MS:.0f} ms: {'no: ' + ', '.join(slow) if slow else 'yes'}")
    if missing:
        print(f"Not measured: {', '.join(missing)}")
    sys.exit(bool(slow or missing))


if __name__ == "__main__":
    main()
