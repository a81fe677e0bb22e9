"""The files of the widget: their size, and what they must not contain."""

import gzip
import re
from pathlib import Path

from tests.browser.widget_units.conftest import STATIC

FRAME_BYTES = 3 * 1024


def modules_before_the_first_question() -> list[str]:
    """Return the modules that widget.js loads at once, with the larger of the languages."""
    source = (STATIC / "widget" / "widget.js").read_text()
    listed = re.search(r"const MODULES = \[([^\]]+)\]", source)
    assert listed
    assert "of [...MODULES, `texts/${words}`]) import" in source
    return ["widget", *re.findall(r"'([a-z/]+)'", listed[1]), "texts/ru"]


def modules() -> list[Path]:
    """Return all modules, without those of a bundle that may lie beside them."""
    found = sorted((STATIC / "widget").rglob("*.js"))
    return [path for path in found if STATIC / "widget" / "dist" not in path.parents]


def gzipped(name: str) -> int:
    return len(gzip.compress((STATIC / "widget" / f"{name}.js").read_bytes(), 9))


def test_the_frame_script_stays_within_its_budget() -> None:
    assert gzipped("frame") <= FRAME_BYTES


def test_all_that_the_element_imports_is_asked_for_in_one_breath() -> None:
    needed, found = ["element"], set()
    while needed:
        name = needed.pop()
        found.add(name)
        source = (STATIC / "widget" / f"{name}.js").read_text()
        imported = re.findall(r"^import .* from '\./([a-z/]+)\.js';$", source, re.MULTILINE)
        needed += set(imported) - found
    assert found <= set(modules_before_the_first_question())


def test_the_page_preloads_the_same_modules() -> None:
    page = (STATIC / "widget" / "page.html").read_text()
    preloaded = re.findall(
        r'"modulepreload" href="/static/widget/(?:v/__VERSION__/)?([a-z/]+)\.js"', page
    )
    assert sorted(preloaded) == sorted(modules_before_the_first_question()[:-1])


def test_markup_is_parsed_in_one_place() -> None:
    sinks = r"\.(?:inner|outer)HTML|setHTML\w*\(|insertAdjacentHTML|DOMParser|\.write\(|srcdoc"
    places = [path.name for path in modules() for _ in re.findall(sinks, path.read_text())]
    assert places == ["question-media.js", "question-media.js"]


def test_no_module_sets_a_style_attribute() -> None:
    for path in modules():
        assert not re.search(r"[{,] style:|'style'|cssText", path.read_text()), path
