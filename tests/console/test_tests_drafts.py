"""Drafts of tests: uploaded, checked, mended, published over what they were made from."""

from datetime import timedelta

import pytest

from tests.catalogue.test_definitions import VALID
from tests.catalogue.test_import_xml import PREDECESSOR
from tests.catalogue.test_uploads import zipped
from widget_gateway.domain.console.drafts import KEPT_FOR, DraftId, Finding, ImportWishes
from widget_gateway.domain.errors import (
    DraftChangedError,
    DraftNotFoundError,
    TestChangedError,
    TestNotFoundError,
    UploadInvalidError,
)
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.files import read_definition_file
from widget_gateway.services.catalogue.uploads import UploadedFile

pytestmark = pytest.mark.gen_test

SAMPLE = TestSlug("sample")
LOGIN = "author@example.org"
NOTHING = ImportWishes()
BROKEN = VALID.replace("type: option", "type: nonsense", 1)


@pytest.fixture
def drafts(backend):
    return backend.authoring.drafts


@pytest.fixture
def catalogue(backend):
    return backend.services.public.catalogue


@pytest.fixture
def upload(drafts):
    """Upload one file, or several by their names."""

    async def send(*files, wishes=NOTHING, name="sample.yaml"):
        given = [
            UploadedFile(*((name, file.encode()) if isinstance(file, str) else file))
            for file in files
        ]
        return await drafts.upload(given, wishes, LOGIN)

    return send


async def test_a_draft_is_no_test_until_it_is_published(upload, drafts, catalogue):
    draft = await upload(VALID)
    assert draft.outcome.of(SAMPLE).questions == 2
    assert (draft.outcome.faults, draft.based_on, draft.login) == (0, {"sample": None}, LOGIN)
    with pytest.raises(TestNotFoundError):
        await catalogue.get_state(SAMPLE)
    imported = await drafts.publish(draft, SAMPLE, None)
    assert (imported.version, imported.is_new) == (1, True)
    assert (await catalogue.get_current(SAMPLE)).free_length == 1
    assert (await drafts.get(draft.id)).published == {"sample": 1}


async def test_a_published_draft_is_what_the_import_makes_of_the_same_file(
    upload, drafts, catalogue, tmp_path
):
    draft = await upload(VALID)
    await drafts.publish(draft, SAMPLE, None)
    path = tmp_path / "sample.yaml"
    path.write_text(VALID, encoding="utf-8")
    imported = await catalogue.add(path, read_definition_file(path))
    assert (imported.version, imported.is_new) == (1, False)


async def test_faults_have_the_lines_of_the_source(upload, drafts):
    draft = await upload(BROKEN)
    line = BROKEN.splitlines().index("    type: nonsense") + 1
    (fault,) = draft.outcome.refused["sample.yaml"]
    assert (fault.file, fault.lines) == ("sample.yaml", (line,))
    assert fault.text.startswith("questions[0].type: must be one of: ")
    assert draft.outcome.found_in("sample.yaml") == (fault,)
    with pytest.raises(DraftNotFoundError):
        await drafts.publish(draft, SAMPLE, None)


async def test_notes_of_an_import_have_the_lines_of_all_files_of_the_test(upload):
    names = [path for path in (PREDECESSOR / "Interests").iterdir() if path.suffix == ".xml"]
    files = [(f"all/Interests/{path.name}", path.read_bytes()) for path in names]
    draft = await upload(*files, ("all/other.doc", b"x"))
    (test,) = draft.outcome.tests
    assert (test.file, test.slug) == ("all/Interests/quiz.xml", "Interests")
    placed = {note.file for note in test.notes if note.lines}
    assert "all/Interests/config.xml" in placed
    assert placed <= {name for name, _ in files}
    assert all(note.is_note for note in test.notes)
    assert draft.outcome.passed_over == {"all/other.doc": "the name ends in .doc"}


async def test_an_archive_is_a_draft_of_all_its_tests(upload):
    other = VALID.replace("slug: sample", "slug: other")
    draft = await upload(
        ("tests.zip", zipped(("a.yaml", VALID), ("b/o.yaml", other), ("c.yaml", BROKEN)))
    )
    assert {test.slug: test.file for test in draft.outcome.tests} == {
        "sample": "a.yaml",
        "other": "b/o.yaml",
    }
    assert list(draft.outcome.refused) == ["c.yaml"]
    assert draft.name == "tests.zip"


async def test_what_the_author_says_is_what_the_options_of_the_import_say(upload, drafts):
    said = ImportWishes(slug="renamed", access="free")
    draft = await upload(VALID, wishes=said)
    assert [test.slug for test in draft.outcome.tests] == ["renamed"]
    _, definition = await drafts.definition_of(draft, TestSlug("renamed"))
    assert definition.test.free_length == 2


