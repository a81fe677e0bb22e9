"""The partner's guides: their examples run by bash and curl against a real gateway."""

import asyncio
import csv
import io
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.channel_client import ChannelClient
from tests.support.processes import Gateway

GUIDES = Path(__file__).parents[2] / "docs"
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
"""What each block prints: members of its objects, or a list. The CSV is checked separately."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mongodb_uri):
    started = Gateway(
        tmp_path_factory.mktemp("guide"),
        MONGODB_URI=mongodb_uri,
        DATABASE="guide",
        JWT_SECRET="jwt secret",
        PIN_PEPPER="pepper",
    )
    started.command("test", "import", "widget_gateway/bundled")
    started.start()
    yield started
    started.stop()


async def begin(url, provider):
    """Bring a visitor to the payment. The attempt is in the live world, as all without a token."""
    visitor = await ChannelClient.connect(url, origin=None)
    session = await visitor.open(provider, test="career-interests")
    await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    await visitor.leave()
    return session["session"]


def blocks(name):
    return re.findall(r"```sh\n(.*?)```", (GUIDES / name).read_text("utf-8"), re.DOTALL)


def test_both_languages_show_the_same_commands():
    assert blocks("partner-api.md") == blocks("partner-api.ru.md")
    assert len(blocks("partner-api.md")) == len(SHOWN)


@pytest.mark.parametrize("guide", ["partner-api.md", "partner-api.ru.md"])
def test_what_the_guide_shows_works(gateway, guide):
    slug = guide.replace(".", "-")
    options = ("--policy", "postpaid", "--test-policy", "unlimited", "--allow-no-origin")
    keys = gateway.command("provider", "create", "--slug", slug, "--name", "College", *options)
    session = asyncio.run(begin(gateway.url, slug))
    script = f"\necho\necho '{MARK}'\n".join(blocks(guide))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ
        | {"GATEWAY": gateway.url, "CLIENT_KEY": keys["client_key"], "SESSION": session},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(MARK)
    for text, expected in zip(printed, SHOWN, strict=True):
        shown, rest = read_json(text)
        assert len(shown) == len(expected), text
        for body, members in zip(shown, expected, strict=True):
            assert isinstance(body, list) if members is list else members <= set(body)
        if rest.strip():
            rows = list(csv.reader(io.StringIO(rest.strip("\ufeff\n"))))
            assert (rows[0][1], rows[-1][1]) == ("User", "2")
    first, second = read_json(printed[6])[0]
    assert first == second


def read_json(text):
    """Split what was printed into JSON values and the rest."""
    values, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text.startswith(("{", "[")):
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values, text
