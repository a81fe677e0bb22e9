"""The pages below `/docs/`: complete, in two languages, and without anything from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from handlers.reference.calls import FAMILIES, calls_of
from handlers.reference.guides import GUIDES, guide_names
from handlers.reference.openapi import openapi_document
from handlers.reference.pages import endpoints
from handlers.reference.words import LANGUAGES, Words, _read

MKDOCS = Path(__file__).parents[2] / "mkdocs.yml"
MISSPELT = "/api/extermnal_serources/{resource_id}"


@pytest.fixture(scope="module")
def calls():
    return calls_of(openapi_document(endpoints(), ""))


class Page(HTMLParser):
    """What a page loads, where it leads, the places that it has, and its text."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.status = answer.code
        self.headers = answer.headers
        self.source = answer.body.decode()
        self.loaded = []
        self.links = []
        self.places = []
        self.inline = []
        self.text = ""
        self._is_in_main = False
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self._is_in_main |= tag == "main"
        if "id" in attributes:
            self.places.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        elif "src" in attributes or "href" in attributes:
            self.loaded.append(attributes.get("src") or attributes["href"])
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]

    def handle_data(self, data):
        if self._is_in_main:
            self.text += data


@pytest.fixture
def fetch(api):
    """Fetch a page in a language, by its header."""

    async def get(path, language="en", **options):
        headers = {"Accept-Language": language} | options.pop("headers", {})
        return Page(await api.fetch_raw(path, headers=headers, **options))

    return get


@pytest.mark.gen_test
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_page_can_be_reached_and_every_link_leads_to_its_place(
    api, fetch, calls, language
):
    pages, waiting = {}, {"/docs/"}
    while waiting:
        path = waiting.pop()
        page = pages[path] = await fetch(path, language)
        assert page.status == 200, path
        found = {urlsplit(link).path for link in (*page.links, *page.loaded)}
        waiting |= {
            link
            for link in found
            if link.startswith("/docs/") and link not in pages and not link.endswith(".png")
        }
        for picture in (link for link in found if link.endswith(".png")):
            answer = await api.fetch_raw(picture)
            assert answer.headers["Content-Type"] == "image/png"
    assert set(pages) >= {call.address for call in calls}
    assert set(pages) >= {f"/docs/{family}/" for family in FAMILIES}
    assert set(pages) >= {f"/docs/guides/{name}/" for name in guide_names()}
    for path, page in pages.items():
        assert len(page.places) == len(set(page.places)), path
        for link in page.links:
            parts = urlsplit(link)
            target = pages.get(parts.path or path)
            if target is not None and parts.fragment:
                assert unquote(parts.fragment) in target.places, (path, link)


@pytest.mark.gen_test
async def test_a_call_has_its_parameters_answer_and_refusals_on_its_page(fetch, calls):
    for call in calls:
        page = await fetch(call.address)
        assert call.summary in page.text
        assert call.path in page.text
        assert {f"parameter-{one.name}" for one in call.parameters} <= set(page.places)
        assert all(one.reason in page.text for one in call.refusals)
        if call.answer is not None:
            assert call.answer in page.text


@pytest.mark.gen_test
async def test_the_overview_and_the_plain_list_name_every_call(fetch, calls):
    for path in ("/docs/", "/docs/list/"):
        page = await fetch(path)
        for call in calls:
            assert call.address in page.links
            assert call.summary in page.text
    assert {one.name for call in calls for one in call.parameters} <= set(page.text.split())


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("asked", "accepted", "language", "links"),
    [
        ("", "ru", "ru", "/docs/reasons/"),
        ("", "en-GB, ru;q=0.5", "en", "/docs/reasons/"),
        ("", "", "ru", "/docs/reasons/"),
        ("?locale=en", "ru", "en", "/docs/reasons/?locale=en"),
        ("?locale=<script>", "en", "en", "/docs/reasons/"),
        ("?locale=%ff", "en", "en", "/docs/reasons/"),
    ],
)
async def test_a_page_has_the_language_of_its_reader(fetch, asked, accepted, language, links):
    page = await fetch(f"/docs/{asked}", accepted)
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page.source
    assert links in page.links


@pytest.mark.gen_test
async def test_a_language_that_was_asked_for_is_kept_by_every_link(fetch):
    for path in ("/docs/", "/docs/partner/result-attach/", "/docs/guides/widget/", "/docs/list/"):
        page = await fetch(f"{path}?locale=ru", "en")
        within = [link for link in page.links if link.startswith("/docs/")]
        assert len(within) > 50
        others = [link for link in within if "?locale=ru" not in link]
        assert others == [f"{path}?locale=en"]


@pytest.mark.gen_test
@pytest.mark.parametrize("path", ["/docs/", "/docs/partner/invoice/", "/docs/guides/webhooks/"])
async def test_a_page_runs_and_loads_only_files_of_the_gateway(fetch, path):
    page = await fetch(path)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert page.inline == []
    for address in page.loaded:
        assert address.startswith(("/favicon", "/static/reference/", "/docs/guides/images/"))
        assert (await fetch(address)).status == 200


@pytest.mark.gen_test
async def test_addresses_of_the_former_single_page_lead_to_the_call(fetch):
    page = await fetch("/docs/")
    assert {
        *("partner-api-v3-result-attach", "partner-api-v1-calculate", "start", "healthz"),
        *("delete-api-v1-callback-sessions-id_phperson", "put-api-questions-question_id"),
        *("api-extermnal_serources-resource_id", "tests-api-v1-info-slug", "openapi.json"),
    } <= set(page.places)


