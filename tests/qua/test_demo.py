"""The demo's user of QUA finds something there at once, also by misspelled words."""

import pytest

from tests.support.qua_api import refusal_of, response_of
from widget_gateway.cli.demo_qua import MISSPELLED, prepare_qua
from widget_gateway.cli.demo_site import prepare_site, taking_webhooks

pytestmark = pytest.mark.gen_test


@pytest.fixture
def settings(settings):
    return taking_webhooks(settings)


async def signed_in(qua, sign_in):
    answer = await qua.sign_in(sign_in.username, sign_in.password)
    return qua.showing(response_of(answer)["token"])


async def test_the_user_finds_answers_in_both_languages_by_misspelled_words(qua, backend):
    visitor = await signed_in(qua, await prepare_qua(backend))
    found = await visitor.search(MISSPELLED)
    assert found["query_was_corrected"] is True
    assert found["used_query"] == "принтер не печатает"
    assert found["hits"][0]["title"] == "Принтер не печатает. Что делать?"
    assert (await visitor.search("passwords"))["hits"][0]["title"] == "How do I reset my password?"
    hits = (await visitor.search("профессии и интересы"))["hits"]
    assert {hit["is_external"] for hit in hits} == {True, False}


async def test_a_second_start_keeps_what_is_there_and_makes_a_new_password(qua, backend):
    first = await prepare_qua(backend)
    visitor = await signed_in(qua, first)
    (question, *others), _ = await backend.services.qua.questions.list_page(limit=100, offset=0)
    await visitor.change(question.id, title="Changed by a person")
    second = await prepare_qua(backend)
    assert second.username == first.username
    assert second.password != first.password
    assert refusal_of(await qua.sign_in(first.username, first.password))[0] == 400
    assert (await visitor.find("questions")).status == 401
    visitor = await signed_in(qua, second)
    titles = [listed["title"] for listed in await visitor.read("questions")]
    assert len(titles) == 1 + len(others)
    assert "Changed by a person" in titles


async def test_the_demo_names_everything_that_can_be_opened(backend, settings):
    site = await prepare_site(backend, settings, site_port=8000, gateway_port=8888)
    assert site.addresses == {
        "url": "http://localhost:8000",
        "gateway": "http://127.0.0.1:8888",
        "docs": "http://127.0.0.1:8888/docs/",
        "qua": "http://127.0.0.1:8888/qua/",
        "qua_username": "demo",
        "qua_password": site.qua.password,
        "console": "http://127.0.0.1:8888/console/",
        "console_operator": "support",
        "console_operator_password": site.operator.password,
        "console_partner": "demo",
        "console_partner_password": site.partner.password,
    }
    for address in site.addresses.values():
        assert address in site.told


async def test_the_demos_accounts_are_no_admins_and_get_new_passwords(backend, settings):
    first = await prepare_site(backend, settings, site_port=8000, gateway_port=8888)
    second = await prepare_site(backend, settings, site_port=8000, gateway_port=8888)
    accounts = await backend.console.accounts.list_page(limit=10)
    assert [(account.login, account.role, account.provider) for account in accounts] == [
        ("demo", "partner", "demo"),
        ("support", "support", None),
    ]
    assert first.operator.password != second.operator.password
    assert first.partner.password != second.partner.password
