"""The console's pages of tests: list, versions, uploads, publishing."""

import pytest

from tests.catalogue.test_definitions import VALID
from tests.catalogue.test_import_xml import PREDECESSOR
from tests.catalogue.test_uploads import zipped
from widget_gateway.domain.console.trail import Deed
from widget_gateway.services.catalogue.files import read_definition_file
from widget_gateway.services.catalogue.uploads import MAX_UPLOAD_BYTES

pytestmark = pytest.mark.gen_test

DRAFTS = "/console/tests/drafts/"
BROKEN = VALID.replace("type: option", "type: nonsense", 1)
BROKEN_LINE = BROKEN.splitlines().index("    type: nonsense") + 1


@pytest.fixture
def catalogue(backend):
    return backend.services.public.catalogue


@pytest.fixture
def import_sample(catalogue, tmp_path):
    """Import a definition as the command does; returns the version."""

    async def imported(source=VALID, *, draft=False):
        path = tmp_path / "sample.yaml"
        path.write_text(source, encoding="utf-8")
        return (await catalogue.add(path, read_definition_file(path), draft=draft)).version

    return imported


async def uploaded(browser, source, name="sample.yaml", **wishes):
    """Upload a file; return the page of its draft."""
    body = source.encode() if isinstance(source, str) else source
    page = await browser.upload(DRAFTS, {"files": (name, body)}, **wishes)
    assert page.status == 303, page.main
    return page.location.partition("?")[0]


def deeds(database):
    """The entries of the trail about tests: deed, outcome, before and after."""
    rows = database["console_trail"].find({"deed": {"$regex": "^test_"}}).sort("_id", 1)
    return [(row["deed"], row["outcome"], row["before"], row["after"]) for row in rows]


async def test_the_list_has_the_tests_with_their_facts(console, import_sample, register):
    await import_sample()
    await import_sample(VALID.replace("Проба", "Другая"), draft=True)
    await register("unlimited")
    await register("mainly", main_tests=("sample",))
    await register("elsewhere", main_tests=("work-values",))
    editor = await console.sign_in("editor")
    page = await editor.get("/console/tests/")
    (row,) = page.tree.xpath("//tr[.//code='sample']")
    cells = [" ".join(str(cell.text_content()).split()) for cell in row]
    assert cells == [
        "Sample sample",
        "published",
        "1 (draft 2)",
        "ru, en",
        "2",
        "after 1 question",
        "2 providers",
    ]


async def test_a_partner_sees_only_what_its_provider_may_use(console, import_sample, register):
    await import_sample()
    await register("college", main_tests=("work-values",), bonus_tests=())
    partner = await console.sign_in("partner", "college")
    page = await partner.get("/console/tests/")
    assert page.tree.xpath("//tbody//code/text()") == ["work-values"]
    assert "college" not in page.main
    assert (await partner.get("/console/tests/test/sample/")).status == 404
    shown = await partner.get("/console/tests/test/work-values/")
    assert shown.status == 200
    assert not shown.tree.xpath("//*[@name='do']")
    for path in (
        "/console/tests/test/work-values/versions/1/",
        "/console/tests/test/work-values/comparison/?old=1&new=1",
        DRAFTS,
    ):
        assert (await partner.get(path)).status == 403, path


async def test_only_editors_and_admins_change_tests(console, import_sample, catalogue):
    await import_sample()
    editor, support = await console.sign_in("editor"), await console.sign_in("support")
    draft = await uploaded(editor, VALID.replace("Проба", "Другая"))
    assert (await support.get(draft)).status == 200
    page = "/console/tests/"
    for path, fields in (
        (draft, {"do": "publish", "test": "sample", "onto": "1"}),
        (draft, {"do": "remove"}),
        ("/console/tests/test/sample/", {"do": "withdraw"}),
    ):
        refused = await support.post(path, page=page, **fields)
        assert refused.status == 403, path
    refused = await support.upload(DRAFTS, {"files": ("x.yaml", b"x")}, page=page)
    assert refused.status == 403
    assert (await catalogue.get_state("sample")).name == "published"


