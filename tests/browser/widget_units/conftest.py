"""An empty page with the widget's modules, and helpers for their tests."""

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

STATIC = Path(__file__).parents[3] / "static"

Run = Callable[[str], Any]
"""Runs statements in the page and returns what they return."""

RunFor = Callable[[int], None]
"""Moves the page's clock on by milliseconds."""

# Helpers in the page: states, `session` messages and a socket that is not connected.
SETUP = """
const somewhere = { gateway: 'g', provider: 'p', test: 't' };
const at = (name) => import(`/widget/${name}.js`);
const question = (id, more = {}) => ({ id, number: Number(id), type: 'option', ...more });
const session = (more = {}) => ({
  type: 'session', session: 's', state: 'running', test: { slug: 't', length: 3 },
  questions: ['1', '2', '3'].map((id) => question(id)), answers: [], seq: 0, next: '1', ...more,
});
const joined = ({ reduce, initialState }, more, unsaved = []) =>
  reduce(initialState(), { type: 'session', message: session(more), unsaved });
const play = ({ reduce }, state, ...actions) => actions.reduce(reduce, state);
const answer = (...value) => ({ type: 'answer', value });
const placed = ({ generation = null, seq, question, value }) =>
  [generation, seq, question, value.join()];
class FakeSocket extends EventTarget {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  messages = [];
  get sent() { return this.messages.map(({ type }) => type); }
  get answers() { return this.messages.filter(({ type }) => type === 'answer').map(placed); }
  constructor() { super(); FakeSocket.all.push(this); }
  send(text) { this.messages.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
  accept() { this.readyState = 1; this.onopen(); }
  hear(message) { this.onmessage({ data: JSON.stringify(message) }); }
  end(code) { this.readyState = 3; this.onclose({ code }); }
}
const connect = async (random = () => 0.999) => {
  globalThis.WebSocket = FakeSocket;
  const [{ Connection }, { Backoff }] = await Promise.all([at('connection'), at('backoff')]);
  const heard = [];
  const urls = { socket: 'ws://gateway', http: 'http://gateway/http/v1/widget' };
  const connection = new Connection(urls, {
    greet: () => ({ type: 'open' }),
    onMessage: ({ type }) => heard.push(type),
    onDown: () => heard.push('down'),
    onVerdict: (verdict, code) => heard.push(`${verdict} ${code}`),
  }, new Backoff(random));
  connection.open();
  return { connection, heard, sockets: FakeSocket.all };
};
// A player whose socket is in the test's hands: `join` accepts it and hears a session.
const sit = async (opening = {}, locale = 'en') => {
  globalThis.WebSocket = FakeSocket;
  const { Player } = await at('player');
  const events = [];
  const player = new Player({ gateway: 'https://gateway/', provider: 'p', test: 't', locale }, {
    onChange: () => {},
    onEvent: (name, detail) => events.push([name, detail]),
    onForgotten: () => events.push(['forgotten', {}]),
  });
  player.open(opening);
  const seat = {
    player,
    events,
    sockets: FakeSocket.all,
    get socket() { return FakeSocket.all.at(-1); },
    hear: (type, fields) => seat.socket.hear({ type, ...fields }),
    join: (more) => {
      seat.socket.accept();
      seat.hear('session', session({ resume_token: 'r', ...more }));
    },
    answer: (...values) => values.forEach((value) => player.answer(player.state.current, [value])),
    named: (name) => events.filter(([each]) => each === name).map(([, detail]) => detail),
  };
  return seat;
};
"""


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path != "/blank":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Blank</title>")


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=str(STATIC))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def browser_page(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.goto(f"{address}/blank")
    return page


@pytest.fixture
def page(browser_page: Page, address: str) -> Page:
    browser_page.goto(f"{address}/blank")
    browser_page.evaluate("sessionStorage.clear()")
    return browser_page


@pytest.fixture
def run_for(page: Page) -> RunFor:
    """Move the page's clock on by milliseconds; it does not move by itself."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    return page.clock.run_for


@pytest.fixture
def run(page: Page) -> Run:
    """Run statements in the page; return what they return."""
    return lambda body: page.evaluate(f"async () => {{ {SETUP} {body} }}")
