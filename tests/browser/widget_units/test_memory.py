"""The class Memory of outbox.js: what a tab remembers of its attempt."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser

UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

NO_STORAGE = """
const refuse = () => { throw new DOMException('denied', 'SecurityError'); };
Object.defineProperty(globalThis, 'sessionStorage', { get: refuse });
"""


def test_unsaved_answers_survive_a_reload(run: Run, page: Page) -> None:
    run("""
        const { Memory, Outbox } = await at('outbox');
        const outbox = new Outbox();
        outbox.enter({ generation: 2, seq: 0 });
        outbox.add('1', ['a']);
        outbox.add('2', ['b']);
        outbox.ack(1);
        new Memory(somewhere).save({ session: 's', resumeToken: 'r', outbox });
    """)
    page.reload()
    session, unsaved, elsewhere = run("""
        const { Memory, Outbox } = await at('outbox');
        const known = new Memory(somewhere).load();
        const outbox = new Outbox(known.outbox);
        const unsaved = outbox.enter({ generation: 3, seq: 1 }).map(placed);
        return [known.session, unsaved, new Memory({ ...somewhere, test: 'other' }).load()];
    """)
    assert session == "s"
    assert unsaved == [[2, 2, "2", "b"]]
    assert elsewhere is None


def test_what_is_forgotten_is_gone(run: Run) -> None:
    assert (
        run("""
        const { Memory, Outbox } = await at('outbox');
        const memory = new Memory(somewhere);
        memory.save({ session: 's', resumeToken: 'r', outbox: new Outbox() });
        memory.forget();
        return memory.load();
    """)
        is None
    )


def test_a_browser_without_storage_remembers_until_it_reloads(run: Run) -> None:
    session, same = run(f"""
        {NO_STORAGE}
        const {{ Memory, Outbox }} = await at('outbox');
        const memory = () => new Memory(somewhere);
        const {{ openId }} = memory().expect('en', {{}});
        const same = memory().expect('en', {{}}).openId === openId;
        memory().save({{ session: 's', resumeToken: 'r', outbox: new Outbox() }});
        return [memory().load().session, same];
    """)
    assert session == "s"
    assert same


def test_a_full_storage_keeps_nothing_that_is_out_of_date(run: Run) -> None:
    session, kept = run("""
        const { Memory, Outbox } = await at('outbox');
        const memory = new Memory(somewhere);
        memory.expect('en', {});
        Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
        memory.save({ session: 's', resumeToken: 'r', outbox: new Outbox() });
        return [new Memory(somewhere).load()?.session, sessionStorage.length];
    """)
    assert session == "s"
    assert kept == 0


def test_a_strangers_value_in_the_storage_is_passed_over(run: Run) -> None:
    for text in ('{"session": 1}', "7", "null", "{", '{"openId": "x"}'):
        seen, open_id = run(f"""
            sessionStorage.setItem('test-widget g p t', '{text}');
            const memory = new (await at('outbox')).Memory(somewhere);
            return [memory.load(), memory.expect('en', {{}}).openId];
        """)
        assert seen is None
        assert UUID.fullmatch(open_id)


def test_an_open_id_is_a_uuid_also_where_the_browser_makes_none(run: Run) -> None:
    """`crypto.randomUUID` exists in secure contexts only, and hosts may use plain HTTP."""
    open_ids = run("""
        delete Crypto.prototype.randomUUID;
        const { Memory } = await at('outbox');
        const open = (_, n) => new Memory({ ...somewhere, test: `t${n}` }).expect('en', {}).openId;
        return Array.from({ length: 50 }, open);
    """)
    assert len(set(open_ids)) == 50
    assert all(map(UUID.fullmatch, open_ids))


@pytest.mark.parametrize(
    ("locale", "opening", "same"),
    [
        ("en", "{ accessToken: 'a', answers: [['1', ['b']]] }", True),
        ("en", "{ answers: [['1', ['b']]], accessToken: 'a', session: undefined }", True),
        ("ru", "{ accessToken: 'a', answers: [['1', ['b']]] }", False),
        ("en", "{ accessToken: 'other', answers: [['1', ['b']]] }", False),
        ("en", "{ accessToken: 'a', answers: [['1', ['c']]] }", False),
        ("en", "{ accessToken: 'a' }", False),
        ("en", "{}", False),
    ],
)
def test_the_same_opening_has_the_same_open_id_and_another_one_a_new_one(
    run: Run, page: Page, locale: str, opening: str, *, same: bool
) -> None:
    ask = "return new (await at('outbox')).Memory(somewhere).expect"
    first = run(f"{ask}('en', {{ accessToken: 'a', answers: [['1', ['b']]] }}).openId")
    page.reload()
    assert (run(f"{ask}('{locale}', {opening}).openId") == first) is same


def test_once_there_is_a_session_the_next_opening_is_a_new_one(run: Run) -> None:
    assert not run("""
        const { Memory, Outbox } = await at('outbox');
        const memory = new Memory(somewhere);
        const first = memory.expect('en', {}).openId;
        memory.save({ session: 's', resumeToken: 'r', outbox: new Outbox() });
        return memory.expect('en', {}).openId === first;
    """)
