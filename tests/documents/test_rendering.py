"""A worker process makes PDFs; it may die, hang, grow or lack a library."""

import asyncio
import io
import os
import signal
import socket

import psutil
import pytest
from pypdf import PdfReader

from handlers.background import in_turns
from handlers.documents import worker_pool as rendering
from tests.support.ledger import MAY
from tests.support.waiting import until
from widget_gateway.domain.errors import BusyError, RenderingError

pytestmark = pytest.mark.gen_test

PAGE = "<!doctype html><title>A page</title><p>Счёт"


@pytest.fixture
def renderer(io_loop):
    made = rendering.PdfRenderer()
    yield made
    io_loop.run_sync(made.close)


@pytest.fixture
def without(tmp_path):
    """Environment variables, each of which hides a library or the fonts from a program."""
    fault = "raise OSError(\"cannot load library 'libpango-1.0-0'\")"
    (tmp_path / "weasyprint.py").write_text(fault)
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig><dir>/nonexistent</dir></fontconfig>")
    return {"PYTHONPATH": str(tmp_path), "FONTCONFIG_FILE": str(fonts)}


def worker_of(renderer):
    (worker,) = workers_of(renderer)
    return worker


def workers_of(renderer):
    processes = [worker._process for worker in renderer._workers]
    return [psutil.Process(process.pid) for process in processes if process is not None]


async def all_made(renderer, count):
    pages = await asyncio.gather(*(renderer.render(PAGE, "anna") for _ in range(count)))
    return all(page.startswith(b"%PDF-") for page in pages)


async def test_the_worker_waits_for_the_next_document_and_yields_to_visitors(renderer):
    assert await all_made(renderer, 1)
    first = worker_of(renderer)
    assert await all_made(renderer, 2)
    assert worker_of(renderer) == first
    assert first.nice() > psutil.Process().nice()


async def test_a_worker_that_was_killed_is_replaced(renderer):
    assert await all_made(renderer, 1)
    worker_of(renderer).kill()
    assert await all_made(renderer, 2)


async def test_a_worker_that_is_killed_at_work_is_replaced(renderer):
    assert await all_made(renderer, 1)
    worker = worker_of(renderer)
    worker.suspend()
    waiting = asyncio.ensure_future(renderer.render(PAGE, "anna"))
    await asyncio.sleep(0)
    worker.kill()
    assert (await waiting).startswith(b"%PDF-")


async def test_a_worker_is_replaced_before_it_grows_large_while_others_wait(renderer, monkeypatch):
    monkeypatch.setattr(renderer, "most_made", 2)
    assert await all_made(renderer, 5)


async def test_a_worker_that_hangs_is_ended(renderer, monkeypatch):
    assert await all_made(renderer, 1)
    worker = worker_of(renderer)
    worker.suspend()
    with monkeypatch.context() as hurried:
        hurried.setattr(rendering, "MAX_SECONDS", 0.05)
        with pytest.raises(RenderingError, match="it took more than"):
            await renderer.render(PAGE, "anna")
    assert not worker.is_running()
    assert await all_made(renderer, 1)


async def test_a_call_that_is_given_up_leaves_its_answer_to_nobody_else(renderer):
    long = asyncio.ensure_future(renderer.render("<title>Long</title>" + "<p>word" * 3000, "anna"))
    await until(lambda: workers_of(renderer))
    long.cancel()
    await asyncio.wait([long])
    answer = PdfReader(io.BytesIO(await renderer.render("<title>Short</title>", "anna")))
    assert answer.metadata.title == "Short"


async def test_a_party_does_not_wait_for_the_endless_document_of_another(renderer):
    assert await all_made(renderer, 1)
    worker = worker_of(renderer)
    worker.suspend()
    hog = [asyncio.ensure_future(renderer.render(PAGE, "hog")) for _ in range(20)]
    await asyncio.sleep(0)
    assert await all_made(renderer, 3)
    assert len(workers_of(renderer)) == 2
    assert not any(document.done() for document in hog)
    worker.resume()
    assert all(page.startswith(b"%PDF-") for page in await asyncio.gather(*hog))


