"""`/console/providers/<slug>/`: the funnel, where visitors stop, accesses, and the agreement."""

from decimal import Decimal

import pytest

from handlers.console.provider_overview import access_share, most_taken
from handlers.console.texts import Texts
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider
from widget_gateway.services.console.funnels import Steps
from widget_gateway.services.first_steps import Lack

pytestmark = pytest.mark.gen_test

PAGE = "/console/providers/college/"


@pytest.fixture
def partner(console, college):
    assert college

    async def sign_in(**options):
        return await console.sign_in("partner", "college", **options)

    return sign_in


def table(page, caption):
    """The rows of the table with this caption, as texts."""
    (found,) = page.tree.xpath(f"//table[caption='{caption}']")
    return [
        [" ".join(cell.text_content().split()) for cell in row] for row in found.xpath("tbody/tr")
    ]


def facts(page):
    return {
        pair.findtext("dt"): " ".join(pair.find("dd").text_content().split())
        for pair in page.tree.xpath("//dl[@class='facts']/div")
    }


async def test_the_funnel_shows_how_far_visitors_came(partner, college, connect, api):
    careers = await connect()
    session = await careers.open(test="career-interests", locale="en")
    await careers.answer_all(session["questions"])
    await careers.expect("pause")
    values = await connect()
    session = await values.open(test="work-values", locale="en")
    await values.answer_all(session["questions"])
    await values.send("finish")
    key = (await values.expect("finished"))["result_key"]
    done = await api.get(
        "result/attach", client_key=college.client_key, user_id="anna", result_key=key
    )
    assert done.status == 200
    browser = await partner()
    page = await browser.get(PAGE)
    assert [row[:3] for row in table(page, "All tests together")] == [
        ["Started", "2", "100%"],
        ["Reached the pause", "1", "50%"],
        ["Paid", "0", "0%"],
        ["Finished", "1", "50%"],
        ["Result attached", "1", "50%"],
    ]
    assert table(page, "By test") == [
        ["career-interests", "1", "1 100%", "0 0%", "0 0%", "0 0%"],
        ["work-values", "1", "0 0%", "0 0%", "1 100%", "1 100%"],
    ]
    assert "1 access was issued." in page.main
    assert "Since the registration: 2 started, 1 finished, 1 attached." in page.main
    stopped = await browser.get(PAGE, test="career-interests", days="7")
    (row,) = table(stopped, "By question")
    assert (row[0].partition(".")[0], row[1], row[2]) == ("71", "1", "100%")


async def test_the_sandbox_has_a_funnel_of_its_own(partner, college, connect, api):
    token = await api.get(
        "access/token", client_key=college.sandbox_key, user_id="anna", test="work-values"
    )
    visitor = await connect()
    await visitor.open(test="work-values", access_token=token.body["access_token"])
    browser = await partner()
    assert table(await browser.get(PAGE), "All tests together")[0][1] == "0"
    page = await browser.get(PAGE, world="sandbox")
    assert table(page, "All tests together")[0][1] == "1"
    assert "Nothing that happens in the sandbox is counted" in page.main


@pytest.mark.parametrize("days", ["7", "90", "365", "all"])
async def test_a_period_is_chosen(partner, days):
    browser = await partner()
    page = await browser.get(PAGE, days=days)
    assert page.tree.xpath("//select[@id='days']/option[@selected]/@value") == [days]


@pytest.mark.parametrize("asked", ["0", "-1", "10" * 40, "none", "<b>", "365.0", "30; drop"])
async def test_another_period_or_test_is_as_none(partner, asked):
    browser = await partner()
    page = await browser.get(PAGE, days=asked, test=asked)
    assert page.status == 200
    assert page.tree.xpath("//select[@id='days']/option[@selected]/@value") == ["30"]
    assert not page.tree.xpath("//b | //section[@aria-labelledby='stops']")


async def test_accesses_are_shown_against_the_limit(partner, backend, api, college):
    providers = backend.services.partner.providers
    prepaid = {"payment_policy": PaymentPolicy.PREPAID, "access_limit": 6, "overdraft": 2}
    await providers.update("college", prepaid)
    for user in ("anna", "boris"):
        await api.get("user/register", client_key=college.client_key, user_id=user)
    browser = await partner()
    page = await browser.get(PAGE)
    assert "2 of 8 accesses are used (25%). The limit includes an overdraft of 2." in page.main
    bar = page.tree.xpath("//section[@aria-labelledby='accesses']//rect/@width")
    assert bar == ["100", "25.0"]


async def test_the_agreement_is_shown(partner, backend):
    changes = {
        "price": Decimal("1234.50"),
        "currency": "RUB",
        "main_tests": (TestSlug("work-values"),),
        "results_kept_days": 365,
        "brand_name": "<i>Best</i>",
    }
    await backend.services.partner.providers.update("college", changes)
    browser = await partner()
    told = facts(await browser.get(PAGE))
    assert told["Payment"] == "postpaid, by invoice"
    assert told["Price of an access"].replace("\xa0", " ") == "RUB 1,234.50"
    assert told["Main tests"] == "work-values"
    assert told["Results are kept"] == "365 days"
    assert told["Name on reports"] == "<i>Best</i>"
    assert told["Webhook"] == "none"


async def test_what_keeps_visitors_from_the_tests_is_told(partner, backend):
    await backend.services.public.catalogue.withdraw("work-values")
    changes = {
        "main_tests": (TestSlug("work-values"),),
        "origins": (),
        "allow_no_origin": False,
        "payment_policy": PaymentPolicy.PREPAID,
    }
    await backend.services.partner.providers.update("college", changes)
    browser = await partner()
    page = await browser.get(PAGE)
    told = [entry.text for entry in page.tree.xpath("//ul[@class='needs']/li")]
    assert told == [
        "Visitors can’t take work-values: it is withdrawn.",
        "No page may show the tests: no origin is allowed.",
        "No access is left, so no user can be registered.",
    ]
    assert "widget-gateway" not in page.main


async def test_a_provider_without_any_visitor_has_a_page(partner):
    browser = await partner(language="ru")
    page = await browser.get(PAGE)
    assert page.status == 200
    assert "Как далеко доходят посетители" in page.main
    assert not page.tree.xpath("//section[@aria-labelledby='stops']")


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_lack_has_a_sentence(language):
    texts = Texts(language)
    assert [lack for lack in Lack if not texts.has(f"provider.lack_{lack}")] == []


def a_provider(**fields):
    known = {"slug": ProviderSlug("college"), "name": "College", "created_at": utc_now()}
    return Provider(**known | fields)


async def test_the_share_of_a_limit_is_known_for_prepaid_providers_only():
    assert access_share(a_provider(payment_policy=PaymentPolicy.POSTPAID)) is None
    assert access_share(a_provider()) == 1.0
    assert access_share(a_provider(access_limit=3, overdraft=1, access_count=1)) == 0.25


async def test_the_test_that_was_begun_most_often_is_shown_first():
    a, b, c = (TestSlug(name) for name in "abc")
    steps = {a: Steps(started=1), b: Steps(started=3), c: Steps(started=3)}
    assert most_taken(steps) == c
    assert most_taken({}) is None
