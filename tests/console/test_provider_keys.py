"""A provider's keys in the console: what is known of them, new ones, and their end."""

import hashlib

import pytest

LIST = "/console/providers/"
KEYS = f"{LIST}college/keys/"


def id_of(key):
    """Return the id by which the page names a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def ids_of(page):
    """Return the ids of the keys that a page lists."""
    return page.tree.xpath("//tbody/tr/th/code/text()")


@pytest.mark.gen_test
async def test_partners_rotate_their_own_keys_only(console, make_two_providers, api, database):
    old = make_two_providers[0]
    partner = await console.sign_in("partner", "college")
    foreign = await partner.send(
        f"{LIST}school/keys/", {"csrf": await partner.token(KEYS), "overlap": "0"}
    )
    assert foreign.status == 404
    for overlap in ("", "3", "-1", "99999"):
        assert (await partner.post(KEYS, overlap=overlap)).status == 422
    page = await partner.post(KEYS, overlap="0")
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    new = page.tree.get_element_by_id("client_key").get("value")
    sandbox = page.tree.get_element_by_id("sandbox_key").get("value")
    assert (await api.get("stats", client_key=old.client_key)).status == 404
    assert (await api.get("stats", client_key=new)).status == 200
    page = await partner.get(KEYS)
    assert new not in page.body.decode()
    assert {id_of(new), id_of(sandbox)} <= set(ids_of(page))
    (entry,) = database["console_trail"].find({"deed": "keys_rotate"})
    assert sorted(entry["before"]["valid_keys"]) == sorted(
        map(id_of, (old.client_key, old.sandbox_key))
    )
    assert sorted(entry["after"]["valid_keys"]) == sorted(map(id_of, (new, sandbox)))
    assert not any(key in str(entry) for key in (new, sandbox, old.client_key))


@pytest.mark.gen_test
async def test_old_keys_work_beside_new_ones_for_the_time_of_the_overlap(
    console, make_two_providers, api
):
    old = make_two_providers[0]
    admin = await console.sign_in("admin")
    page = await admin.post(KEYS, overlap="24")
    new = page.tree.get_element_by_id("client_key").get("value")
    for key in (old.client_key, new):
        assert (await api.get("stats", client_key=key)).status == 200


@pytest.mark.gen_test
async def test_a_key_ends_at_once_and_the_others_stay(console, make_two_providers, api, database):
    old, foreign = make_two_providers
    partner = await console.sign_in("partner", "college")
    assert (await api.get("stats", client_key=old.client_key)).status == 200
    page = await partner.post(KEYS, overlap="168")
    new = page.tree.get_element_by_id("client_key").get("value")
    page = await partner.get(KEYS, end=id_of(old.client_key))
    assert page.tree.xpath("//button[@value='end']"), "it is asked first"
    ended = {"do": "end", "key": id_of(old.client_key)}
    assert (await partner.post(KEYS, **ended)).status == 303
    assert (await api.get("stats", client_key=old.client_key)).status == 404
    for key in (new, old.sandbox_key, foreign.client_key):
        assert (await api.get("stats", client_key=key)).status == 200
    (entry,) = database["console_trail"].find({"deed": "key_end"})
    gone = set(entry["before"]["valid_keys"]) - set(entry["after"]["valid_keys"])
    assert gone == {id_of(old.client_key)}


@pytest.mark.gen_test
async def test_a_key_that_is_unknown_foreign_or_ended_is_not_ended(
    console, make_two_providers, api, database
):
    old, foreign = make_two_providers
    partner = await console.sign_in("partner", "college")
    assert (await partner.post(KEYS, do="end", key=id_of(old.client_key))).status == 303
    before = list(database["providers"].find())
    for key in ("", "x", "$", id_of(old.client_key), id_of(foreign.client_key), "0" * 5000):
        assert (await partner.post(KEYS, do="end", key=key)).status == 409
        page = await partner.get(KEYS, end=key[:500])
        assert not page.tree.xpath("//button[@value='end']")
    assert list(database["providers"].find()) == before
    assert (await api.get("stats", client_key=foreign.client_key)).status == 200


@pytest.mark.gen_test
async def test_the_end_of_the_last_key_of_a_world_is_warned_of(console, make_two_providers):
    old = make_two_providers[0]
    admin = await console.sign_in("admin")
    page = await admin.get(KEYS, end=id_of(old.client_key))
    assert "the last key of this world" in page.main
    await admin.post(KEYS, overlap="24")
    page = await admin.get(KEYS, end=id_of(old.client_key))
    assert "the last key of this world" not in page.main
