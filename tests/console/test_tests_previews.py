"""Previews: attempts of hidden tests that only the one who looks can begin, and nobody counts."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.catalogue.test_definitions import VALID
from tests.catalogue.test_definitions import read as read_valid
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    DefinitionError,
    PreviewNotFoundError,
    ProviderExistsError,
    ResultNotFoundError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import AccountId, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.partners.providers import PREVIEW_PROVIDER, PREVIEW_SLUG, TestKind

pytestmark = pytest.mark.gen_test

OWNER = AccountId(uuid4())
CONSOLE = "https://console.example"
UNCOUNTED = ("providers", "statistics", "accesses", "provider_users")


@pytest.fixture
def previews(backend):
    return backend.authoring.previews


@pytest.fixture
def begin(previews):
    """Begin a preview of a definition; returns its slug."""

    async def begun(source=VALID, owner=OWNER):
        return await previews.begin(read_valid(source).document, "a draft", owner, CONSOLE)

    return begun


@pytest.fixture
def enter(connect, previews, base_url):
    """Open an attempt of a preview as its widget does, whose page is the gateway's own."""

    async def opened(slug, **options):
        client = await connect(origin=base_url, **options)
        token = await previews.issue_token(slug)
        message = await client.open(PREVIEW_SLUG, test=slug, access_token=str(token), locale="en")
        return client, message

    return opened


def parsed(text):
    """Read the id of an attempt or a result."""
    return UUID(str(text))


async def paused(client, message):
    """Answer the question before the pause; returns its seq."""
    seq = await client.answer_all(message["questions"][:1])
    await client.expect("pause")
    return seq


async def test_a_preview_is_taken_like_any_test(begin, enter, previews):
    slug = await begin()
    client, message = await enter(slug)
    assert (message["test"]["slug"], message["test"]["length"]) == (slug, 2)
    seq = await paused(client, message)
    attempt = AttemptId(message["session"])
    await previews.confirm_payment(slug, parsed(attempt))
    resumed = await client.expect("resumed")
    seq = await client.answer_all(resumed["questions"], seq=seq)
    await client.send("finish")
    done = await client.expect("finished")
    answered = await previews.read_result(slug, parsed(done["result_key"]))
    assert dict(answered.sheet) == {"1": ("1",), "2": ("1",)}
    assert answered.sandbox
    assert seq == 2


async def test_nobody_begins_a_preview_without_a_token_of_the_console(
    begin, connect, register, base_url, api, backend
):
    slug = await begin()
    keys = await register()
    for provider, code in ((PREVIEW_SLUG, "token_invalid"), ("college", "test_not_found")):
        client = await connect(origin=base_url)
        await client.send("open", provider=provider, test=slug)
        await client.closed(after_error=code)
    # Not even a partner with a key gets a token for it.
    answer = await api.get("access/token", client_key=keys.client_key, user_id="anna", test=slug)
    assert (answer.status, answer.reason) == (404, "test_not_found")
    with pytest.raises(TestNotFoundError):
        await backend.services.public.catalogue.get_current(slug)


async def test_a_token_of_one_preview_opens_no_other_test(begin, connect, previews, base_url):
    mine, other = await begin(), await begin()
    token = str(await previews.issue_token(mine))
    for test, code in ((other, "token_invalid"), ("work-values", "test_not_found")):
        client = await connect(origin=base_url)
        await client.send("open", provider=PREVIEW_SLUG, test=test, access_token=token)
        await client.closed(after_error=code)
    client = await connect(origin=base_url)
    opened = await client.open(PREVIEW_SLUG, test=mine, access_token=token)
    assert opened["test"]["slug"] == mine


async def test_a_preview_is_in_no_list_and_nothing_counts_it(
    begin, enter, backend, database, previews
):
    slug = await begin()
    client, message = await enter(slug)
    await paused(client, message)
    await previews.confirm_payment(slug, parsed(message["session"]))
    resumed = await client.expect("resumed")
    await client.answer_all(resumed["questions"], seq=1)
    await client.send("finish")
    await client.expect("finished")
    providers = backend.services.partner.providers
    catalogue = backend.services.public.catalogue
    assert PREVIEW_SLUG not in [provider.slug for provider in await providers.list_all()]
    assert slug not in [state.slug for state in await catalogue.list_states()]
    assert slug not in [test.slug for test in await catalogue.list_all()]
    for name in (*UNCOUNTED, "daily_counts", "webhook_deliveries"):
        assert database[name].count_documents({}) == 0, name


async def test_a_preview_is_scored_by_nobody_else(begin, register, api):
    slug = await begin()
    keys = await register()
    sheet = {"test": slug, "progress": [["1", ["1"]], ["2", ["1"]]]}
    saved = await api.post_json("progress/save", client_key=keys.client_key, **sheet)
    assert (saved.status, saved.reason) == (404, "test_not_found")
    scored = await api.post_json("/partner/api/v1/calculate", **sheet)
    assert (scored.status, scored.reason) == (404, "test_not_found")


