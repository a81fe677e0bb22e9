"""Colours of reports are seen and read on light and on dark ground, and stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.documents.colors import (
    DARK_GROUND,
    LIGHT_GROUND,
    Shades,
    accent_of,
    contrast,
    legible,
    shades_of,
)
from widget_gateway.domain.catalogue.report_texts import NAMED_COLORS

pytestmark = pytest.mark.fast

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
ACCENT = Shades("#000000", "#ffffff")


def test_the_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(COLORS, st.sampled_from([LIGHT_GROUND, DARK_GROUND]), st.sampled_from([3.0, 4.5]))
def test_any_colour_gets_its_contrast(color, ground, least):
    shade = legible(color, ground, least)
    assert contrast(shade, ground) >= least
    if contrast(color, ground) >= least:
        assert shade == color


@given(COLORS)
def test_a_partners_colour_is_legible_as_text(color):
    accent = accent_of(color)
    assert contrast(accent.light, LIGHT_GROUND) >= 4.5
    assert contrast(accent.dark, DARK_GROUND) >= 4.5


def test_each_named_colour_is_one_of_its_own():
    shades = [shades_of(name, ACCENT) for name in NAMED_COLORS]
    for kind, ground in (("light", LIGHT_GROUND), ("dark", DARK_GROUND)):
        chosen = [getattr(each, kind) for each in shades]
        assert len(set(chosen)) == len(NAMED_COLORS)
        assert all(contrast(color, ground) >= 4.5 for color in chosen)


def test_a_bar_without_a_colour_has_the_accent():
    assert shades_of(None, ACCENT) == ACCENT
