"""The secrets of an embedded gateway are the same for all its processes, and for nobody else."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.portal_api import PortalApi
from widget_gateway.domain.errors import SettingsError
from widget_gateway.embedded_secrets import find_secrets
from widget_gateway.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=str(tmp_path / "new" / "data"))


def test_they_are_made_once_and_only_their_owner_reads_them(settings):
    made = find_secrets(settings)
    assert find_secrets(settings) == made
    assert made.jwt_secret != made.pin_pepper
    assert min(len(made.jwt_secret), len(made.pin_pepper)) >= 43
    path = settings.data_path / "secrets"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in settings.data_path.iterdir()] == ["secrets"]
    assert made.jwt_secret not in repr(made)


def test_many_that_start_at_once_end_up_with_the_same(settings):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(find_secrets, [settings] * 64))
    assert len({(secrets.jwt_secret, secrets.pin_pepper) for secrets in found}) == 1


def test_what_is_set_wins_over_what_is_kept(settings, tmp_path):
    kept = find_secrets(settings)
    chosen = Settings(data_dir=settings.data_dir, jwt_secret="given", jwt_old_secret="old")
    found = find_secrets(chosen)
    assert (found.jwt_secret, found.jwt_old_secret) == ("given", "old")
    assert found.pin_pepper == kept.pin_pepper
    whole = Settings(data_dir=str(tmp_path / "none"), jwt_secret="a", pin_pepper="b")
    assert find_secrets(whole).pin_pepper == "b"
    assert not whole.data_path.exists()


def test_a_mode_that_a_backup_widened_is_narrowed(settings):
    find_secrets(settings)
    path = settings.data_path / "secrets"
    path.chmod(0o644)
    find_secrets(settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"jwt_secret": "a"}', "\0"], ids=range(6)
)
def test_a_broken_file_is_named_and_not_replaced(settings, content):
    path = settings.data_path / "secrets"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(SettingsError, match="secrets"):
        find_secrets(settings)
    assert path.read_text() == content


@pytest.mark.gen_test
async def test_an_embedded_gateway_keeps_people_signed_in_over_a_restart(gateway, http_client):
    gateway.environ["WIDGET_GATEWAY_CALLBACK_KEY"] = "callback key"
    gateway.start()
    portal = PortalApi(http_client, gateway.url, "callback key")
    await portal.update_pin()
    tokens = await portal.signed_in()
    gateway.terminate()
    gateway.start()
    assert (await portal.own_sessions(tokens["access_token"])).status == 200
    assert (await portal.refresh(tokens["refresh_token"])).status == 200
    assert (await portal.login()).status == 200
