"""Changing the agreement with a provider, and disabling it, beside a running gateway."""

import asyncio

import pytest

from tests.support.processes import Gateway
from tests.support.waiting import until
from widget_gateway.domain.errors import AccessLimitReachedError, ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.providers import PaymentPolicy
from widget_gateway.services.partners.accesses import UserReference

SECRETS = {
    "JWT_SECRET": "JWT secret of the tests, 32 bytes",
    "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
}
COLLEGE = ProviderSlug("college")


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database with a provider."""
    database.tests.insert_many([{"_id": slug} for slug in "abc"])
    gateway = Gateway(tmp_path / "data", MONGODB_URI=mongodb_uri, DATABASE=database.name, **SECRETS)
    gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--access-limit", "5"),
        *("--main-test", "a", "--origin", "https://partner.example", "--price", "10.00"),
    )
    yield gateway
    gateway.stop()


def test_only_what_is_named_is_changed(node):
    before = node.command("provider", "show", "college")
    after = node.command("provider", "update", "college", "--access-limit", "9", "--open-results")
    assert after == before | {"access_limit": 9, "open_results": True}
    assert node.command("provider", "show", "college") == after


@pytest.mark.parametrize(
    ("options", "price", "currency"),
    [
        (("--price", "-0"), "0.00", "RUB"),
        (("--price", "12.5"), "12.50", "RUB"),
        (("--currency", "jpy"), "10", "JPY"),
        (("--price", "0.125", "--currency", "KWD"), "0.125", "KWD"),
    ],
)
def test_a_price_is_shown_with_the_decimals_of_its_currency(node, options, price, currency):
    changed = node.command("provider", "update", "college", *options)
    assert (changed["price"], changed["currency"]) == (price, currency)
    assert node.command("provider", "show", "college") == changed


def test_a_price_that_its_currency_can_not_have_is_refused_with_a_reason(node):
    node.command("provider", "update", "college", "--price", "10.50")
    before = node.command("provider", "show", "college")
    for options in (("--currency", "JPY"), ("--price", "1.005"), ("--price", "9" * 20)):
        refused = node.command("provider", "update", "college", *options, check=False)
        assert refused["error"]["reason"] == "price_invalid"
    assert node.command("provider", "show", "college") == before


def test_a_list_is_replaced_or_cleared_as_a_whole(node):
    update = ("provider", "update", "college")
    replaced = node.command(*update, "--main-test", "b", "--main-test", "c")
    assert replaced["main_tests"] == ["b", "c"]
    cleared = node.command(*update, "--clear", "main-tests", "--clear", "origins")
    assert (cleared["main_tests"], cleared["origins"]) == ([], [])


def test_the_mark_on_reports_is_set_shown_and_cleared(node, tmp_path):
    update = ("provider", "update", "college")
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d=""/></svg>')
    changed = node.command(
        *(*update, "--brand-name", " School ", "--brand-colour", "#0A7F5C"),
        *("--brand-logo", str(logo)),
    )
    assert (changed["brand_name"], changed["brand_color"]) == ("School", "#0a7f5c")
    assert len(changed["brand_logo"]) == 64
    assert node.command(*update, "--brand-color", "#123456")["brand_logo"] == changed["brand_logo"]
    before = node.command("provider", "show", "college")
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script/></svg>')
    for option, value in (
        ("--brand-name", " "),
        ("--brand-name", "a\nb"),
        ("--brand-name", "a" * 51),
        ("--brand-color", "red"),
        ("--brand-color", "#12345"),
        ("--brand-logo", str(logo)),
        ("--brand-logo", str(tmp_path)),
        ("--brand-logo", str(tmp_path / "none.png")),
    ):
        refused = node.run(*update, option, value)
        assert refused.returncode == 2
        assert option in refused.stderr
    assert node.command("provider", "show", "college") == before
    cleared = node.command(*update, "--clear", "brand-logo", "--clear", "brand-color")
    assert (cleared["brand_name"], cleared["brand_logo"], cleared["brand_color"]) == (
        "School",
        None,
        None,
    )


def test_a_disabled_provider_is_locked_out_until_it_is_enabled_again(node):
    assert node.command("provider", "disable", "college")["enabled"] is False
    assert node.command("provider", "update", "college", "--enable")["enabled"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("update", "college"),
        ("update", "college", "--main-test", "b", "--clear", "main-tests"),
        ("update", "college", "--price", "-1"),
        ("update", "nobody", "--enable"),
        ("disable", "nobody"),
    ],
)
def test_a_refused_change_changes_nothing(node, arguments):
    before = node.command("provider", "list")
    refused = node.command("provider", *arguments, check=False)
    assert refused is None or refused["error"]["reason"] == "provider_not_found"
    assert node.command("provider", "list") == before


@pytest.mark.gen_test
async def test_a_limit_lowered_amid_registrations_holds_from_then_on(backend, register, database):
    keys = await register("college", payment_policy=PaymentPolicy.PREPAID, access_limit=60)
    services = backend.services.partner
    caller = await services.providers.authenticate(keys.client_key)

    async def add(number: int) -> bool:
        user = UserReference(UserId(f"user-{number}"), None)
        try:
            await services.accesses.register(caller, user)
        except AccessLimitReachedError:
            return False
        return True

    async def lower() -> int:
        # The change comes amid the registrations: some are counted, and some are on their way.
        await until(lambda: database.accesses.count_documents({}) > 0)
        changed = await services.providers.update(COLLEGE, {"access_limit": 20})
        return changed.access_count

    *issued, at_the_change = await asyncio.gather(*map(add, range(100)), lower())
    total = sum(issued)
    assert total == max(20, at_the_change)
    assert database.accesses.count_documents({}) == total
    assert database.provider_users.count_documents({}) == total
    assert (await services.providers.get(COLLEGE)).access_count == total


@pytest.mark.gen_test
async def test_a_change_never_sets_the_counter_back(backend, register):
    keys = await register("college")
    caller = await backend.services.partner.providers.authenticate(keys.client_key)
    users = [UserReference(UserId(str(number)), None) for number in range(20)]
    await asyncio.gather(
        *(backend.services.partner.accesses.register(caller, user) for user in users),
        *(backend.services.partner.providers.update(COLLEGE, {"name": f"N{n}"}) for n in range(20)),
    )
    assert (await backend.services.partner.providers.get(COLLEGE)).access_count == len(users)


@pytest.mark.gen_test
async def test_an_unknown_provider_is_not_made_by_a_change(backend, database):
    with pytest.raises(ProviderNotFoundError):
        await backend.services.partner.providers.update(ProviderSlug("nobody"), {"enabled": True})
    assert database.providers.count_documents({}) == 0
