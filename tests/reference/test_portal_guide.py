"""The portal's guides: their examples run by bash and curl against a real gateway."""

import os
import subprocess

import pytest

from tests.reference.test_partner_guide import MARK, blocks, read_json
from tests.support.processes import Gateway

SHOWN = [
    [],
    [{"result"}],
    [{"result"}],
    [{"result", "data"}],
    [{"result", "data"}, {"result", "data"}],
    [{"result", "data"}, {"result"}, {"result"}],
]
"""The members of the object that each block prints."""


@pytest.fixture(scope="module")
def node(tmp_path_factory, mongodb_uri):
    started = Gateway(
        tmp_path_factory.mktemp("guide"),
        MONGODB_URI=mongodb_uri,
        DATABASE="portal-guide",
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
        CALLBACK_KEY="callback key",
    )
    started.start()
    yield started
    started.stop()


def test_both_languages_show_the_same_commands():
    assert blocks("portal.md") == blocks("portal.ru.md")
    assert len(blocks("portal.md")) == len(SHOWN)


@pytest.mark.parametrize("guide", ["portal.md", "portal.ru.md"])
def test_what_the_guide_shows_works(node, guide):
    script = f"\necho\necho '{MARK}'\n".join(blocks(guide))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ | {"GATEWAY": node.url, "CALLBACK_KEY": "callback key"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = [read_json(text) for text in done.stdout.split(MARK)]
    assert [[set(body) for body in shown] for shown, _ in printed] == SHOWN
    assert all(body["result"] is True for shown, _ in printed for body in shown)
    assert {rest for _, rest in printed} == {""}
