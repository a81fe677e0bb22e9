"""The console's pages reduced to their rows: each is a template that writes them into a table.

Nobody is signed in, nothing is read from the database, and the page has no head, menu or charts.
The rows come from a JSON file: a list of rows, each a list of texts, by the path of the page.
"""

import asyncio
import json
import sys
from pathlib import Path

import uvloop
from jinja2 import Environment
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

_PAGE = """<!doctype html><title>Rows</title><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


class Rows(RequestHandler):
    """Any page."""

    def get(self) -> None:
        """Write the rows of the page."""
        rows = self.settings["rows"][self.request.path]
        self.finish(self.settings["template"].render(rows=rows))


async def main(rows: dict[str, list[list[str]]]) -> None:
    """Serve until the process is ended."""
    application = Application(
        [(r"/.*", Rows)],
        rows=rows,
        template=Environment(autoescape=True).from_string(_PAGE),
        compress_response=True,
    )
    server = HTTPServer(application)
    (sock,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([sock])
    print(json.dumps({"port": sock.getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
