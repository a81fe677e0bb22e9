"""Hostile XML is refused with its file and line: bombs, external entities, floods and no XML."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import MAX_BYTES
from widget_gateway.services.catalogue.markup import read_markup
from widget_gateway.services.catalogue.predecessor.elements import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    parse_xml,
)
from widget_gateway.services.catalogue.predecessor.reading import read_predecessor

pytestmark = pytest.mark.fast

OPTIONS = '<options><option value="1">a</option><option value="2">b</option></options>'
ITEM = f'<item id="1"><name>{{}}</name>{OPTIONS}</item>'
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal_of(source):
    with pytest.raises(DefinitionError) as refusal:
        parse_xml(source if isinstance(source, bytes) else source.encode(), "q.xml")
    (problem,) = refusal.value.problems
    assert problem.startswith("q.xml:")
    return problem


@pytest.mark.parametrize(
    "source",
    [
        f'<!DOCTYPE quiz [<!ENTITY a "ha">{LAUGHS}]><quiz>&i;</quiz>',
        f'<!DOCTYPE quiz [<!ENTITY a "ha">{LAUGHS}]><quiz name="&i;"/>',
        f'<!DOCTYPE quiz [<!ENTITY a "{"ha" * 50_000}">]><quiz>{"&a;" * 10_000}</quiz>',
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "SECRET">]><quiz>&x;</quiz>',
        '<!DOCTYPE quiz [<!ENTITY % x SYSTEM "SECRET"> %x;]><quiz/>',
        '<!DOCTYPE quiz SYSTEM "SECRET"><quiz/>',
        '<!DOCTYPE quiz PUBLIC "-//X//EN" "http://127.0.0.1:9/x.dtd"><quiz/>',
        "<!DOCTYPE quiz><quiz/>",
        '<!DOCTYPE quiz [<!ATTLIST quiz name CDATA "made up">]><quiz/>',
        '<!DOCTYPE quiz [<!ENTITY a "&b;"><!ENTITY b "&a;">]><quiz>&a;</quiz>',
    ],
    ids=[
        *("laughs", "laughs in an attribute", "quadratic", "external entity"),
        *("external parameter entity", "external DTD", "public DTD", "empty DTD"),
        *("default attribute", "an entity in itself"),
    ],
)
def test_entities_and_document_types_are_refused(source, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret", encoding="utf-8")
    problem = refusal_of(source.replace("SECRET", secret.as_uri()))
    assert "document type" in problem or "not XML" in problem
    assert "the secret" not in problem


def test_a_document_type_in_another_encoding_is_refused_too():
    assert "document type" in refusal_of("<!DOCTYPE quiz><quiz/>".encode("utf-16"))


def test_a_file_beyond_the_bound_is_refused_unread():
    assert refusal_of(b" " * 3 * 2**20) == "q.xml:1: the file is larger than 2 MiB"
    assert "larger" not in refusal_of(b" " * MAX_BYTES)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 10_000, 300_000])
def test_more_levels_than_any_quiz_has_are_refused(levels):
    problem = refusal_of("<a>" * levels + "</a>" * levels)
    assert "deep" in problem or "depth" in problem or "larger" in problem


def test_more_elements_than_any_quiz_has_are_refused():
    assert "larger" in refusal_of(f"<quiz><items>{ITEM * 100_000}</items></quiz>")
    small = '<item id="1"/>' * 100_000
    assert f"more than {MAX_ELEMENTS} elements" in refusal_of(
        f"<quiz><items>{small}</items></quiz>"
    )


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"not XML",
        b"\x00",
        b"<quiz>\x00</quiz>",
        b"<quiz>\xff\xfe</quiz>",
        b"<quiz>\xd0</quiz>",
        b"<quiz>&#0;</quiz>",
        b"<quiz>&#xD800;</quiz>",
        b"<quiz>&nbsp;</quiz>",
        b"<quiz><items></quiz>",
        b"<quiz/><quiz/>",
        b'<quiz a="1" a="2"/>',
        b'<condition operator="<"/>',
        '<?xml version="1.0" encoding="utf-8"?><quiz>тест</quiz>'.encode("cp1251"),
        '<?xml version="1.0" encoding="utf-16"?><quiz>тест</quiz>'.encode(),
        '<?xml version="1.0" encoding="klingon"?><quiz>тест</quiz>'.encode(),
        b'%YAML 1.2\n---\nslug: "x"',
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
    ],
    ids=[
        *("empty", "words", "NUL", "NUL inside", "invalid UTF-8", "cut UTF-8", "NUL by number"),
        *("half a character", "HTML's entity", "not closed", "two roots", "attribute twice"),
        *("sign in an attribute", "wrong encoding", "wrong width", "unknown encoding"),
        *("YAML", "PNG", "ZIP"),
    ],
)
def test_what_is_no_xml_is_refused_in_one_line(source):
    problem = refusal_of(source)
    assert ": not XML: " in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "html",
    [
        '<a href="javascript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href=" jAvAscript:alert(1)">x</a>',
        '<a href="data:text/html,alert(1)">x</a>',
        '<img src="x" onerror="alert(1)"/>x',
        "<script>alert(1)</script>x",
        '<svg><script xlink:href="data:,alert(1)" xmlns:xlink="x"/></svg>x',
        '<iframe srcdoc="alert(1)"/>x',
        '<form action="javascript:alert(1)"><button>x</button></form>',
        '<p style="background:url(javascript:alert(1))">x</p>',
        "<![CDATA[<script>alert(1)</script><b>x</b>]]>",
        "&lt;img src=x onerror=alert(1)&gt;x",
        '<![CDATA[<noscript><p title="</noscript><img src=x onerror=alert(1)>">]]>x',
    ],
    ids=[
        *("link", "written by number", "spelled otherwise", "data", "handler", "script", "svg"),
        *("frame", "form", "style", "CDATA", "escaped", "mutation"),
    ],
)  # fmt: skip
def test_html_that_would_run_is_told_and_taken_out(tmp_path, html):
    path = tmp_path / "q.xml"
    path.write_text(
        f"<quiz><items>{ITEM.format(html)}</items></quiz>".replace(
            "</name>", f"</name><text>{html}</text><right>{html}</right>"
        ),
        encoding="utf-8",
    )
    definition = read_predecessor(path)
    question = definition.test.questions[0]
    for text in (question.html, question.right):
        written = str(text).replace("&lt;", "").lower()
        for evil in ("javascript:", "onerror=alert", "<script", "data:", "<iframe", "style="):
            assert evil not in written
    assert "<" not in str(question.text["ru" if "ru" in question.text else "en"])
    assert any("could not be carried over" in note for note in definition.notes)


def test_a_picture_whose_address_would_run_is_left_out_and_told(tmp_path):
    path = tmp_path / "q.xml"
    item = ITEM.format("a").replace("</name>", "</name><img>javascript:alert(1)</img>")
    path.write_text(f"<quiz><items>{item}</items></quiz>", encoding="utf-8")
    definition = read_predecessor(path)
    assert definition.test.questions[0].image is None
    assert "a picture whose address begins with javascript:" in definition.notes[0]


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<b>", "<a href='", "</", "<![CDATA[", "&#"])
def test_tag_soup_is_read_without_an_error(piece):
    assert len(read_markup(piece * (20_000 // len(piece)), str).html) < 200_000


TAGS = st.sampled_from(
    [
        *("quiz", "items", "item", "name", "text", "img", "options", "option"),
        *("fields", "field", "ru", "en", "b", "p", "config", "texts"),
    ]
)


@st.composite
def trees(draw, depth=0):
    tag = draw(TAGS)
    attributes = draw(
        st.dictionaries(
            st.sampled_from(["id", "method", "count", "timer", "value", "img", "correct", "type"]),
            st.sampled_from(["", "1", "a", "text", "GRADIENT", "true", "-3", "x:y", "{{ SUM }}"]),
            max_size=3,
        )
    )
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = draw(st.lists(trees(depth + 1), max_size=4)) if depth < 4 else []
    words = draw(st.sampled_from(["", "да", "x", "{{ Y }}"]))
    return f"<{tag}{written}>{words}{''.join(inner)}</{tag}>"


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(trees(2), max_size=3), st.lists(trees(1), max_size=3))
def test_whatever_the_elements_are_there_is_a_definition_or_a_fault(tmp_path, items, texts):
    path = tmp_path / "q.xml"
    item = f'<item id="1">{OPTIONS}{"".join(items)}</item>'
    config = f"<config><texts>{''.join(texts)}</texts></config>"
    path.write_text(f"<quiz><items>{item}</items>{config}</quiz>", encoding="utf-8")
    try:
        assert read_predecessor(path).test.questions
    except DefinitionError as refusal:
        assert all(str(path) in problem for problem in refusal.problems)  # noqa: PT017
