"""The widget's DOM-free modules, each by itself, in the browser that they are written for."""

import functools
import gzip
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "static"

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# Made in the page: shorthands for states, sessions and a socket that only pretends.
SETUP = """
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
class FakeSocket extends EventTarget {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];
  constructor() { super(); FakeSocket.all.push(this); }
  send(text) { this.sent.push(JSON.parse(text).type); }
  close() { this.readyState = 3; }
  accept() { this.readyState = 1; this.onopen(); }
  hear(message) { this.onmessage({ data: JSON.stringify(message) }); }
  end(code) { this.readyState = 3; this.onclose({ code }); }
}
const connect = async (random = () => 0.999) => {
  globalThis.WebSocket = FakeSocket;
  const [{ Connection }, { Backoff }] = await Promise.all([at('connection'), at('backoff')]);
  const heard = [];
  const connection = new Connection('ws://gateway', {
    greet: () => ({ type: 'open' }),
    onMessage: ({ type }) => heard.push(type),
    onDown: () => heard.push('down'),
    onVerdict: (verdict, code) => heard.push(`${verdict} ${code}`),
  }, new Backoff(random));
  connection.open();
  return { connection, heard, sockets: FakeSocket.all };
};
"""

Run = Callable[[str], Any]

FIRST_QUESTION_BYTES = 24 * 1024
FRAME_BYTES = 3 * 1024


def modules_before_the_first_question() -> list[str]:
    """What widget.js asks for at once, itself included, with the larger of the languages."""
    source = (STATIC / "widget" / "widget.js").read_text()
    listed = re.search(r"const MODULES = \[([^\]]+)\]", source)
    assert listed
    assert "`texts/${locale}`, 'question', 'types/option']) import" in source
    asked = re.findall(r"'([a-z/]+)'", listed[1])
    return ["widget", *asked, "question", "types/option", "texts/ru"]


def gzipped(name: str) -> int:
    return len(gzip.compress((STATIC / "widget" / f"{name}.js").read_bytes(), 9))


class TestFiles:
    def test_the_first_question_stays_within_its_budget(self) -> None:
        sizes = {name: gzipped(name) for name in modules_before_the_first_question()}
        assert sum(sizes.values()) <= FIRST_QUESTION_BYTES, sizes

    def test_the_frame_script_stays_within_its_budget(self) -> None:
        assert gzipped("frame") <= FRAME_BYTES

    def test_all_that_the_element_imports_is_asked_for_in_one_breath(self) -> None:
        needed, found = ["element"], set()
        while needed:
            name = needed.pop()
            found.add(name)
            source = (STATIC / "widget" / f"{name}.js").read_text()
            imported = re.findall(r"^import .* from '\./([a-z]+)\.js';$", source, re.MULTILINE)
            needed += set(imported) - found
        assert found <= set(modules_before_the_first_question())

    def test_the_page_preloads_the_same_modules(self) -> None:
        page = (STATIC / "widget" / "page.html").read_text()
        preloaded = re.findall(r'"modulepreload" href="/static/widget/([a-z/]+)\.js"', page)
        assert sorted(preloaded) == sorted(modules_before_the_first_question()[:-1])

    def test_markup_is_parsed_in_one_place(self) -> None:
        sinks = r"\.(?:inner|outer)HTML|setHTML\w*\(|insertAdjacentHTML|DOMParser|\.write\(|srcdoc"
        places = [
            path.name
            for path in sorted((STATIC / "widget").rglob("*.js"))
            for _ in re.findall(sinks, path.read_text())
        ]
        assert places == ["extras.js", "extras.js"]

    def test_no_module_sets_a_style_attribute(self) -> None:
        for path in (STATIC / "widget").rglob("*.js"):
            assert not re.search(r"[{,] style:|'style'|cssText", path.read_text()), path


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


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=str(STATIC))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser_page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(f"{address}/blank")
        yield page
        browser.close()