@pytest.mark.gen_test
async def test_the_misspelt_path_answers_and_is_shown_as_an_alias_only(fetch, calls):
    item = openapi_document(endpoints(), "")["paths"][MISSPELT]
    assert item["get"]["deprecated"]
    (call,) = (call for call in calls if MISSPELT in call.aliases)
    assert call.path == "/api/external_resources/{resource_id}"
    for path in ("/docs/", "/docs/qua/", "/docs/list/"):
        assert "extermnal" not in (await fetch(path)).text
    page = await fetch(call.address)
    before, _, aliases = page.text.partition("Other addresses of this call")
    assert "extermnal" not in before
    assert f"{MISSPELT}: a misspelling in a former document" in aliases


@pytest.mark.gen_test
async def test_the_search_finds_calls_parameters_reasons_and_headings(api):
    answer = await api.fetch("/docs/search.json?locale=ru")
    found = {(one["kind"], one["name"]): one for one in answer.body}
    assert found["call", "result/attach"]["text"] == "Привязать результат к пользователю"
    assert "Attach a result" in found["call", "result/attach"]["also"]
    place = found["parameter", "payment_id"]["address"]
    assert place == "/docs/partner/payment-confirm/?locale=ru#parameter-payment_id"
    assert found["reason", "access_limit_reached"]["address"].endswith("#access_limit_reached")
    assert found["guide", "Вебхуки"]["address"] == "/docs/guides/webhooks/?locale=ru"
    misspelt = [one for one in answer.body if "extermnal" in one.get("also", "")]
    assert [one["name"] for one in misspelt] == ["external_resources/{resource_id}"]


def test_every_guide_of_the_site_for_callers_is_beside_the_reference():
    english = MKDOCS.read_text("utf-8").partition("- Русский:")[0]
    for part, families in (("Partners", ("partner",)), ("Portal and QUA", ("portal", "qua"))):
        listed = re.search(rf"- {part}:\n((?: +- [\w-]+\.md\n)+)", english)[1]
        names = set(re.findall(r"- ([\w-]+)\.md", listed))
        shown = {name for family in families for name in GUIDES[family]}
        assert names - shown <= {"spelling"}  # for operators


@pytest.mark.gen_test
async def test_a_file_that_a_guide_includes_is_shown(fetch):
    page = await fetch("/docs/guides/rehearsal/")
    included = (MKDOCS.parent / "examples" / "site" / "rehearsal.yaml").read_text("utf-8")
    assert included.strip() in page.text
    assert "8<" not in page.text


@pytest.mark.gen_test
@pytest.mark.parametrize(("language", "told"), [("en", "What to do: "), ("ru", "Что делать: ")])
async def test_each_reason_says_what_to_do(fetch, calls, language, told):
    page = await fetch("/docs/reasons/", language)
    reasons = {one.reason for call in calls if call.family == "partner" for one in call.refusals}
    assert reasons <= set(page.places)
    assert page.text.count(told) == len(reasons)


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "path",
    [
        "/docs/partner/no-such-call/",
        "/docs/no-such-api/",
        "/docs/guides/architecture/",
        "/docs/guides/..%2f..%2fREADME/",
        "/docs/nothing/at-all/?locale=%ff",
    ],
)
async def test_an_unknown_address_gets_a_page_that_leads_on(fetch, path):
    page = await fetch(path, "ru")
    assert page.status == 404
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "Такой страницы нет" in page.text
    assert "/docs/partner/result-attach/" in page.links


@pytest.mark.gen_test
@pytest.mark.parametrize("path", ["/docs/", "/docs/list/", "/docs/partner/stats/"])
async def test_a_page_can_be_read_and_nothing_else(api, path):
    refused = await api.fetch_raw(path, method="POST", body="")
    assert (refused.code, refused.headers["Allow"]) == (405, "GET, HEAD")
    head = await api.fetch_raw(path, method="HEAD")
    assert (head.code, head.body) == (200, b"")


@pytest.mark.gen_test
async def test_pictures_beside_the_guides_can_be_read_and_nothing_else_there(api):
    for name in ("..%2fpartner-api.md", "../partner-api.md", "%2e%2e/%2e%2e/setup.py", "none.png"):
        answer = await api.fetch_raw(f"/docs/guides/images/{name}")
        assert answer.code in (403, 404)


@pytest.mark.gen_test
async def test_a_hostile_host_stays_text_in_every_example(api):
    host = "x'\"><script>alert(1)</script>"
    answer = await api.fetch_raw("/docs/partner/result-attach/", headers={"Host": host})
    assert b"<script>alert" not in answer.body


def codes(text):
    return set(re.findall(r"`[^`]+`", text))


def test_the_languages_have_the_same_texts():
    assert set(_read("ru.toml")) == set(_read("en.toml"))


def test_all_that_calls_declare_is_said_in_russian_and_nothing_else(calls):
    said = {call.summary for call in calls} | {call.about for call in calls}
    said |= {one.about for call in calls for one in call.parameters}
    translated = _read("sentences.ru.toml")
    assert set(translated) == said - {""}
    for sentence, translation in translated.items():
        assert re.search("[а-яё]", translation), translation
        assert codes(sentence) <= codes(translation), translation


def test_texts_are_escaped_before_they_are_marked():
    marked = Words("en", "?locale=en").marked("`<b>` [<i>](/docs/#there) <script>")
    assert marked == (
        '<code>&lt;b&gt;</code> <a href="/docs/?locale=en#there">&lt;i&gt;</a> &lt;script&gt;'
    )
    assert set(LANGUAGES) == {"ru", "en"}
