"""`auth/login`, and what its tokens open."""

import pytest

pytestmark = pytest.mark.gen_test(timeout=30)


async def test_who_was_told_of_signs_in(portal):
    assert (await portal.update_pin()).body == {"result": True}
    tokens = await portal.signed_in()
    own = await portal.own_sessions(tokens["access_token"])
    assert own.status == 200, own.body
    assert [one["id"] for one in own.body["data"]] == [tokens["session_id"]]
    refreshed = await portal.refresh(tokens["refresh_token"])
    assert refreshed.status == 200, refreshed.body
    assert (await portal.logout(tokens["access_token"])).body == {"result": True}
    assert (await portal.own_sessions(tokens["access_token"])).status == 401