@pytest.fixture
def page(browser_page: Page, address: str) -> Page:
    browser_page.goto(f"{address}/blank")
    browser_page.evaluate("sessionStorage.clear()")
    return browser_page


@pytest.fixture
def run(page: Page) -> Run:
    """Runs statements in the page and gives back what they return."""
    return lambda body: page.evaluate(f"async () => {{ {SETUP} {body} }}")


class TestProtocol:
    def test_a_new_attempt_names_provider_test_and_locale(self, run: Run) -> None:
        message = run("""
            const { openMessage } = await at('protocol');
            const place = { provider: 'college', test: 'career', locale: 'ru', gateway: 'x' };
            return openMessage(place, { accessToken: 'a', answers: [['1', ['b']]] });
        """)
        assert message == {
            "type": "open",
            "provider": "college",
            "test": "career",
            "locale": "ru",
            "access_token": "a",
            "answers": [["1", ["b"]]],
        }

    def test_an_attempt_is_resumed_by_its_token_and_says_what_it_knows_to_be_stored(
        self, run: Run
    ) -> None:
        message = run("""
            const { openMessage } = await at('protocol');
            const place = { provider: 'college', test: 'career', locale: 'ru', gateway: 'x' };
            return openMessage(place, { session: 's', resumeToken: 'r', accessToken: 'a' }, 7);
        """)
        assert message == {
            "type": "open",
            "provider": "college",
            "session": "s",
            "resume_token": "r",
            "seq": 7,
        }

    @pytest.mark.parametrize(
        ("code", "verdict"),
        [
            (1000, "stop"),
            (1001, "retry"),
            (1006, "retry"),
            (1009, "stop"),
            (1011, "retry"),
            (1012, "retry"),
            (4000, "stop"),
            (4003, "stop"),
            (4004, "stop"),
            (4009, "taken"),
            (4099, "stop"),
            (4100, "retry"),
            (4199, "retry"),
            (4250, "retry"),
            (4301, "renew"),
            (4399, "renew"),
            (4400, "retry"),
        ],
    )
    def test_a_close_is_judged_by_its_range(self, run: Run, code: int, verdict: str) -> None:
        assert run(f"return (await at('protocol')).verdictOnClose({code}, false)") == verdict

    def test_only_a_bye_makes_1001_a_drain(self, run: Run) -> None:
        assert run("return (await at('protocol')).verdictOnClose(1001, true)") == "drain"
        assert run("return (await at('protocol')).verdictOnClose(4009, true)") == "taken"

    def test_what_is_not_a_message_is_passed_over(self, run: Run) -> None:
        frames = ["", "{", "null", "[]", '{"type": 7}', '"ack"']
        assert run(f"return {frames}.map((await at('protocol')).parseMessage)") == [None] * 6

    def test_the_channel_is_beside_a_gateway_under_a_path(self, run: Run) -> None:
        url = run("return (await at('protocol')).channelUrl('https://example.org/tests/')")
        assert url == "wss://example.org/tests/ws/v1/widget"


class TestBackoff:
    def test_the_ceiling_doubles_up_to_thirty_seconds(self, run: Run) -> None:
        delays = run("""
            const { Backoff } = await at('backoff');
            const backoff = new Backoff(() => 1);
            return Array.from({ length: 9 }, () => backoff.nextDelayMs());
        """)
        assert delays == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]

    def test_the_first_retry_is_jittered_down_to_nothing(self, run: Run) -> None:
        assert (
            run(
                "const { Backoff } = await at('backoff'); return new Backoff(() => 0).nextDelayMs()"
            )
            == 0
        )

    def test_a_reset_begins_anew(self, run: Run) -> None:
        delays = run("""
            const { Backoff } = await at('backoff');
            const backoff = new Backoff(() => 1);
            backoff.nextDelayMs();
            backoff.nextDelayMs();
            backoff.reset();
            return [backoff.nextDelayMs(), backoff.nextDelayMs()];
        """)
        assert delays == [500, 1000]

    def test_a_drain_is_no_failure(self, run: Run) -> None:
        delays = run("""
            const { Backoff } = await at('backoff');
            const backoff = new Backoff(() => 0.5);
            return [backoff.spreadMs(3000), backoff.spreadMs(-1), backoff.nextDelayMs()];
        """)
        assert delays == [1500, 0, 250]


