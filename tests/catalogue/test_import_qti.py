"""QTI: a folder with an assessment of version 2.2, a package of version 3, and single items."""

import io
import zipfile

import pytest

from tests.support.foreign import (
    FILES,
    form_of,
    imported,
    imported_text,
    options_of,
    refusal_of,
    scores,
)

pytestmark = pytest.mark.fast

ITEM = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="i"
title="Title"><qti-item-body>{}</qti-item-body></qti-assessment-item>"""


def packed(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_an_assessment_keeps_the_order_of_its_items_and_their_sections():
    test = imported("qti-2/imsmanifest.xml")
    assert form_of(test) == "QTI 2"
    assert test.test.slug == "weaving-basics"
    assert test.test.title == {"en": "Weaving"}
    assert [(q.id, q.type.value, q.group) for q in test.test.questions] == [
        ("choice", "option", "Threads"),
        ("mixed-1", "text", "Threads"),
        ("mixed-2", "checkbox", "Threads"),
        ("order", "rating", "Looms"),
    ]
    assert test.test.by_id["mixed-1"].text == {"en": "One weaves on a _____ at home."}
    assert test.test.by_id["mixed-1"].timer == 45
    assert test.document["questions"][0]["order"] == "random"
    assert test.document["blocks"] == [
        {"questions": ["choice", "mixed-1", "mixed-2"], "order": "random"}
    ]


def test_right_answers_mappings_and_weights_are_what_counts():
    test = imported("qti-2/assessment.xml")
    assert options_of(test, "choice") == [
        ("ChoiceA", "ChoiceA", False),
        ("ChoiceB", "ChoiceB", True),
    ]
    assert options_of(test, "mixed-2") == [
        ("1", "1", False),
        ("1~2", "1", False),
        ("-1", "-1", False),
    ]
    sheet = {"choice": ["ChoiceB"], "mixed-1": ["loom"], "mixed-2": ["1", "-1"]}
    assert scores(test, **sheet) == {"total": (3, -0.5, 4)}


def test_what_a_test_can_not_do_is_told_with_the_file_of_the_item():
    told = imported("qti-2/assessment.xml").notes
    lost = [note.replace("could not be carried over: ", "") for note in told if "carried" in note]
    assert lost == [
        "assessment.xml:3: 600 seconds for <assessmentTest>",
        "assessment.xml:11: a selection of 1 items: all are asked",
        "assessment.xml:12: the fixed place of an item",
        'assessment.xml:13: the file "missing.xml", which is not in the package',
        "assessment.xml:16: <outcomeProcessing> of an assessment",
        "choice.xml:12: the fixed place of an option",
        "choice.xml:13: <em> in an option, whose text is plain",
        "mixed.xml:9: the lowerBound of a mapping",
        'mixed.xml:12: a second accepted answer, "handloom"',
        "mixed.xml:17: a question (hotspotInteraction)",
        "order.xml:7: the right order; a rating has no right answer",
    ]


@pytest.mark.parametrize("how", ["folder", "zip"])
def test_a_package_of_version_3_without_an_assessment_has_the_items_of_its_manifest(how):
    names = ("imsmanifest.xml", "items/slider.xml", "items/choice.xml")
    if how == "folder":
        test = imported("qti-3/imsmanifest.xml")
    else:
        test = imported_text(
            "boats.zip", packed({name: (FILES / "qti-3" / name).read_bytes() for name in names})
        )
    assert form_of(test) == "QTI 3"
    assert test.test.slug == "boats"
    assert test.test.locales == ("ru",)
    assert [(q.id, q.type.value) for q in test.test.questions] == [
        ("slider-1", "gradient"),
        ("slider-2", "text"),
        ("choice", "checkbox"),
    ]
    assert [o.value for o in test.test.by_id["slider-1"].options] == ["0", "2", "4", "6", "8"]
    choice = test.test.by_id["choice"]
    assert choice.count == 2
    assert choice.options[2].image.src == "https://pictures.example/boat.png"
    assert scores(test, choice=["C", "A"]) == {"total": (1, 0, 1)}
    lost = 'could not be carried over: a file outside of the package, "../../outside.xml"'
    assert f"imsmanifest.xml:6: {lost}" in test.notes


def test_several_gaps_of_an_item_are_questions_that_show_their_own():
    gaps = "<p>A <qti-text-entry-interaction/> and a <qti-text-entry-interaction/>.</p>"
    test = imported_text("i.xml", ITEM.format(gaps))
    assert [q.text["en"] for q in test.test.questions] == ["A _____ and a ….", "A … and a _____."]


def test_a_long_slider_becomes_options_and_one_without_end_is_lost():
    slider = '<qti-slider-interaction lower-bound="{}" upper-bound="{}"/>'
    test = imported_text("i.xml", ITEM.format(slider.format(1, 10) + slider.format(0, 999_999)))
    assert [len(q.options) for q in test.test.questions] == [10]
    assert "i.xml:2: could not be carried over: a slider of 1000000 steps" in test.notes


def test_a_package_of_version_1_is_refused_with_what_it_holds():
    manifest = (
        '<manifest><resources><resource type="imsqti_xmlv1p2" href="a"/></resources></manifest>'
    )
    problems = refusal_of("p.zip", packed({"imsmanifest.xml": manifest}))
    assert problems[1].endswith("could not be carried over: a resource of type imsqti_xmlv1p2")


def bomb():
    return packed({"imsmanifest.xml": "<manifest/>"} | {f"{n}": b"\0" * 2**24 for n in range(5)})


def lying():
    """Return an archive whose member unpacks into more than it says."""
    packed_ = bytearray(packed({"imsmanifest.xml": b"<manifest>" + b" " * 1_000 + b"</manifest>"}))
    end = packed_.rindex(b"PK\x01\x02")
    packed_[end + 24 : end + 28] = (10).to_bytes(4, "little")
    return bytes(packed_)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb, "unpacks into more than 64 MiB"),
        (lambda: packed({f"{n}.xml": "" for n in range(3_000)}), "more than 2000 members"),
        (lambda: packed({"../imsmanifest.xml": ""}), "a member outside of itself"),
        (lambda: packed({"/etc/passwd": ""}), "a member outside of itself"),
        (lambda: packed({"..\\x.xml": ""}), "a member outside of itself"),
        (lambda: packed({"a": ""}, zipfile.ZIP_LZMA), "packed in an unknown way"),
        (lambda: packed({"notes.txt": "x"}), "neither a QTI package nor a workbook"),
        (lambda: packed({"a.zip": packed({"imsmanifest.xml": "<manifest/>"})}), "neither"),
        (lambda: packed({"imsmanifest.xml": "<manifest>"}), "not XML"),
        (lambda: packed({"imsmanifest.xml": "<manifest/>"}), "has no question"),
        (lying, "is damaged"),
        (lambda: packed({"imsmanifest.xml": "<manifest/>"})[:-10], "damaged zip archive"),
        (lambda: b"PK\x03\x04", "damaged zip archive"),
        (lambda: packed({"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "DOCTYPE"),
        (lambda: packed({"xl/workbook.xml": "<a/>"}), "not a workbook that can be read"),
    ],
    ids=[
        *("bomb", "many", "climbing", "absolute", "backslash", "method", "other", "nested"),
        *("cut manifest", "empty", "lying", "cut", "begun", "entity", "no workbook"),
    ],
)
def test_hostile_archives_are_refused(content, why):
    assert why in refusal_of("p.zip", content())[0]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE assessmentItem [<!ENTITY a "b">]><assessmentItem>&a;</assessmentItem>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><assessmentItem/>',
        "<assessmentItem/>",
        "<assessmentTest><testPart>" + "<assessmentSection>" * 45,
        "<assessmentItem><itemBody>"
        + "<choiceInteraction/>" * 5_000
        + "</itemBody></assessmentItem>",
        ITEM.format("<p><qti-extended-text-interaction/></p>" * 5_000),
    ],
    ids=["entity", "external", "empty", "deep", "nothing", "many"],
)
def test_hostile_items_are_refused(text):
    assert refusal_of("i.xml", text)[0].startswith("i.xml:")


def test_a_file_beside_is_read_only_inside_of_the_folder(tmp_path):
    inside = tmp_path / "package"
    inside.mkdir()
    (tmp_path / "secret.xml").write_text(ITEM.format("<qti-extended-text-interaction/>"))
    (inside / "link.xml").symlink_to(tmp_path / "secret.xml")
    (inside / "test.xml").write_text(
        '<assessmentTest title="t" identifier="t"><testPart><assessmentSection>'
        '<assessmentItemRef href="link.xml"/><assessmentItemRef href="../secret.xml"/>'
        "</assessmentSection></testPart></assessmentTest>"
    )
    problems = " ".join(refusal_of(str(inside / "test.xml"), (inside / "test.xml").read_bytes()))
    assert "has no question that can be imported" in problems
    assert 'the file "link.xml", which is not in the package' in problems
