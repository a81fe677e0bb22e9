"""README and the partner's guides, run as a single story by bash and curl on a new gateway.

The operator does what README says, then the partner's developer what the guide says: first with
the sandbox key, then with the live one. Both languages show the same, so each tells one of the two.
Last come README's own calls, for a visitor of the page.
"""

import asyncio
import csv
import io
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.channel_client import ChannelClient
from tests.support.processes import Gateway

ROOT = Path(__file__).parents[2]
MARK = "--- next block ---"

SHOWN = [
    [],
    [{"name", "length"}],
    [{"status"}, {"scales", "variables"}],
    [{"state", "answers"}, {"status"}],
    [{"access_token"}],
    [list, {"passed"}, {"users", "next"}, {"by_test"}],
    [{"result_key"}, {"result_key"}],
    [{"result_key"}],
]
"""What each block after the operator's prints: members of its objects, or a list. The CSV is
checked separately."""


def blocks(name):
    """The commands of a guide in docs/, block by block."""
    text = (ROOT / "docs" / name).read_text("utf-8")
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def embedding():
    """README's section for operators and partners."""
    text = (ROOT / "README.md").read_text("utf-8")
    return text.partition("\n## How to embed the widget\n")[2].partition("\n## ")[0]


def commands_of(text):
    """The commands of a text, each as a line, whether they are indented or not."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = (line.strip() for line in joined.splitlines())
    return [line for line in lines if line.startswith(("widget-gateway ", "curl "))]


def run_by_bash(script, **variables):
    """Run a script; return what it printed. No command of it may fail."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_json(text):
    """Split what was printed into JSON values and the rest."""
    values, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text.startswith(("{", "[")):
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values, text


class Page:
    """The page on which README's snippet stands."""

    def __init__(self, gateway, origin) -> None:
        snippet = re.search(r"```html\n(.*?)```", embedding(), re.DOTALL)[1]
        self.gateway = gateway
        self.origin = origin
        self.script = re.search(r'src="https://gateway.example(/[^"]+)"', snippet)[1]
        self.provider, self.test = re.search(r'provider="(.*?)" test="(.*?)"', snippet).groups()

    def fetch(self, path):
        request = Request(self.gateway.url + path, headers={"Origin": self.origin})  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310 - the gateway of the tests
            return answer.read()

    async def reach_the_payment(self, **fields):
        """Open the test as the widget does, and answer up to the pause."""
        visitor = await ChannelClient.connect(self.gateway.url, origin=self.origin)
        session = await visitor.open(self.provider, test=self.test, **fields)
        last = await visitor.answer_all(session["questions"])
        await visitor.expect("pause")
        return visitor, last


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mongodb_uri):
    """A new gateway, which README's first command has started."""
    assert commands_of(embedding())[0] == "widget-gateway serve"
    started = Gateway(
        tmp_path_factory.mktemp("guide"),
        MONGODB_URI=mongodb_uri,
        DATABASE="guide",
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def keys(gateway):
    """The keys that the operator's commands in README have printed."""
    _, *commands = [line for line in commands_of(embedding()) if line.startswith("widget-gateway ")]
    return [gateway.command(*shlex.split(line)[1:]) for line in commands][-1]


@pytest.fixture(scope="module")
def page(gateway, keys):
    """The page of the partner that README's commands have registered."""
    assert keys
    (origin,) = gateway.command("provider", "list")[0]["origins"]
    return Page(gateway, origin)


def test_all_pages_show_the_same_commands():
    operators, *partners = blocks("partner-api.md")
    assert [operators, *partners] == blocks("partner-api.ru.md")
    assert len(partners) == len(SHOWN)
    shown_in_readme = [line for line in commands_of(embedding()) if line.startswith("widget")]
    assert ["widget-gateway serve", *commands_of(operators)] == shown_in_readme


def test_readmes_snippet_shows_a_test_once_readmes_commands_are_done(page):
    assert b"test-widget" in page.fetch(page.script)
    info = page.fetch(f"/tests/api/v1/info/{page.test}/?locale=en&provider={page.provider}")
    assert json.loads(info)["slug"] == page.test


@pytest.mark.parametrize(
    ("guide", "key", "fields", "last_line"),
    [
        ("partner-api.md", "sandbox_key", {"sandbox": True}, "0"),
        ("partner-api.ru.md", "client_key", {}, "2"),
    ],
)
def test_what_the_guide_shows_works(page, gateway, keys, guide, key, fields, last_line):
    async def begin():
        visitor, _ = await page.reach_the_payment(**fields)
        await visitor.leave()
        return visitor.session["session"]

    _, *partners = blocks(guide)
    printed = run_by_bash(
        f"\necho\necho '{MARK}'\n".join(partners),
        GATEWAY=gateway.url,
        CLIENT_KEY=keys[key],
        SESSION=asyncio.run(begin()),
    ).split(MARK)
    for text, expected in zip(printed, SHOWN, strict=True):
        shown, rest = read_json(text)
        assert len(shown) == len(expected), text
        for body, members in zip(shown, expected, strict=True):
            assert isinstance(body, list) if members is list else members <= set(body)
        if rest.strip():
            rows = list(csv.reader(io.StringIO(rest.strip("\ufeff\n"))))
            assert (rows[0][1], rows[-1][1]) == ("User", last_line)
    first, second = read_json(printed[6])[0]
    assert first == second


def test_readmes_calls_lead_a_visitor_from_the_payment_to_the_result(page, gateway, keys):
    confirm, attach, get = [line for line in commands_of(embedding()) if line.startswith("curl ")]
    known = {"GATEWAY": gateway.url, "KEY": keys["client_key"]}

    async def take():
        visitor, last = await page.reach_the_payment()
        known["SESSION"] = visitor.session["session"]
        confirmed = await asyncio.to_thread(run_by_bash, confirm, **known)
        assert json.loads(confirmed) == {"status": True}
        resumed = await visitor.expect("resumed")
        await visitor.answer_all(resumed["questions"], seq=last)
        await visitor.send("finish")
        finished = await visitor.expect("finished")
        await visitor.leave()
        return finished["result_key"]

    known["RESULT"] = asyncio.run(take())
    assert json.loads(run_by_bash(attach, **known)) == {"status": True}
    assert json.loads(run_by_bash(get, **known))["test"] == page.test
