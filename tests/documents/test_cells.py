"""Texts in tables for spreadsheets: what could run does not, and names stay readable."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.documents.cells import harmless_cell

pytestmark = pytest.mark.fast

SIGNS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.normalize("NFKC", character)[:1] in tuple("=+-@")
] + ["−"]
"""All that begins a formula, also once compatibility forms are folded; and the minus sign."""


@pytest.mark.parametrize("sign", SIGNS, ids=[f"{ord(sign):x}" for sign in SIGNS])
def test_no_form_of_a_sign_begins_a_cell(sign):
    assert harmless_cell(f"{sign}1") == f"'{sign}1"
    assert harmless_cell(f"anna;{sign}1") == f"anna;'{sign}1"
    assert harmless_cell(f"  {sign}1") == f"  '{sign}1"


@pytest.mark.parametrize("first", ["\t", "\r", "\n", "\x00", "\x1b", "\x85", "\u2028"], ids=ascii)
def test_no_cell_begins_with_a_control_character(first):
    assert harmless_cell(f"{first}anna") == f"'{first}anna"


@pytest.mark.parametrize(
    "name",
    ["anna", "anna-17", "a+b@c.example", "Анна-Мария", "1=1", "a==b", "it's", " ", "", '"a"'],
)
def test_names_stay_as_they_are(name):
    assert harmless_cell(name) == name


@given(st.text(alphabet=st.sampled_from("=+-@＝'\"a1,;|:\t\r\n \u200b\u0301")))
def test_no_sign_follows_anything_but_a_word_an_apostrophe_or_a_sign(text):
    harmless = harmless_cell(text)
    assert harmless.replace("'", "") == text.replace("'", "")
    for before, sign in zip(" " + harmless, harmless, strict=False):
        if sign in "=+-@＝":
            assert before in "a1'=+-@＝"
