"""The servers of the benchmark of whole visits, the gateway and the bare one, over one mongod."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from connection import ORIGIN
from life import OPENS, PAUSES
from quiet import Quiet
from servers import (
    BUNDLED,
    HERE,
    Server,
    mongod_of,
    prepare,
    start_server,
    with_settings,
)
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from storage.embedded import EmbeddedMongod


@dataclass(frozen=True, kw_only=True)
class LivesBench:
    """The running servers and their database."""

    gateway: Server
    bare: Server
    mongod: psutil.Process
    quiet: Quiet

    @property
    def servers(self) -> tuple[Server, Server]:
        """The servers in the order of their turns."""
        return self.bare, self.gateway


@contextmanager
def lives_bench(quiet: Quiet) -> Iterator[LivesBench]:
    """Start everything in a temporary directory, and end it afterwards."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-")))
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(DATA_DIR=str(directory))
        prepare(environment, BUNDLED / "work-values.yaml", BUNDLED / "career-interests.yaml")
        serve = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        gateway = stack.enter_context(start_server("g", "gateway", serve, environment))
        templates = directory / "templates.json"
        templates.write_text(json.dumps(asyncio.run(_templates(gateway))))
        bare = [sys.executable, str(HERE / "bare_lives_server.py"), uri, str(templates)]
        yield LivesBench(
            gateway=gateway,
            bare=stack.enter_context(start_server("b", "bare", bare, environment)),
            mongod=mongod_of(directory),
            quiet=quiet,
        )


async def _templates(gateway: Server) -> dict[str, Any]:
    return {way.test: await _template(gateway, way.test) for way in (OPENS, PAUSES)}


async def _template(gateway: Server, test: str) -> dict[str, Any]:
    """The gateway's `session` message for a test, with `%s` for its id and its resume token."""
    request = HTTPRequest(f"ws://127.0.0.1:{gateway.port}/ws/v1/widget", headers={"Origin": ORIGIN})
    socket = await websocket_connect(request, subprotocols=["widget-gateway.v1"])
    await socket.write_message(
        json.dumps({"type": "open", "provider": "bench", "test": test, "locale": "en"})
    )
    text = await socket.read_message()
    socket.close()
    assert isinstance(text, str)
    session = json.loads(text)
    template = text.replace("%", "%%")
    for name in ("session", "resume_token"):
        before, found, after = template.partition(f'"{session[name]}"')
        assert found, text
        template = f'{before}"%s"{after}'
    assert template.index('"session":"%s"') < template.index('"resume_token":"%s"')
    return {"session": template, "pause_after": session["test"]["pause_after"]}
