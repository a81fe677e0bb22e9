"""What the pages of one provider share: whose they are, their tabs, and the choice of a world."""

import pytest

from handlers.console.provider_page import TABS, path_of

pytestmark = pytest.mark.gen_test

TEAM = "team"
PATHS = [path_of("college", tab.name) for tab in TABS]
PAGES = [path_of("college", tab.name) for tab in TABS if tab.name != TEAM]
"""The pages that have the frame of a provider's pages. The team's page is one of accounts."""


@pytest.fixture(autouse=True)
def _providers(make_two_providers):
    return make_two_providers


def tabs_of(page):
    return page.tree.xpath("//nav[contains(@class, 'tabs')]//a/@href")


SEEN = {
    "admin": "overview users calls keys webhooks invoices privacy team edit limit",
    "partner": "overview users calls keys webhooks invoices privacy team",
    "support": "overview users calls webhooks invoices",
}
"""The tabs that each role is offered."""


@pytest.mark.parametrize("role", SEEN)
async def test_each_role_is_offered_the_pages_that_it_may_see(console, role):
    browser = await console.sign_in(role, "college" if role == "partner" else None)
    offered = [path_of("college", name) for name in SEEN[role].split()]
    for path in PATHS:
        page = await browser.get(path)
        assert page.status == (200 if path in offered else 403), path
        if path in offered and path in PAGES:
            assert tabs_of(page) == offered
            current = page.tree.xpath("//nav[contains(@class, 'tabs')]//a[@aria-current]/@href")
            assert current == [path]


@pytest.mark.parametrize("path", PAGES)
async def test_a_partner_finds_nothing_at_another_providers_pages(console, path):
    partner = await console.sign_in("partner", "school")
    foreign = await partner.get(path)
    unknown = await partner.get(path.replace("college", "nobody"))
    assert foreign.status == unknown.status == 404
    assert foreign.main == unknown.main
    for disguised in ("%63ollege", "college%2F..%2Fschool", "COLLEGE", "school%2F..%2Fcollege"):
        assert (await partner.get(path.replace("college", disguised))).status == 404


@pytest.mark.parametrize("path", PAGES)
async def test_unknown_providers_and_the_previews_are_not_found(console, path):
    admin = await console.sign_in("admin")
    for slug in ("nobody", "_preview", "COLLEGE", "college'", "%00", "a" * 65):
        assert (await admin.get(path.replace("college", slug))).status == 404


async def test_a_disabled_provider_is_shown_as_such(console, backend):
    await backend.services.partner.providers.update("college", {"enabled": False})
    admin = await console.sign_in("admin")
    for path in PAGES:
        page = await admin.get(path)
        assert page.status == 200
        assert "This provider is disabled" in page.main


async def test_the_name_of_a_provider_is_text(console, backend):
    await backend.services.partner.providers.update("college", {"name": "<b>&amp;\"'</b>"})
    admin = await console.sign_in("admin")
    page = await admin.get(path_of("college", "calls"))
    assert "<b>&amp;\"'</b> college" in page.main
    assert not page.tree.xpath("//b")


async def test_the_world_stays_chosen_from_page_to_page(console):
    admin = await console.sign_in("admin")
    page = await admin.get(path_of("college", "calls"), world="sandbox")
    assert tabs_of(page) == [f"{path}?world=sandbox" for path in PATHS]
    worlds = page.tree.xpath("//nav[contains(@class, 'worlds')]//a[@aria-current]")
    assert [world.text for world in worlds] == ["Sandbox"]


async def test_pages_are_in_the_language_of_the_browser(console):
    admin = await console.sign_in("admin", language="ru")
    for path in PAGES:
        page = await admin.get(path)
        assert page.headers["Content-Language"] == "ru"
        assert "Вызовы" in page.main