async def test_hidden_tests_are_forbidden_to_providers_and_other_tests_to_previews(
    backend, register
):
    hidden, listed = TestSlug("_0123456789abcdef0123456789abcdef"), TestSlug("work-values")
    await register()
    college = await backend.services.partner.providers.get(ProviderSlug("college"))
    told = [(p.kind_of(hidden), p.kind_of(listed)) for p in (college, PREVIEW_PROVIDER)]
    assert told == [(TestKind.FORBIDDEN, TestKind.MAIN), (TestKind.MAIN, TestKind.FORBIDDEN)]


async def test_the_slug_of_previews_can_not_be_registered(backend):
    with pytest.raises(ProviderExistsError):
        await backend.services.partner.providers.create(PREVIEW_PROVIDER)


async def test_no_definition_can_have_the_slug_of_a_hidden_test():
    with pytest.raises(DefinitionError):
        read_valid(VALID.replace("slug: sample", "slug: _sample"))


async def test_a_preview_is_its_owners_and_ends_after_a_day(begin, previews, database):
    slug = await begin()
    look, test = await previews.get(slug, OWNER)
    assert (look.source, test.slug) == ("a draft", slug)
    with pytest.raises(PreviewNotFoundError):
        await previews.get(slug, AccountId(uuid4()))
    with pytest.raises(PreviewNotFoundError):
        await previews.get(TestSlug("work-values"), OWNER)
    database["test_previews"].update_one(
        {"_id": slug}, {"$set": {"usable_until": utc_now() - timedelta(seconds=1)}}
    )
    with pytest.raises(PreviewNotFoundError):
        await previews.get(slug, OWNER)


async def test_attempts_of_a_preview_expire_after_a_day_and_results_are_removed(
    begin, enter, backend, database
):
    free = VALID.replace("access: paid\npause_after: 1\n", "access: free\n")
    slug = await begin(free)
    client, message = await enter(slug)
    attempt = database["attempts"].find_one({"test": slug})
    assert attempt["expires_at"] - attempt["created_at"] == timedelta(days=1)
    assert attempt["sandbox"] is True
    await client.answer_all(message["questions"])
    await client.send("finish")
    await client.expect("finished")
    assert await backend.retention.remove_old() == 0
    old = {"$set": {"created_at": utc_now() - timedelta(days=1, minutes=1)}}
    database["results"].update_one({"test": slug}, old)
    assert await backend.retention.remove_old() == 1
    assert database["results"].count_documents({}) == 0


async def test_payments_and_results_of_others_are_not_a_previews(
    begin, enter, connect, register, previews, database
):
    mine, other = await begin(), await begin()
    _, message = await enter(other)
    with pytest.raises(AttemptNotFoundError):
        await previews.confirm_payment(mine, parsed(message["session"]))
    await register()
    guest = await connect()
    real = await guest.open(test="work-values")
    with pytest.raises(AttemptNotFoundError):
        await previews.confirm_payment(mine, parsed(real["session"]))
    await guest.answer_all(real["questions"])
    await guest.send("finish")
    key = (await guest.expect("finished"))["result_key"]
    with pytest.raises(ResultNotFoundError):
        await previews.read_result(mine, ResultKey(parsed(key)))
    assert not database["attempts"].count_documents({"paid": True})


async def test_simulated_answers_are_the_same_for_a_seed(begin, previews):
    slug = await begin()
    first = [await previews.simulate(slug, "1") for _ in range(2)]
    assert first[0].sheet == first[1].sheet
    assert first[0].sheet.keys() == {"1", "2"}
    others = [(await previews.simulate(slug, str(seed))).sheet for seed in range(20)]
    assert any(sheet != first[0].sheet for sheet in others)


async def test_a_test_for_calculation_is_shown_as_a_free_one(begin, enter):
    source = VALID.replace("access: paid\npause_after: 1\n", "access: calculation\n")
    _, message = await enter(await begin(source))
    assert len(message["questions"]) == 2


async def test_only_the_page_that_looks_may_frame_the_widget(begin, api):
    slug = await begin()
    path = f"/widget/{PREVIEW_SLUG}/{slug}"

    async def framers(address):
        answer = await api.fetch_raw(address)
        policy = answer.headers["Content-Security-Policy"]
        return policy.partition("frame-ancestors ")[2]

    assert await framers(path) == f"'self' {CONSOLE}"
    assert await framers(f"/widget/{PREVIEW_SLUG}/work-values") == "'self'"
    info = await api.fetch(f"/tests/api/v1/info/{slug}/?provider={PREVIEW_SLUG}")
    assert info.body["slug"] == slug
    for query in ("", "?provider=college"):
        assert (await api.fetch(f"/tests/api/v1/info/{slug}/{query}")).status == 404
