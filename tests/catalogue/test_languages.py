"""Languages of definitions: which tags are right, what stands in, and what an author reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_gateway.domain.catalogue.languages import best_language, with_parents
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import (
    MAX_NOTES,
    definition_from,
    read_definition,
)
from widget_gateway.services.language_tags import (
    MAX_WANTED,
    WELL_FORMED,
    canonical_tag,
    is_registered,
    wanted_tags,
)

pytestmark = pytest.mark.fast

NAMES = {"ru": "Проба", "hy": "Փորձ", "kk": "Сынақ", "zh-Hant": "測驗"}


def document(locales=None, title=None, **question):
    asked = {"id": "1", "type": "text", "text": {"hy": "Ինչո՞ւ"}, "fields": [{}]} | question
    listed = {"locales": locales} if locales else {}
    return {"slug": "t", "title": title or NAMES, "questions": [asked], **listed}


def read(*args, **question):
    return read_definition(json.dumps(document(*args, **question)).encode(), "t.yaml")


def problems(*args, **question):
    with pytest.raises(DefinitionError) as refusal:
        read(*args, **question)
    return refusal.value.problems


def test_a_test_speaks_any_language():
    test = read(["hy", "kk", "zh-Hant"], text={"hy": "Ա", "kk": "Ә", "zh-Hant": "字"}).test
    assert test.locales == ("hy", "kk", "zh-Hant")
    assert localized(test.questions[0].text, "zh-Hant") == "字"


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("xx-notalang", '"xx-notalang" is no language (BCP 47): a part of it is not registered'),
        ("xx", '"xx" is no language (BCP 47): a part of it is not registered'),
        ("english", '"english" is no language (BCP 47): it is a tag such as ru, hy or zh-Hant'),
        ("ru_RU", '"ru_RU" is no language (BCP 47): it is a tag such as ru, hy or zh-Hant'),
        ("ру", '"ру" is no language (BCP 47): it is a tag such as ru, hy or zh-Hant'),
        ("ru-", '"ru-" is no language (BCP 47): it is a tag such as ru, hy or zh-Hant'),
        ("RU", 'the language "RU" is written "ru"'),
        ("zh-hant-tw", 'the language "zh-hant-tw" is written "zh-Hant-TW"'),
        ("iw", 'the language "iw" is written "he"'),
        ("eng", 'the language "eng" is written "en"'),
    ],
)
def test_a_wrong_tag_is_a_fault_that_says_what_is_right(tag, why):
    assert problems(["hy", tag]) == [f"t.yaml:1: locales[1]: {why}"]
    assert problems(["hy"], text={"hy": "Ա", tag: "?"}) == [f"t.yaml:1: questions[0].text: {why}"]


def test_a_language_stands_once_and_there_are_at_most_fifty():
    assert problems(["hy", "hy"]) == ["t.yaml:1: locales: lists an entry twice"]
    many = ["hy", *(f"en-{a}{b}" for a in "GIM" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    registered = [tag for tag in many if is_registered(tag) and canonical_tag(tag) == tag]
    assert len(registered) > 50
    assert "t.yaml:1: locales: takes at most 50 entries" in problems(registered[:51])
    assert problems(["hy"], text=dict.fromkeys(registered[:51], "?")) == [
        "t.yaml:1: questions[0].text: takes at most 50 entries"
    ]


def test_a_text_that_lacks_a_language_is_a_note_that_names_what_stands_in():
    read_one = read(["kk", "ru", "hy"], text={"hy": "Ա", "ru": "Я"})
    assert read_one.notes == (
        "t.yaml:1: locales: some texts are in zh-Hant, which the test does not list",
        "t.yaml:1: questions[0].text: the text is missing in: kk; the one in ru stands in",
    )
    assert localized(read_one.test.questions[0].text, "kk") == "Я"


def test_what_a_parent_says_is_not_missing():
    title = {"zh-Hant": "測驗", "hy": "Ա"}
    assert read(["zh-Hant-TW", "hy"], title, text={"zh": "字", "hy": "Ա"}).notes == ()


def test_a_language_without_any_text_is_a_fault():
    why = "no text of the test is in: kk, mn; list the languages that it has (unset, they are"
    (problem,) = problems(["hy", "kk", "mn"], {"hy": "Ա"})
    assert problem.startswith(f"t.yaml:1: locales: {why}")
    (problem,) = problems(None, {"ru": "Проба"})
    assert "no text of the test is in: en;" in problem


def test_many_notes_are_cut_short():
    questions = [
        {"id": str(number), "type": "text", "text": {"hy": "Ա"}, "fields": [{}]}
        for number in range(MAX_NOTES + 20)
    ]
    source = document(["hy", "ru"], {"hy": "Ա", "ru": "Я"}) | {"questions": questions}
    notes = read_definition(json.dumps(source).encode(), "t.yaml").notes
    assert (len(notes), notes[-1]) == (MAX_NOTES + 1, "… and 20 more texts")


def test_a_definition_that_was_stored_before_is_read_as_it_was():
    stored = {
        "slug": "old",
        "title": {"en": "Old", "ru": "Старый"},
        "questions": [{"id": "1", "type": "text", "text": {"en": "?", "ru": "?"}, "fields": [{}]}],
    }
    test = definition_from(stored)
    assert (test.locales, dict(test.title)) == (("ru", "en"), {"ru": "Старый", "en": "Old"})
    assert test.locale_for("de") == "ru"


@pytest.mark.parametrize(
    ("wanted", "offered", "best"),
    [
        ("zh-Hant-TW", ["zh", "zh-Hant"], "zh-Hant"),
        ("zh-Hant-TW", ["ru", "zh"], "zh"),
        ("en", ["ru", "en-GB"], "en-GB"),
        ("pt-BR", ["pt-PT", "pt"], "pt"),
        ("de-u-co-phonebk", ["de"], "de"),
        ("de", ["ru", "en"], None),
    ],
)
def test_the_closest_language_is_found(wanted, offered, best):
    assert best_language(wanted, offered) == best


def test_a_later_wish_comes_before_the_first_language_of_the_test():
    test = read(["hy", "kk", "ru"], text={"hy": "1", "kk": "2", "ru": "3"}).test
    assert test.locale_for("de-AT", "kk-KZ", "ru") == "kk"
    assert test.locale_for(None, "ru") == "ru"
    assert test.locale_for() == test.locale_for("de") == "hy"


def test_parents_end_before_a_single_letter():
    assert [*with_parents("de-AT-u-co-eor")] == ["de-AT-u-co-eor", "de-AT-u-co", "de-AT", "de"]


@pytest.mark.parametrize(
    ("listed", "tags"),
    [
        ("", ()),
        ("kk-kz, RU", ("kk-KZ", "ru")),
        ("xx-notalang", ("xx-notalang",)),
        ("ru-Cyrl-Latn,ru", ("ru",)),
    ],
)
def test_wanted_languages_are_read_in_their_order(listed, tags):
    assert wanted_tags(listed) == tags


@pytest.mark.parametrize(
    "listed",
    [
        ",",
        "ru,",
        "ru_RU",
        "*",
        "x-mine",
        "ру",
        "a" * 100,
        ",".join(["ru"] * (MAX_WANTED + 1)),
    ],
)
def test_what_is_no_list_of_tags_is_refused(listed):
    with pytest.raises(ValueError, match=r"^it (is a language tag|has at most)"):
        wanted_tags(listed)


@given(st.from_regex(WELL_FORMED, fullmatch=True))
def test_whatever_has_the_outline_of_a_tag_may_be_wanted(text):
    (*tags,) = wanted_tags(text)
    assert tags == [canonical_tag(text)] * len(tags)
    assert all(canonical_tag(tag) == tag for tag in tags)
