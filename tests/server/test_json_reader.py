"""JSON is read within a budget, and counted before it is parsed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.bodies import unique_members
from handlers.contract.errors import ParameterInvalidError
from handlers.contract.json_reader import MAX_VALUES, count_values, parse_object, unpack_json

pytestmark = pytest.mark.fast

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a",\\[]{}:я🙂')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from('",\\{')), inner),
)


def size(value):
    """The values at every depth, which are the items and members of lists and objects."""
    if isinstance(value, dict):
        return len(value) + sum(map(size, value.values()))
    return len(value) + sum(map(size, value)) if isinstance(value, list) else 0


def containers(value):
    """The empty lists and objects: their bracket counts, though no value follows."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return (not value) + sum(map(containers, inner))


@given(VALUES)
def test_values_are_counted_without_parsing(value):
    body = json.dumps({"value": value}, ensure_ascii=False).encode()
    assert count_values(body) == size({"value": value}) + containers(value)


@pytest.mark.parametrize(
    "items", ["1.5", '"a"', "[]", "{}", '{"a":1}', '"\\\\"', '"\\","', "null", '""']
)
def test_more_values_than_the_budget_are_refused_and_no_more_than_it_are_not(items):
    few = f'{{"a":[{",".join([items] * (MAX_VALUES // 3))}]}}'.encode()
    assert parse_object(few)
    many = f'{{"a":[{",".join([items] * (2 * MAX_VALUES + 10))}]}}'.encode()
    with pytest.raises(ParameterInvalidError, match='"body": it has more than 20000 values'):
        parse_object(many)
    with pytest.raises(ParameterInvalidError, match='"progress": it has more than 20000 values'):
        unpack_json("progress", many.decode())
    with pytest.raises(ParameterInvalidError, match='"body": it has more than 20000 values'):
        unique_members(parse_object(many, exact=True, bounded=False))


def test_a_long_text_is_one_value():
    text = 'a,[{"' * 200_000
    assert parse_object(json.dumps({"text": text}).encode()) == (("text", text),)