async def test_more_than_can_be_made_in_time_is_refused(renderer, monkeypatch):
    monkeypatch.setattr(renderer.turns, "places", 4)
    answers = await asyncio.gather(
        *(renderer.render(PAGE, "anna") for _ in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [bytes, bytes, BusyError]
    assert await all_made(renderer, 2)


async def test_a_caller_is_told_to_come_back_when_too_much_is_asked_for(
    api, college, backend, monkeypatch
):
    monkeypatch.setattr(backend.services.partner.pdf.turns, "places", 0)
    answer = await api.get("invoice", client_key=college.client_key, format="pdf", **MAY)
    assert (answer.status, answer.reason) == (503, "busy")
    assert answer.headers["Retry-After"]


async def test_nothing_is_fetched(renderer, tmp_path):
    sheet = tmp_path / "sheet.css"
    sheet.write_text("p::after { content: 'stolen' }")
    pixel = "data:image/gif;base64,R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs="
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        page = (
            f'<link rel="stylesheet" href="{url}/a.css"><img src="{url}/b.png">'
            f'<link rel="stylesheet" href="{sheet.as_uri()}"><img src="{pixel}">'
            f"<style>@import '{url}/c.css'; p {{ background: url({url}/d.png) }}</style><p>text"
        )
        made = PdfReader(io.BytesIO(await renderer.render(page, "anna"))).pages[0]
        with pytest.raises(BlockingIOError):
            server.accept()
    assert made.extract_text().strip() == "text"
    assert len(made.images) == 1


@pytest.mark.parametrize(
    ("variable", "why"),
    [("PYTHONPATH", "cannot load library 'libpango"), ("FONTCONFIG_FILE", "no font is installed")],
)
async def test_what_the_machine_lacks_is_told_to_its_operator_alone(
    api, college, backend, logs, monkeypatch, without, variable, why
):
    monkeypatch.setenv(variable, without[variable])
    with pytest.raises(RenderingError, match=why):
        await backend.services.partner.pdf.render(PAGE, "anna")
    answer = await api.get("invoice", client_key=college.client_key, format="pdf", **MAY)
    assert (answer.status, answer.reason) == (500, "internal")
    assert "request_failed" in [entry["event"] for entry in logs]


def test_doctor_tells_whether_pdfs_can_be_made(gateway, without):
    gateway.with_data_directory()
    found = {finding["subject"]: finding for finding in gateway.command("doctor")["findings"]}
    assert found["PDF"] == {"subject": "PDF", "ok": True, "detail": "can be made"}
    done = gateway.run("doctor", PYTHONPATH=without["PYTHONPATH"])
    assert done.returncode == 0
    assert "PDF: No PDF could be made: OSError: cannot load library 'libpango" in done.stdout
    assert "sudo apt-get install libpango-1.0-0" in done.stdout


@pytest.mark.gen_test
async def test_the_worker_ends_with_a_gateway_that_is_killed(gateway, http_client):
    await asyncio.to_thread(gateway.start)
    created = await asyncio.to_thread(
        gateway.command, *("provider", "create", "--slug", "college", "--name", "College")
    )
    key, dates = created["client_key"], "from=2026-05-01&to=2026-05-31"
    url = f"{gateway.url}/partner/api/v3/invoice?client_key={key}&{dates}&format=pdf"
    assert (await http_client.fetch(url, request_timeout=60)).body.startswith(b"%PDF-")
    (worker,) = (
        child
        for child in psutil.Process(gateway.pid).children()
        if "handlers.documents.pdf_worker" in child.cmdline()
    )
    os.kill(gateway.pid, signal.SIGKILL)
    await asyncio.to_thread(worker.wait)
    gateway.terminate()


async def test_others_have_their_turn_between_two_pieces():
    turns = []

    async def somebody_else():
        for _ in "123":
            turns.append(".")
            await asyncio.sleep(0)

    other = asyncio.ensure_future(somebody_else())
    async for piece in in_turns("abc"):
        turns.append(piece)  # noqa: PERF401 - the other task appends meanwhile
    await other
    assert "".join(turns) == "a.b.c."