async def test_an_upload_with_a_fault_shows_it_at_its_line_and_is_mended(
    console, catalogue, database
):
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, BROKEN)
    page = await editor.get(draft)
    (line,) = page.tree.xpath("//li[contains(@class, 'found')]")
    assert line.get("value") == str(BROKEN_LINE)
    assert "questions[0].type: must be one of" in line.text_content()
    assert not page.tree.xpath("//button[@value='publish']")
    source = await editor.get(f"{draft}source/?file=sample.yaml")
    (field,) = source.tree.xpath("//textarea[@name='text']")
    assert field.text.lstrip("\n") == BROKEN
    mended = await editor.post(
        draft,
        page=f"{draft}source/?file=sample.yaml",
        do="edit",
        file="sample.yaml",
        revision=1,
        text=VALID.replace("\n", "\r\n"),
    )
    assert mended.location == f"{draft}?done=tests.done_checked"
    page = await editor.follow(mended)
    assert page.tree.xpath("//button[@value='publish']")
    done = await editor.post(draft, do="publish", test="sample", onto="")
    assert done.location.startswith("/console/tests/test/sample/")
    assert (await catalogue.get_current("sample")).version == 1
    told = deeds(database)
    assert [(deed, outcome) for deed, outcome, _, _ in told] == [
        (Deed.TEST_UPLOAD, "done"),
        (Deed.TEST_UPLOAD, "done"),
        (Deed.TEST_PUBLISH, "done"),
    ]
    assert (told[-1][2], told[-1][3]["version"]) == ({"version": None}, 1)


async def test_a_draft_that_was_overtaken_asks_before_it_is_published(
    console, import_sample, catalogue, database
):
    await import_sample()
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, VALID.replace("Проба", "Моя"))
    page = await editor.get(draft)
    assert not page.tree.xpath("//input[@name='sure']")
    assert await import_sample(VALID.replace("Проба", "Другая")) == 2
    # The page was opened before the other version was published.
    refused = await editor.post(draft, do="publish", test="sample", onto="1")
    assert refused.status == 409
    assert (await catalogue.get_state("sample")).current == 2
    page = await editor.get(draft)
    assert page.tree.xpath("//input[@name='sure' and @type='checkbox']")
    assert page.tree.xpath("string(//input[@name='onto']/@value)") == "2"
    unsure = await editor.post(draft, do="publish", test="sample", onto="2")
    assert unsure.status == 422
    assert (await catalogue.get_state("sample")).current == 2
    done = await editor.post(draft, do="publish", test="sample", onto="2", sure="yes")
    assert done.status == 303
    assert (await catalogue.get_state("sample")).current == 3
    assert [outcome for _, outcome, _, _ in deeds(database)] == ["done", "test_changed", "done"]


async def test_what_can_not_be_uploaded_is_told_and_keeps_nothing(console, database):
    editor = await console.sign_in("editor")
    bomb = zipped(("a.yaml", bytes(16 * 2**20)))
    for files, told in (
        ({}, "There is no file"),
        ({"files": ("../x.yaml", b"x")}, "leads out of the upload"),
        ({"files": ("x.zip", bomb)}, "unpacks into far too much"),
        ({"files": ("x.zip", b"PK\x03\x04nothing")}, "The archive can’t be read"),
    ):
        page = await editor.upload(DRAFTS, files)
        assert page.status == 422
        assert told in page.main
    large = await editor.upload(DRAFTS, {"files": ("x.yaml", bytes(MAX_UPLOAD_BYTES + 2**17))})
    assert large.status == 413
    assert database["test_drafts"].count_documents({}) == 0
    assert {outcome for _, outcome, _, _ in deeds(database)} == {"upload_invalid"}


async def test_wrong_options_of_the_import_are_refused_beside_their_fields(console, database):
    editor = await console.sign_in("editor")
    file = {"files": ("sample.yaml", VALID.encode())}
    wrong = {"slug": "no slug", "text_language": "??", "access": "maybe", "columns": "nothing"}
    for name, value in wrong.items():
        page = await editor.upload(DRAFTS, file, **{name: value})
        assert (page.status, name in page.faults or name == "access") == (422, True), name
    page = await editor.upload(DRAFTS, file, access="free", pause_after="3")
    assert (page.status, "pause_after" in page.faults) == (422, True)
    assert database["test_drafts"].count_documents({}) == 0
    draft = await uploaded(editor, VALID, slug="renamed", access="free")
    assert "renamed" in (await editor.get(draft)).main