class TestOutbox:
    def test_numbers_rise_also_when_an_answer_is_replaced(self, run: Run) -> None:
        unsaved = run("""
            const outbox = new (await at('outbox')).Outbox();
            outbox.add('1', ['a']);
            outbox.add('2', []);
            outbox.add('1', ['b']);
            return outbox.unsaved;
        """)
        assert [(each["seq"], each["question"], each["value"]) for each in unsaved] == [
            (1, "1", ["a"]),
            (2, "2", []),
            (3, "1", ["b"]),
        ]

    def test_an_ack_covers_all_before_it_and_an_old_one_changes_nothing(self, run: Run) -> None:
        assert run("""
            const outbox = new (await at('outbox')).Outbox();
            for (const id of '123') outbox.add(id, ['a']);
            outbox.ack(2);
            outbox.ack(1);
            return outbox.unsaved.map(({ seq }) => seq);
        """) == [3]

    def test_what_the_gateway_lacks_is_sent_again_in_order(self, run: Run) -> None:
        assert run("""
            const outbox = new (await at('outbox')).Outbox();
            for (const id of '1234') outbox.add(id, ['a']);
            outbox.ack(1);
            return outbox.reconcile(2).map(({ seq }) => seq);
        """) == [3, 4]

    def test_a_gateway_that_lost_what_it_acknowledged_gets_everything(self, run: Run) -> None:
        resent, then = run("""
            const outbox = new (await at('outbox')).Outbox();
            for (const id of '1234') outbox.add(id, ['a']);
            outbox.ack(3);
            const all = outbox.reconcile(1).map(({ seq }) => seq);
            outbox.ack(4);
            return [all, outbox.reconcile(4)];
        """)
        assert resent == [1, 2, 3, 4]
        assert then == []

    def test_numbering_goes_on_above_another_devices_answers(self, run: Run) -> None:
        assert (
            run("""
            const outbox = new (await at('outbox')).Outbox();
            outbox.reconcile(9);
            return outbox.add('1', ['a']).seq;
        """)
            == 10
        )

    def test_a_refused_number_is_never_used_again(self, run: Run) -> None:
        refused, seq, unsaved = run("""
            const outbox = new (await at('outbox')).Outbox();
            outbox.add('1', ['a']);
            const refused = outbox.refuse(1);
            return [refused, outbox.add('1', ['b']).seq, outbox.unsaved.length];
        """)
        assert refused["value"] == ["a"]
        assert (seq, unsaved) == (2, 1)

    def test_a_refusal_of_an_answer_replaced_since_concerns_nobody(self, run: Run) -> None:
        assert (
            run("""
            const outbox = new (await at('outbox')).Outbox();
            outbox.add('1', ['a']);
            outbox.add('1', ['b']);
            return outbox.refuse(1) ?? null;
        """)
            is None
        )

    def test_unsaved_answers_survive_a_reload(self, run: Run, page: Page) -> None:
        run("""
            const { Memory, Outbox } = await at('outbox');
            const outbox = new Outbox();
            outbox.add('1', ['a']);
            outbox.add('2', ['b']);
            outbox.ack(1);
            new Memory('g', 'p', 't').save({ session: 's', resumeToken: 'r', outbox });
        """)
        page.reload()
        session, unsaved, elsewhere = run("""
            const { Memory, Outbox } = await at('outbox');
            const known = new Memory('g', 'p', 't').load();
            const outbox = new Outbox(known.outbox);
            return [known.session, outbox.unsaved, new Memory('g', 'p', 'other').load()];
        """)
        assert session == "s"
        assert unsaved == [{"seq": 2, "question": "2", "value": ["b"]}]
        assert elsewhere is None

    def test_what_is_forgotten_is_gone(self, run: Run) -> None:
        assert (
            run("""
            const { Memory, Outbox } = await at('outbox');
            const memory = new Memory('g', 'p', 't');
            memory.save({ session: 's', resumeToken: 'r', outbox: new Outbox() });
            memory.forget();
            return memory.load();
        """)
            is None
        )

    def test_a_browser_without_storage_remembers_until_it_reloads(self, run: Run) -> None:
        assert (
            run("""
            const refuse = () => { throw new DOMException('denied', 'SecurityError'); };
            Object.defineProperty(globalThis, 'sessionStorage', { get: refuse });
            const { Memory, Outbox } = await at('outbox');
            const record = { session: 's', resumeToken: 'r', outbox: new Outbox() };
            new Memory('g', 'p', 't').save(record);
            return new Memory('g', 'p', 't').load().session;
        """)
            == "s"
        )

    def test_a_strangers_value_in_the_storage_is_passed_over(self, run: Run) -> None:
        assert (
            run("""
            sessionStorage.setItem('test-widget g p t', '{"session": 1}');
            return new (await at('outbox')).Memory('g', 'p', 't').load();
        """)
            is None
        )