async def test_a_refused_upload_keeps_nothing(upload, drafts, database):
    with pytest.raises(UploadInvalidError):
        await upload(("../x.yaml", VALID.encode()))
    assert await drafts.list_page(None, 10) == []
    assert database["test_drafts"].count_documents({}) == 0


async def test_a_mended_draft_has_no_fault_any_more(upload, drafts):
    draft = await upload(BROKEN)
    mended = await drafts.edit(draft, draft.revision, "sample.yaml", VALID)
    assert (mended.outcome.faults, mended.revision) == (0, 2)
    assert await drafts.read_file(draft.id, "sample.yaml") == VALID.encode()
    again = await drafts.upload_again(
        mended, mended.revision, [UploadedFile("new.yaml", BROKEN.encode())]
    )
    assert (list(again.sizes), again.outcome.faults) == (["new.yaml"], 1)


async def test_two_who_mend_a_draft_do_not_overwrite_each_other(upload, drafts):
    draft = await upload(BROKEN)
    await drafts.edit(draft, draft.revision, "sample.yaml", VALID)
    with pytest.raises(DraftChangedError):
        await drafts.edit(draft, draft.revision, "sample.yaml", BROKEN)
    assert await drafts.read_file(draft.id, "sample.yaml") == VALID.encode()


async def test_only_texts_of_the_draft_are_mended(upload, drafts):
    table = zipped(("xl/workbook.xml", "x"))
    draft = await upload(("table.xlsx", table), ("sample.yaml", VALID.encode()))
    for name in ("table.xlsx", "unknown.yaml", "../sample.yaml"):
        with pytest.raises(DraftNotFoundError):
            await drafts.edit(draft, draft.revision, name, VALID)
    assert await drafts.read_file(draft.id, "table.xlsx") == table


async def test_a_draft_that_was_overtaken_is_not_published_unseen(upload, drafts, catalogue):
    draft = await upload(VALID)
    newer = await upload(VALID.replace("Проба", "Другая"))
    await drafts.publish(newer, SAMPLE, None)
    with pytest.raises(TestChangedError) as caught:
        await drafts.publish(draft, SAMPLE, draft.based_on["sample"])
    assert caught.value.current == 1
    assert (await catalogue.get_state(SAMPLE)).current == 1
    assert (await drafts.get(draft.id)).published == {}
    imported = await drafts.publish(draft, SAMPLE, 1)
    assert imported.version == 2


async def test_a_mended_draft_stays_based_on_what_was_published_when_it_was_made(upload, drafts):
    draft = await upload(VALID)
    newer = await upload(VALID.replace("Проба", "Другая"))
    await drafts.publish(newer, SAMPLE, None)
    mended = await drafts.edit(draft, 1, "sample.yaml", VALID.replace("Проба", "Третья"))
    assert mended.based_on == {"sample": None}


async def test_drafts_are_listed_from_the_newest_on_page_by_page(upload, drafts):
    made = [await upload(VALID) for _ in range(3)]
    newest_first = sorted((draft.id for draft in made), reverse=True)
    page = await drafts.list_page(None, 2)
    assert [draft.id for draft in page] == newest_first[:2]
    rest = await drafts.list_page(page[-1].id, 2)
    assert [draft.id for draft in rest] == newest_first[2:]


async def test_a_removed_draft_is_gone(upload, drafts):
    draft = await upload(VALID)
    await drafts.remove(draft.id)
    for call in (drafts.get(draft.id), drafts.remove(draft.id), drafts.read_file(draft.id, "x")):
        with pytest.raises(DraftNotFoundError):
            await call


async def test_a_draft_is_kept_for_thirty_days_after_its_last_change(upload, database):
    draft = await upload(VALID)
    row = database["test_drafts"].find_one({"_id": draft.id})
    kept = row["expires_at"] - row["changed_at"]
    assert timedelta(days=30) == KEPT_FOR == kept
    index = database["test_drafts"].index_information()["expiry"]
    assert index["expireAfterSeconds"] == 0


async def test_an_unknown_draft_is_not_found(drafts):
    with pytest.raises(DraftNotFoundError):
        await drafts.get(DraftId("0" * 32))


async def test_a_finding_without_a_place_belongs_to_its_file(upload):
    draft = await upload("- 1\n- 2\n")
    (found,) = draft.outcome.refused["sample.yaml"]
    assert isinstance(found, Finding)
    assert found.file == "sample.yaml"