async def test_what_two_mend_at_once_is_not_lost(console):
    editor, other = await console.sign_in("editor"), await console.sign_in("editor")
    draft = await uploaded(editor, BROKEN)
    form = {"do": "edit", "file": "sample.yaml", "revision": 1}
    assert (await other.post(draft, **form, text=VALID)).status == 303
    late = await editor.post(draft, **form, text=f"{VALID}# mine\n")
    assert late.status == 409
    (field,) = late.tree.xpath("//textarea[@name='text']")
    assert field.text.endswith("# mine\n")
    (revision,) = late.tree.xpath("//form[.//textarea]//input[@name='revision']/@value")
    assert revision == "2"


async def test_a_file_that_is_not_a_test_tells_so_beside_its_name(console):
    editor = await console.sign_in("editor")
    archive = zipped(("a/sample.yaml", VALID), ("b.docx", "x"), ("<b>.yaml", BROKEN))
    page = await editor.get(await uploaded(editor, archive, "tests.zip"))
    assert "b.docx the name ends in .docx" in page.main
    assert "<b>.yaml" in page.main
    assert page.tree.xpath("//button[@value='publish']")


async def test_xml_shows_its_faults_at_their_lines(console):
    quiz = (
        "<quiz>\n<item id='1' method='radio'>\n<question><ru>Раз</ru><en>One</en></question>\n"
        "<option>да</option>\n</item>\n<broken>\n</quiz>"
    )
    editor = await console.sign_in("editor")
    page = await editor.get(await uploaded(editor, quiz, "sample.xml"))
    (line,) = page.tree.xpath("//li[contains(@class, 'found')]")
    assert "not XML" in line.text_content()


async def test_notes_of_an_import_stand_at_their_lines_and_are_no_faults(console):
    quiz = (PREDECESSOR / "109.xml").read_bytes()
    editor = await console.sign_in("editor")
    page = await editor.get(await uploaded(editor, quiz, "109.xml"))
    assert not page.tree.xpath("//li[contains(@class, 'found')]")
    noted = page.tree.xpath("//li[@class='noted' and contains(., '<hint> in <item>')]")
    assert [line.get("value") for line in noted] == ["8"]
    assert page.tree.xpath("//button[@value='publish']")


async def test_a_draft_is_removed_and_replaced(console, database):
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, BROKEN)
    again = await editor.upload(
        draft, {"files": ("new.yaml", VALID.encode())}, do="upload", revision="1"
    )
    assert again.status == 303
    assert "new.yaml" in (await editor.get(draft)).main
    gone = await editor.post(draft, do="remove")
    assert gone.location == f"{DRAFTS}?done=tests.done_removed"
    assert (await editor.get(draft)).status == 404
    assert deeds(database)[-1][:2] == (Deed.TEST_DRAFT_REMOVE, "done")


async def test_drafts_are_listed_page_by_page(console, monkeypatch):
    from handlers.console import test_drafts  # noqa: PLC0415 - its page is made short

    monkeypatch.setattr(test_drafts, "PAGE", 2)
    editor = await console.sign_in("editor")
    made = [await uploaded(editor, VALID) for _ in range(3)]
    links = "//tbody//th/a/@href"
    first = await editor.get(DRAFTS)
    (next_page,) = first.tree.xpath("//a[@rel='next']/@href")
    second = await editor.get(next_page)
    assert [*first.tree.xpath(links), *second.tree.xpath(links)] == made[::-1]
    assert not second.tree.xpath("//a[@rel='next']")


async def test_versions_are_published_and_the_test_withdrawn(
    console, import_sample, catalogue, database
):
    await import_sample()
    await import_sample(VALID.replace("Проба", "Другая"))
    editor = await console.sign_in("editor")
    path = "/console/tests/test/sample/"
    assert (await editor.post(path, do="publish", version=1)).status == 303
    assert (await catalogue.get_state("sample")).current == 1
    assert (await editor.post(path, do="withdraw")).status == 303
    assert (await catalogue.get_state("sample")).name == "withdrawn"
    for version in ("7", "x", "", "9999999999999999"):
        assert (await editor.post(path, do="publish", version=version)).status == 404
    assert (await catalogue.get_state("sample")).name == "withdrawn"
    assert [(b["version"], a["state"]) for _, o, b, a in deeds(database) if o == "done"] == [
        (2, "published"),
        (1, "withdrawn"),
    ]