class TestReducer:
    def test_a_session_shows_the_question_that_is_next(self, run: Run) -> None:
        state = run("""
            const { phase, current } = joined(await at('reducer'), { next: '2' });
            return { phase, current };
        """)
        assert state == {"phase": "question", "current": "2"}

    def test_unsaved_answers_count_as_given(self, run: Run) -> None:
        state = run("""
            const unsaved = [{ seq: 1, question: '1', value: ['a'] }];
            const { current, answers } = joined(await at('reducer'), {}, unsaved);
            return { current, answers: [...answers] };
        """)
        assert state == {"current": "2", "answers": [["1", ["a"]]]}

    def test_a_new_attempt_begins_with_the_instruction_and_an_old_one_does_not(
        self, run: Run
    ) -> None:
        phases = run("""
            const module = await at('reducer');
            const test = { slug: 't', length: 3, instruction: 'Read' };
            const fresh = joined(module, { test });
            const old = joined(module, { test, answers: [['1', ['a']]], next: '2' });
            return [fresh.phase, play(module, fresh, { type: 'begin' }).phase, old.phase];
        """)
        assert phases == ["instruction", "question", "question"]

    def test_an_instruction_read_before_the_session_came_is_not_shown_again(self, run: Run) -> None:
        phases = run("""
            const module = await at('reducer');
            const test = { slug: 't', length: 3, instruction: 'Read' };
            const info = { type: 'info', info: test };
            const begun = play(
              module, module.initialState(), info, { type: 'starting' }, { type: 'begin' },
            );
            const message = session({ test });
            return [
              begun.phase, play(module, begun, { type: 'session', message, unsaved: [] }).phase,
            ];
        """)
        assert phases == ["loading", "question"]

    def test_an_answer_shows_the_next_question_at_once(self, run: Run) -> None:
        state = run("""
            const module = await at('reducer');
            const state = play(module, joined(module), answer('a'));
            return [state.current, state.answers.get('1')];
        """)
        assert state == ["2", ["a"]]

    def test_going_back_shows_the_answer_given_and_keeps_it(self, run: Run) -> None:
        state = run("""
            const module = await at('reducer');
            const state = play(module, joined(module), answer('a'), { type: 'back' });
            return [state.current, state.answers.get('1'), module.canGoBack(state)];
        """)
        assert state == ["1", ["a"], False]

    @pytest.mark.parametrize(
        ("first", "second"), [("{}", "{ back: false }"), ("{ timer: 30 }", "{}")]
    )
    def test_there_is_no_way_back(self, run: Run, first: str, second: str) -> None:
        assert run(f"""
            const module = await at('reducer');
            const questions = [question('1', {first}), question('2', {second})];
            const state = play(module, joined(module, {{ questions }}), answer('a'));
            return [module.canGoBack(state), play(module, state, {{ type: 'back' }}).current];
        """) == [False, "2"]

    def test_after_the_last_answer_the_gateways_word_is_awaited(self, run: Run) -> None:
        state = run("""
            const module = await at('reducer');
            const state = play(module, joined(module), answer('a'), answer(), answer('c'));
            return [state.phase, state.current, module.isComplete(state)];
        """)
        assert state == ["waiting", None, True]

    def test_questions_behind_the_pause_keep_a_test_incomplete(self, run: Run) -> None:
        state = run("""
            const module = await at('reducer');
            const questions = [question('1')];
            const state = play(module, joined(module, { questions }), answer('a'));
            return [state.phase, module.isComplete(state), module.total(state)];
        """)
        assert state == ["waiting", False, 3]

    def test_who_went_back_walks_forth_again(self, run: Run) -> None:
        assert (
            run("""
            const module = await at('reducer');
            const back = { type: 'back' };
            const state = play(module, joined(module), answer('a'), answer('b'), back, back);
            return play(module, state, answer('c')).current;
        """)
            == "2"
        )

    def test_a_reconnect_leaves_the_visitor_where_he_is(self, run: Run) -> None:
        assert (
            run("""
            const module = await at('reducer');
            const here = play(module, joined(module), answer('a'), answer('b'), { type: 'back' });
            const message = session({ answers: [['1', ['a']], ['2', ['b']]], seq: 2, next: '3' });
            return play(module, here, { type: 'session', message, unsaved: [] }).current;
        """)
            == "2"
        )

    def test_a_refused_answer_is_asked_for_again_at_the_end(self, run: Run) -> None:
        seen = run("""
            const module = await at('reducer');
            const refused = { type: 'refused', question: '1' };
            let state = play(module, joined(module), answer('a'), refused);
            const seen = [state.current];
            state = play(module, state, answer('b'), answer('c'));
            seen.push(state.current, state.refused.has('1'));
            state = play(module, state, answer('d'));
            return [...seen, state.phase, state.refused.has('1')];
        """)
        assert seen == ["2", "1", True, "waiting", False]

    def test_payment_opens_the_rest_behind_the_pause(self, run: Run) -> None:
        seen = run("""
            const module = await at('reducer');
            const questions = [question('1')];
            let state = play(module, joined(module, { questions }), answer('a'));
            state = play(module, state, { type: 'pause', after: 1, yielded: false });
            const paused = [state.phase, state.pauseAfter];
            const rest = [question('2'), question('3')];
            state = play(module, state, { type: 'resumed', questions: rest, next: '2' });
            return [...paused, state.phase, state.current, state.questions.length];
        """)
        assert seen == ["pause", 1, "question", "2", 3]

    def test_a_push_that_was_missed_is_learnt_from_the_next_session(self, run: Run) -> None:
        assert (
            run("""
            const module = await at('reducer');
            let state = play(module, joined(module, { questions: [question('1')] }), answer('a'));
            state = play(module, state, { type: 'pause', after: 1, yielded: false });
            const message = session({ answers: [['1', ['a']]], seq: 1, next: '2' });
            return play(module, state, { type: 'session', message, unsaved: [] }).current;
        """)
            == "2"
        )

    def test_transitions_never_change_the_state_they_begin_from(self, run: Run) -> None:
        assert run("""
            const module = await at('reducer');
            const before = Object.freeze(joined(module));
            const refused = { type: 'refused', question: '1' };
            play(module, before, answer('a'));
            play(module, before, refused);
            return [before.current, before.answers.size, before.refused.size];
        """) == ["1", 0, 0]


