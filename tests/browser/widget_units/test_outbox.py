"""Answers that are not acknowledged yet: outbox.js."""

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_numbers_rise_also_when_an_answer_is_replaced(run: Run) -> None:
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


def test_an_ack_covers_all_before_it_and_an_old_one_changes_nothing(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        for (const id of '123') outbox.add(id, ['a']);
        outbox.ack(2);
        outbox.ack(1);
        return outbox.unsaved.map(({ seq }) => seq);
    """) == [3]


def test_what_the_gateway_lacks_is_sent_again_in_order(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        for (const id of '1234') outbox.add(id, ['a']);
        outbox.ack(1);
        return outbox.reconcile(2).map(({ seq }) => seq);
    """) == [3, 4]


def test_a_gateway_that_lost_what_it_acknowledged_gets_everything(run: Run) -> None:
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


def test_numbering_goes_on_above_another_devices_answers(run: Run) -> None:
    assert (
        run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.reconcile(9);
        return outbox.add('1', ['a']).seq;
    """)
        == 10
    )


def test_a_refused_number_is_never_used_again(run: Run) -> None:
    refused, seq, unsaved = run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.add('1', ['a']);
        const refused = outbox.refuse(1);
        return [refused, outbox.add('1', ['b']).seq, outbox.unsaved.length];
    """)
    assert refused["value"] == ["a"]
    assert (seq, unsaved) == (2, 1)


def test_a_refusal_of_an_answer_replaced_since_concerns_nobody(run: Run) -> None:
    assert (
        run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.add('1', ['a']);
        outbox.add('1', ['b']);
        return outbox.refuse(1) ?? null;
    """)
        is None
    )


def test_unsaved_answers_survive_a_reload(run: Run, page: Page) -> None:
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


def test_what_is_forgotten_is_gone(run: Run) -> None:
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


def test_a_browser_without_storage_remembers_until_it_reloads(run: Run) -> None:
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


def test_a_strangers_value_in_the_storage_is_passed_over(run: Run) -> None:
    assert (
        run("""
        sessionStorage.setItem('test-widget g p t', '{"session": 1}');
        return new (await at('outbox')).Memory('g', 'p', 't').load();
    """)
        is None
    )