async def test_a_definition_that_was_downloaded_is_the_one_that_was_imported(
    console, import_sample, catalogue
):
    await import_sample()
    editor = await console.sign_in("editor")
    file = await editor.get("/console/tests/test/sample/versions/1/")
    assert file.headers["Content-Disposition"] == 'attachment; filename="sample-1.yaml"'
    draft = await uploaded(editor, file.body)
    shown = await editor.get(draft)
    assert "No fault was found" in shown.main
    before = await catalogue.get_version("sample", 1)
    await editor.post(draft, do="publish", test="sample", onto="1")
    after = await catalogue.get_current("sample")
    assert after.questions == before.questions


async def test_the_attempts_of_late_are_those_of_all_providers_or_of_the_partners_own(
    console, connect, register
):
    for slug in ("college", "school"):
        await register(slug)
        visitor = await connect()
        opened = await visitor.open(slug, test="work-values")
        await visitor.answer_all(opened["questions"])
        await visitor.send("finish")
        await visitor.expect("finished")
    path = "/console/tests/test/work-values/"
    seen = {}
    for role, provider in (("editor", None), ("partner", "school")):
        page = await (await console.sign_in(role, provider)).get(path)
        names = page.tree.xpath("//dt/text()")
        told = dict(zip(names, page.tree.xpath("//dd/text()"), strict=True))
        seen[role] = (told["Begun"], told["Finished"], told["Paid"])
    assert seen == {"editor": ("2", "2", "0"), "partner": ("1", "1", "0")}


async def test_what_differs_between_two_versions_is_shown(
    console, import_sample, connect, register
):
    await import_sample(VALID.replace("access: paid\npause_after: 1\n", ""))
    await register()
    visitor = await connect()
    opened = await visitor.open(test="sample")
    await visitor.answer_all(opened["questions"])
    await visitor.send("finish")
    await visitor.expect("finished")
    await import_sample(
        VALID.replace("access: paid\npause_after: 1\n", "")
        .replace('minus: ["2"]', 'plus: ["2"]')
        .replace('    plus: ["1"]\n', "")
        .replace("en: Two", "en: Zwei")
    )
    editor = await console.sign_in("editor")
    path = "/console/tests/test/sample/comparison/?old=1&new=2"
    page = await editor.get(path)
    assert page.tree.xpath("//table[caption='Changed questions']//code/text()") == ["2", "text"]
    assert page.tree.xpath("//dd/code/text()") == ["s"]
    scored = await editor.get(f"{path}&results=yes")
    assert "1 result was scored by both versions." in scored.main
    for wrong in ("old=1&new=9", "old=x&new=1", "old=1"):
        answer = await editor.get(f"/console/tests/test/sample/comparison/?{wrong}")
        assert answer.status == 404, wrong


async def test_a_draft_shows_what_differs_from_the_published_version(console, import_sample):
    await import_sample()
    editor = await console.sign_in("editor", language="ru")
    draft = await uploaded(editor, VALID.replace("ru: Проба", "ru: Новая"))
    page = await editor.get(f"{draft}comparison/?test=sample")
    assert page.tree.xpath("//dd/code/text()") == ["title"]
    assert (await editor.get(f"{draft}comparison/?test=unknown")).status == 404


async def test_hostile_addresses_find_nothing(console):
    editor = await console.sign_in("editor")
    draft = await uploaded(editor, VALID)
    for path in (
        "/console/tests/test/unknown/",
        "/console/tests/test/_0123456789abcdef0123456789abcdef/",
        f"{DRAFTS}{'0' * 32}/",
        f"{draft}source/?file=../../etc/passwd",
        f"{draft}source/",
        "/console/tests/test/work-values/versions/999999999/",
    ):
        assert (await editor.get(path)).status == 404, path


async def test_faults_and_notes_are_told_in_the_language_of_the_page(console):
    broken = VALID.replace("type: option", "type: nonsense", 1)
    editor = await console.sign_in("editor", language="ru")
    page = await editor.get(await uploaded(editor, broken))
    assert "допустимо одно из значений: option, checkbox" in page.main
    assert "must be" not in page.main
    editor.language = "en"
    page = await editor.get(await uploaded(editor, broken))
    assert "must be one of: option, checkbox" in page.main
