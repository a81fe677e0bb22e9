"""The page of the snippets in a real browser: it tells its server what the widget tells it."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, PATIENCE_MS
from tests.browser.visitor import Visitor as Taker
from tests.clients.drivers import chosen_clients
from tests.clients.snippets import SNIPPETS, Site, Visitor
from tests.clients.test_snippets import ANSWERS, PAYMENT_SECRET, WEBHOOK_SECRET, gateway, pay

__all__ = ["gateway"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("CLIENTS" not in os.environ, reason="make test-clients runs the snippets"),
    pytest.mark.skipif("php" not in chosen_clients(), reason="CLIENTS chooses other languages"),
]


def test_a_visitor_of_the_page_pays_and_reads_the_result(gateway, tmp_path):
    site = Site("php", tmp_path)
    keys = gateway.command(
        *("provider", "create", "--slug", "college", "--name", "The College"),
        *("--policy", "postpaid", "--origin", site.url),
    )
    site.set(
        GATEWAY_URL=gateway.url,
        GATEWAY_KEY=keys["client_key"],
        WEBHOOK_SECRET=WEBHOOK_SECRET,
        PAYMENT_SECRET=PAYMENT_SECRET,
    )
    shutil.copy(SNIPPETS / "page" / "tests.js", tmp_path / "snippet")
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with (
        site,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as browser,
    ):
        expect.set_options(timeout=PATIENCE_MS)
        taker = Taker(browser.new_context(reduced_motion="reduce"))
        taker.page.set_default_timeout(PATIENCE_MS)
        taker.page.goto(f"{site.url}/_sign-in?user=1")
        taker.page.goto(f"{site.url}/test.php")
        expect(taker.button("Start the test")).to_be_visible()
        taker.widget.evaluate("(widget, answers) => widget.resume({ answers })", ANSWERS[:70])
        taker.sees("A short pause")
        expect(taker.widget.get_by_role("link", name="Pay 490 ₽")).to_be_visible()
        session = taker.started()["session"]
        assert pay(site, session) == 200
        taker.answer(71, 120, lambda _: 2)
        expect(taker.page.locator("#result li")).to_have_count(6)
        assert taker.faults == []
        result = taker.heard("finish")[0]["resultKey"]
        # The server has been told at the start whose attempt it is.
        assert list((tmp_path / "data").iterdir())
        status, _ = Visitor(site).sign_in(2).call("results", result_key=result)
        assert status == 409
