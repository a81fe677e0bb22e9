"""How many answers may wait in the answer journal, and of which length together."""

from uuid import uuid4

from storage.attempts import journal as answer_journal
from storage.attempts.journal import MAX_PENDING_CHARACTERS, AnswerJournal


def nothing(_fault):
    """Ignore the outcome of an answer."""


def test_long_written_answers_close_the_journal_before_their_number_does(database):
    journal = AnswerJournal(database)
    text = "ы" * 2_000
    needed = MAX_PENDING_CHARACTERS // len(text)
    assert needed < answer_journal.MAX_PENDING
    for seq in range(1, needed + 1):
        assert journal.has_room
        journal.append(uuid4(), 1, seq, "1", (text,), nothing)
    assert journal.has_room
    journal.append(uuid4(), 1, needed + 1, "1", (text,), nothing)
    assert not journal.has_room


def test_chosen_options_are_bounded_by_their_number(database):
    journal = AnswerJournal(database)
    attempt = uuid4()
    for seq in range(1, answer_journal.MAX_PENDING):
        journal.append(attempt, 1, seq, "1", ("a",), nothing)
    assert journal.has_room
    journal.append(attempt, 1, answer_journal.MAX_PENDING, "1", ("a",), nothing)
    assert not journal.has_room