class TestConnection:
    def test_it_greets_and_hands_over_what_it_hears(self, run: Run) -> None:
        assert run("""
            const { heard, sockets } = await connect();
            sockets[0].accept();
            sockets[0].hear({ type: 'session' });
            return [sockets[0].sent, heard];
        """) == [["open"], ["session"]]

    def test_it_comes_back_after_the_backoff(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect();
            link.sockets[0].accept();
            link.sockets[0].end(4100);
        """)
        page.clock.run_for(400)
        assert page.evaluate("link.sockets.length") == 1
        page.clock.run_for(200)
        assert page.evaluate("[link.sockets.length, link.heard]") == [2, ["down"]]

    @pytest.mark.parametrize(
        ("code", "heard"), [(4009, "taken 4009"), (4003, "stop 4003"), (4301, "renew 4301")]
    )
    def test_it_stays_away_when_told_so(self, run: Run, page: Page, code: int, heard: str) -> None:
        page.clock.install()
        run(f"""
            globalThis.link = await connect();
            link.sockets[0].accept();
            link.sockets[0].end({code});
            dispatchEvent(new Event('online'));
        """)
        page.clock.run_for(120_000)
        assert page.evaluate("[link.sockets.length, link.heard]") == [1, [heard]]

    def test_after_a_bye_it_comes_back_within_the_time_given(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect(() => 0.5);
            link.sockets[0].accept();
            link.sockets[0].hear({ type: 'bye', retry_after_ms: 8000 });
            link.sockets[0].end(1001);
        """)
        page.clock.run_for(3_900)
        assert page.evaluate("link.sockets.length") == 1
        page.clock.run_for(200)
        assert page.evaluate("link.sockets.length") == 2

    def test_a_node_that_says_bye_and_dies_is_left_in_time(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect(() => 0);
            link.sockets[0].accept();
            link.sockets[0].hear({ type: 'bye', retry_after_ms: 2000 });
        """)
        page.clock.run_for(2_100)
        assert page.evaluate("link.sockets.length") == 2

    def test_coming_online_ends_the_waiting(self, run: Run, page: Page) -> None:
        page.clock.install()
        assert (
            run("""
            const { sockets } = await connect();
            sockets[0].end(1006);
            dispatchEvent(new Event('online'));
            return sockets.length;
        """)
            == 2
        )

    def test_a_probe_finds_a_dead_peer(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect(() => 0);
            link.sockets[0].accept();
            link.sockets[0].hear({ type: 'session' });
            document.dispatchEvent(new Event('visibilitychange'));
        """)
        assert page.evaluate("link.sockets[0].sent") == ["open", "ping"]
        page.clock.run_for(4_100)
        assert page.evaluate("link.sockets.length") == 2

    def test_a_pong_keeps_the_channel(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect(() => 0);
            link.sockets[0].accept();
            link.sockets[0].hear({ type: 'session' });
            document.dispatchEvent(new Event('visibilitychange'));
            link.sockets[0].hear({ type: 'pong' });
        """)
        page.clock.run_for(60_000)
        assert page.evaluate("link.sockets.length") == 1

    def test_only_an_ack_or_a_quiet_minute_resets_the_backoff(self, run: Run, page: Page) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect(() => 1);
            link.fail = () => {
              const socket = link.sockets.at(-1);
              socket.accept();
              socket.hear({ type: 'session' });
              socket.end(1006);
            };
            link.fail();
        """)
        page.clock.run_for(500)
        page.evaluate("link.fail()")
        page.clock.run_for(900)
        assert page.evaluate("link.sockets.length") == 2
        page.clock.run_for(100)
        assert page.evaluate("link.sockets.length") == 3
        page.evaluate("link.connection.confirm(); link.fail()")
        page.clock.run_for(500)
        assert page.evaluate("link.sockets.length") == 4

    def test_an_unused_warm_socket_is_closed_before_the_gateway_does(
        self, run: Run, page: Page
    ) -> None:
        page.clock.install()
        run("""
            globalThis.link = await connect();
            link.connection.close();
            link.connection.warm();
            link.sockets[1].accept();
        """)
        page.clock.run_for(8_100)
        assert page.evaluate("[link.sockets[1].readyState, link.sockets[1].sent]") == [3, []]
