"""Random order of questions and options (docs/protocol/definitions.md, "Order").

An attempt's order is a pure function of the definition and of the seed that is stored with the
attempt. What is shuffled is sorted by hashes of the seed and its ids, so every process and every
version of Python finds the same order.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import TypeVar

from widget_gateway.domain.catalogue.questions import Option, Order, Question
from widget_gateway.domain.catalogue.tests import TestDefinition

T = TypeVar("T")


def arranged_questions(test: TestDefinition, seed: str | None) -> tuple[Question, ...]:
    """The questions in the order of an attempt; without a seed as the definition gives them.

    The pause stays where it is: the same questions come before it in every order.
    """
    if seed is None or not test.has_random_questions:
        return test.questions
    pause = test.free_length
    return (
        *_arranged(test, test.questions[:pause], seed),
        *_arranged(test, test.questions[pause:], seed),
    )


def arranged_options(question: Question, seed: str | None) -> tuple[Option, ...]:
    """The options in the order of an attempt; without a seed as the definition gives them."""
    if seed is None or question.order is Order.GIVEN:
        return question.options
    what = f"options of {question.id}"
    return tuple(_shuffled(question.options, seed, what, lambda option: option.name))


def _arranged(test: TestDefinition, questions: Sequence[Question], seed: str) -> Iterator[Question]:
    units = list(_units(test, questions))
    if test.order is Order.RANDOM:
        units = _shuffled(units, seed, "questions", lambda unit: unit[0].id)
    for unit in units:
        block = test.block_of.get(unit[0].id)
        if block is not None and block.order is Order.RANDOM:
            yield from _shuffled(unit, seed, f"block {unit[0].id}", lambda question: question.id)
        else:
            yield from unit


def _units(test: TestDefinition, questions: Sequence[Question]) -> Iterator[list[Question]]:
    """Split the questions into blocks and single questions, which are shuffled as wholes."""
    unit: list[Question] = []
    for question in questions:
        block = test.block_of.get(question.id)
        if unit and (block is None or block is not test.block_of.get(unit[0].id)):
            yield unit
            unit = []
        unit.append(question)
    if unit:
        yield unit


def _shuffled(items: Sequence[T], seed: str, what: str, id_of: Callable[[T], str]) -> list[T]:
    """Sort the items by the SHA-256 of the seed, of what is shuffled, and of each item's id."""

    def rank(item: T) -> bytes:
        return sha256(f"{seed}\n{what}\n{id_of(item)}".encode()).digest()

    return sorted(items, key=rank)
