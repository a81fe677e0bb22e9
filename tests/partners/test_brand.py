"""The partner's mark: what is taken as a logo, and where reports show name, logo and colour."""

import asyncio
import base64
import io
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from handlers.documents.colors import accent_of
from widget_gateway.domain.errors import LogoInvalidError
from widget_gateway.domain.partners.brands import Logo
from widget_gateway.services.partners import logos
from widget_gateway.services.partners.logos import read_logo

pytestmark = pytest.mark.gen_test

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<g fill="url(#a)"><circle cx="5" cy="5" r="5"/>{}</g></svg>'
)


def picture(form="PNG", size=(20, 10)):
    out = io.BytesIO()
    Image.new("RGB", size, "#0a7f5c").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_raster_picture_is_written_anew_as_a_small_png(form):
    logo = read_logo(picture(form, (2000, 500)) + b"<script>x</script>")
    assert logo.media_type == "image/png"
    assert b"script" not in logo.content
    with Image.open(io.BytesIO(logo.content)) as shown:
        assert shown.size == (640, 160)


def test_a_drawing_is_kept_without_its_programs_notes():
    notes = '<x:note xmlns:x="urn:x"><script>x</script></x:note><metadata/><!-- x -->'
    logo = read_logo(SVG.format(notes).encode())
    assert logo.media_type == "image/svg+xml"
    for left_out in (b"script", b"metadata", b"<!--"):
        assert left_out not in logo.content
    assert b"circle" in logo.content


@pytest.mark.parametrize(
    "inside",
    [
        "<script>x</script>",
        "<foreignObject/>",
        '<image href="https://example.org/x.png"/>',
        '<use href="https://example.org/x.svg#a"/>',
        '<use xmlns:l="http://www.w3.org/1999/xlink" l:href="data:x"/>',
        '<path onclick="x" d=""/>',
        '<path OnLoad="x" d=""/>',
        '<path style="fill: url(http://example.org)" d=""/>',
        "<path style=\"fill: URL( 'http://example.org')\" d=''/>",
        "<style>@import 'x.css'</style>",
        '<animate attributeName="x"/>',
        "<a/>",
    ],
)
def test_a_drawing_that_does_more_than_draw_is_refused(inside):
    with pytest.raises(LogoInvalidError, match="SVG"):
        read_logo(SVG.format(inside).encode())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no PNG"),
        (b"GIF89a", "no PNG"),
        (picture()[:40], "no PNG"),
        (b"<html/>", "no SVG picture"),
        (b"<svg", "no well-formed SVG"),
        (SVG.replace("viewBox", "box").encode(), "needs a viewBox"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("").encode(), "document type"),
        (picture(size=(5000, 4000)), "pixels"),
        (b"x" * (logos.MAX_FILE_BYTES + 1), "larger than 512 KiB"),
        (SVG.format("<g/>" * 20_000).encode(), "more than 64 KiB"),
    ],
    ids=range(10),
)
def test_another_file_is_refused(content, why):
    with pytest.raises(LogoInvalidError) as refusal:
        read_logo(content)
    assert why in refusal.value.message


@pytest.fixture
def result(io_loop, api, college, take_test):
    key = io_loop.run_sync(take_test)
    by_key = {"client_key": college.client_key, "result_key": key}
    io_loop.run_sync(lambda: api.get("result/attach", user_id="anna", **by_key))
    return by_key


async def shown(api, result, form="html"):
    answer = await api.fetch_raw(
        f"result/get?client_key={result['client_key']}&result_key={result['result_key']}"
        f"&format={form}&locale=en"
    )
    assert answer.code == 200
    return answer.body


async def test_reports_show_the_mark_as_it_is_now(api, result, backend):
    providers = backend.services.partner.providers
    plain = await shown(api, result)
    assert b"data:image" not in plain
    logo = read_logo(picture())
    await providers.keep_logo(logo)
    await providers.keep_logo(logo)
    mark = {"brand_name": "A & <B>", "brand_color": "#ffee00", "brand_logo": logo.digest}
    accent = accent_of("#ffee00")
    changed = await providers.update("college", mark)
    assert changed.brand.logo == logo.digest
    for form in ("html", "svg"):
        page = (await shown(api, result, form)).decode()
        assert logo.address in page
        assert "A &amp; &lt;B&gt;" in page
        # Yellow is legible on dark ground, and made darker for light ground.
        assert (accent.dark, accent.light in page) == ("#ffee00", True)
        assert accent.dark in page
    text = PdfReader(io.BytesIO(await shown(api, result, "pdf"))).pages[0].extract_text()
    assert "A & <B>" in text
    other = replace(logo, content=read_logo(picture(size=(9, 9))).content)
    await providers.keep_logo(other)
    await providers.update("college", {"brand_logo": other.digest})
    page = (await shown(api, result)).decode()
    assert other.address in page
    assert logo.address not in page
    await providers.update("college", dict.fromkeys(mark))
    assert await shown(api, result) == plain


async def test_two_who_ask_for_a_marked_report_at_once_get_the_same(api, result, backend):
    await backend.services.partner.providers.update("college", {"brand_name": "School"})
    first, second = await asyncio.gather(shown(api, result), shown(api, result))
    assert first == second


def test_the_address_of_a_logo_holds_its_content():
    logo = Logo("image/png", b"abc")
    assert base64.b64decode(logo.address.partition(",")[2]) == b"abc"
    assert logo.digest != Logo("image/svg+xml", b"abc").digest
