"""The cache of callers notices every change of a provider on any node."""

from datetime import timedelta

import pytest

from storage import changes
from tests.support.fixtures import running_backend
from tests.support.waiting import until
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import TestPolicy
from widget_gateway.services.partners.providers import hash_secret

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")


@pytest.fixture
def elsewhere(io_loop, backend, settings):
    """The backend of another process, such as that of a command."""
    assert backend
    with running_backend(io_loop, settings) as other:
        yield other.services.partner.providers


async def warm(api, backend, key):
    """Call until the cache has the key."""

    async def is_kept():
        await api.get("stats", client_key=key)
        kept = backend.callers._kept.keys()
        return hash_secret(key) in kept

    await until(is_kept)


async def status(api, key, call="stats", **parameters):
    return (await api.get(call, client_key=key, **parameters)).status


async def test_a_known_key_is_not_looked_up_again(api, backend, college, monkeypatch):
    await warm(api, backend, college.client_key)

    async def fail(_digest):
        raise StorageUnavailableError

    monkeypatch.setattr(backend.callers._kept, "_read", fail)
    assert await status(api, college.client_key) == 200
    assert await status(api, college.sandbox_key) == 503


async def test_a_provider_that_is_disabled_elsewhere_is_locked_out(
    api, backend, college, elsewhere
):
    await warm(api, backend, college.client_key)
    await elsewhere.update(COLLEGE, {"enabled": False})

    async def is_locked_out():
        return await status(api, college.client_key) == 404

    await until(is_locked_out)


async def test_who_changes_a_provider_sees_that_at_once(api, backend, college):
    await warm(api, backend, college.client_key)
    await backend.services.partner.providers.update(COLLEGE, {"enabled": False})
    assert await status(api, college.client_key) == 404


async def test_a_changed_agreement_counts_from_then_on(api, backend, college, elsewhere):
    await warm(api, backend, college.client_key)
    await elsewhere.update(
        COLLEGE, {"test_policy": TestPolicy.ONE_TEST, "main_tests": ("career-interests",)}
    )

    async def is_forbidden():
        parameters = {"user_id": "anna", "test": "work-values"}
        return await status(api, college.client_key, "access/token", **parameters) == 403

    await until(is_forbidden)


async def test_a_rotated_key_ends_with_its_overlap_even_if_it_is_kept(
    api, backend, college, monkeypatch
):
    keys = await backend.services.partner.providers.rotate_keys(COLLEGE, timedelta(minutes=5))
    for key in (college.client_key, keys.client_key):
        await warm(api, backend, key)
    clock = backend.callers._clock
    monkeypatch.setattr(backend.callers, "_clock", lambda: clock() + timedelta(minutes=6))
    assert await status(api, college.client_key) == 404
    assert await status(api, keys.client_key) == 200


async def test_registering_users_forgets_nobody_and_stats_are_of_now(
    api, backend, college, elsewhere, register
):
    await register("school")
    await warm(api, backend, college.client_key)
    before = backend.callers._kept._drops
    for number in range(3):
        await api.get("user/register", client_key=college.client_key, user_id=f"user-{number}")
    await elsewhere.update(ProviderSlug("school"), {"name": "Another"})

    async def is_told_of_school():
        return backend.callers._kept._drops > before

    await until(is_told_of_school)
    kept = backend.callers._kept.keys()
    assert hash_secret(college.client_key) in kept
    assert (await api.get("stats", client_key=college.client_key)).body["access_count"] == 3


async def test_wrong_keys_are_not_kept(api, backend, college):
    await warm(api, backend, college.client_key)
    for number in range(5):
        assert await status(api, f"live_{number}") == 404
    assert backend.callers._kept.keys() == [hash_secret(college.client_key)]


async def test_while_the_stream_is_silent_each_call_reads(
    api, backend, college, database, monkeypatch
):
    await warm(api, backend, college.client_key)
    monkeypatch.setattr(changes, "TRUSTED_S", -1.0)  # The stream counts as silent for too long.
    assert await status(api, college.client_key) == 200
    database["providers"].update_one({"_id": COLLEGE}, {"$set": {"enabled": False}})
    assert await status(api, college.client_key) == 404


async def test_what_changed_while_it_was_read_is_not_kept(api, backend, college, monkeypatch):
    await warm(api, backend, college.client_key)
    backend.callers.forget(COLLEGE)
    find = backend.callers._kept._read

    async def find_slowly(digest):
        found = await find(digest)
        backend.callers.forget(COLLEGE)  # The change arrives first.
        return found

    monkeypatch.setattr(backend.callers._kept, "_read", find_slowly)
    assert await status(api, college.client_key) == 200
    assert backend.callers._kept.keys() == []
