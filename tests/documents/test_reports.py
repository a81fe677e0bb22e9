"""`result/get` as HTML, PDF and SVG: self-contained, in both languages, and protected."""

import asyncio
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from pypdf import PdfReader

from handlers.documents import reports
from handlers.documents.report_worker import written
from tests.catalogue.test_definitions_profiles import RICH
from tests.catalogue.test_definitions_report import WHOLE
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.gen_test

FORMS = ("html", "pdf", "svg")


@pytest.fixture
def result(io_loop, api, college, take_test):
    """The parameters that read a result of Anna's."""
    key = io_loop.run_sync(take_test)
    by_key = {"client_key": college.client_key, "result_key": key}
    io_loop.run_sync(lambda: api.get("result/attach", user_id="anna", **by_key))
    return by_key


async def fetched(api, **parameters):
    answer = await api.fetch_raw(
        f"result/get?{'&'.join(f'{k}={v}' for k, v in parameters.items())}"
    )
    assert answer.code == 200
    return answer


def parsed(image):
    return ET.fromstring(image)  # noqa: S314 - we made it


async def test_the_page_brings_all_it_shows_and_runs_nothing(api, result):
    answer = await fetched(api, **result, format="html", locale="ru")
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = answer.body.decode()
    assert '<html lang="ru">' in page
    assert "<script" not in page
    assert set(re.findall(r"https?://[^\"' )]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


async def test_charts_say_in_words_what_they_show(api, result):
    page = (await fetched(api, **result, format="html", locale="en")).body.decode()
    # The three highest scales, all six, and the radar with names and with numbers.
    assert page.count('role="img"') == 11
    assert re.search(r'class="radar named"[^>]*aria-label="Radar chart: [^"]*: 50%, ', page)
    image = parsed((await fetched(api, **result, format="svg", locale="en")).body)
    assert image.attrib["role"] == "img"
    title, description = image[0], image[1]
    assert title.text == "Work values · Test result"
    assert description.text.count(": 50%.") == 6
    assert image.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"


async def test_a_pdf_has_the_texts_and_the_fonts_they_need(api, result):
    answer = await fetched(api, **result, format="pdf", locale="ru")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert re.search(
        r'attachment; filename="work-values-[0-9a-f-]{36}\.pdf"',
        answer.headers["Content-Disposition"],
    )
    document = PdfReader(io.BytesIO(answer.body))
    assert document.metadata.title == "Ценности в работе · Результат теста"
    text = "".join(page.extract_text() for page in document.pages)
    assert "Результат теста" in text
    assert "50\N{NO-BREAK SPACE}%" in text
    fonts = document.pages[0]["/Resources"]["/Font"].values()
    assert all(
        "/FontFile2" in descendant["/FontDescriptor"]
        or "/FontFile3" in descendant["/FontDescriptor"]
        for font in fonts
        for descendant in (part.get_object() for part in font.get_object()["/DescendantFonts"])
    )


@pytest.mark.parametrize("form", FORMS)
async def test_only_who_may_have_the_result_gets_its_report(
    api, result, register, take_test, college, form
):
    school = await register("school")
    foreign = result | {"client_key": school.client_key}
    assert (await api.get("result/get", **foreign, format=form)).reason == "result_not_found"
    guest = {"client_key": college.client_key, "result_key": await take_test()}
    assert (await api.get("result/get", **guest, format=form)).reason == "result_not_attached"
    without = await api.get("result/get", result_key=result["result_key"], format=form)
    assert without.reason == "parameter_missing"
    assert (await fetched(api, **result, format=form)).body


async def test_numbers_and_dates_are_written_as_the_language_has_them(api, result):
    russian, english = [
        (await fetched(api, **result, format="html", locale=locale)).body.decode()
        for locale in ("ru", "en")
    ]
    assert "50\N{NO-BREAK SPACE}%" in russian
    assert "50%" in english
    assert f"{datetime.now(UTC).year}\N{NARROW NO-BREAK SPACE}г." in russian.replace(
        "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
    )
    assert "12 points; possible are 4 to 20" in english
    assert "12 баллов; возможно от 4 до 20" in russian


def made_by(backend):
    return sum(worker._made for worker in backend.services.partner.reports._writer._workers)


async def test_a_report_is_made_once_for_all_who_ask(api, result, backend):
    first, *others = await asyncio.gather(
        *(fetched(api, **result, format="html", locale="en") for _ in range(20))
    )
    assert {other.body for other in others} == {first.body}
    assert made_by(backend) == 1
    await fetched(api, **result, format="svg", locale="en")
    await fetched(api, **result, format="html", locale="ru")
    assert made_by(backend) == 3


async def test_a_provider_gets_its_report_while_another_fills_the_line(api, result, backend):
    writer = backend.services.partner.reports._writer
    gate, ended = asyncio.Event(), []

    async def hold():
        async with writer.turns.turn("hog"):
            await gate.wait()
        ended.append("hog")

    hog = [asyncio.ensure_future(hold()) for _ in range(50)]
    await asyncio.sleep(0)
    await fetched(api, **result, format="html", locale="en")
    assert not ended
    gate.set()
    await asyncio.gather(*hog)


async def test_reports_that_nobody_asks_for_any_more_are_forgotten(
    api, result, backend, monkeypatch
):
    monkeypatch.setattr(reports, "KEPT_BYTES", 12_000)
    for form, locale in (("html", "ru"), ("svg", "ru"), ("html", "en"), ("svg", "en")):
        await fetched(api, **result, format=form, locale=locale)
    kept = backend.services.partner.reports._kept
    assert [(locale, form) for _, locale, form, _ in kept] == [("en", "svg")]
    assert (await fetched(api, **result, format="html", locale="ru")).body


async def test_a_report_that_fails_is_our_fault_and_is_not_kept(api, result, backend, monkeypatch):
    writer = backend.services.partner.reports._writer
    with monkeypatch.context() as broken:
        for worker in writer._workers:
            broken.setattr(worker, "_module", "no.such.module")
        answer = await api.get("result/get", **result, format="html")
        assert (answer.status, answer.reason) == (500, "internal")
    assert (await fetched(api, **result, format="html")).body


def page_of(source, form="html", values=("1", "1")):
    test = read_definition(source.encode(), "t.yaml").test
    answers = {
        question.id: (value,) for question, value in zip(test.questions, values, strict=True)
    }
    report = make_report(test, answers, "en", datetime(2026, 5, 4, tzinfo=UTC), sandbox=True)
    return written(msgspec.json.encode({"form": form, "report": report})).decode()


def test_variables_are_filled_in_as_text_and_html_is_only_what_was_sanitised():
    source = WHOLE.replace("en: Much}", 'en: "<i>{{ SUM }}</i> & more"}').replace(
        "en: The end", 'en: "<a href=\\"javascript:alert(1)\\" onclick=\\"x\\">The end</a>"'
    )
    page = page_of(source, values=("1", "2"))
    assert "<b>Result</b>: 75" in page
    assert "&lt;i&gt;3&lt;/i&gt; &amp; more" in page
    assert "javascript:" not in page
    assert "onclick" not in page
    assert "{{" not in page


def test_a_sandbox_report_says_so():
    assert "this result is a trial one" in page_of(WHOLE)
    assert "this result is a trial one" in page_of(WHOLE, "svg")


def test_an_image_stays_well_formed_whatever_the_titles_hold():
    source = WHOLE.replace("title: {ru: Часть, en: Part}", 'title: {ru: x, en: "<&\\u0001\\">"}')
    assert source != WHOLE
    image = page_of(source, "svg")
    assert "<&" not in image
    assert parsed(image)[0].text.endswith("Test result")


TALENTS = Path(__file__).parents[1] / "catalogue/definitions/talents.yaml"


def texts_in(part, *, besides=()):
    """Yield the English texts of a part of a definition."""
    if isinstance(part, dict):
        if isinstance(part.get("en"), str):
            yield part["en"]
        else:
            for key, inner in part.items():
                if key not in besides:
                    yield from texts_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from texts_in(inner)


def test_every_authored_text_is_shown_to_somebody():
    definition = read_definition(TALENTS.read_bytes(), TALENTS.name)
    assert definition.notes == ()
    pages = []
    for kind in range(9):
        answers = {
            question.id: (str((index // 2 + kind) % 5 if kind < 5 else (kind - 5) * 4 // 3),)
            for index, question in enumerate(definition.test.questions)
        }
        report = make_report(
            definition.test, answers, "en", datetime(2026, 5, 4, tzinfo=UTC), sandbox=False
        )
        pages.append(written(msgspec.json.encode({"form": "html", "report": report})).decode())
    shown = "\n".join(pages)
    for text in texts_in(definition.document, besides=("questions", "slug")):
        assert text in shown, text


def test_addresses_and_names_can_not_leave_their_place():
    source = RICH.replace(
        "link: https://example.org/smith", "link: 'https://example.org/\"><script>x</script>'"
    ).replace("{ru: Кузнец, en: Smith}", '{ru: Кузнец, en: "<b onclick=x>Smith"}')
    page = page_of(source, values=("2", "1"))
    assert "<script" not in page
    assert "&lt;b onclick=x&gt;Smith" in page
    assert 'href="https://example.org/&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in page
    assert 'src="gold.png" alt="A ring"' in page


def test_a_page_names_no_group_and_no_scale_by_its_id():
    page = page_of(RICH.replace("en: Memory", "en: Recall"), values=("2", "1"))
    assert "Recall 100%" in page
    assert "g.1" not in page
    assert "facet" not in page
