"""Settings are read strictly; a fault names its variable and never repeats the value."""

import pytest

from storage.client import connect
from storage.driver.adapter import Driver
from widget_gateway.domain.errors import SettingsError
from widget_gateway.settings import LogFormat, LogLevel, Switch, read_settings

VALUE = "s3cret-value"
LONG = f"{VALUE} of 32 bytes or more"


def read(**variables):
    return read_settings({f"WIDGET_GATEWAY_{name}": value for name, value in variables.items()})


def test_without_any_variable_everything_has_its_default():
    settings = read()
    assert settings.embedded
    assert (settings.port, settings.address) == (8888, "127.0.0.1")
    assert (settings.database, settings.data_dir) == ("widget_gateway", "./var")
    assert settings.attempt_ttl_days == 30
    assert settings.start_page is Switch.ON
    assert settings.callback_key is None
    assert settings.console_place is None
    assert (settings.driver, settings.storage_wait_s) == (Driver.MOTOR, 15)


def test_variables_without_our_prefix_are_none_of_ours():
    assert read_settings({"PORT": "1", "MONGODB_URI": VALUE}).port == 8888


def test_values_are_read_by_their_type():
    settings = read(
        PORT="9000",
        LOG_LEVEL="WARNING",
        LOG_FORMAT="json",
        CORS_ORIGINS="https://a.example, https://b.example",
        TRUSTED_PROXIES="10.0.0.1 10.0.0.2",
        DRIVER="pymongo",
        STORAGE_WAIT_S="2.5",
        START_PAGE="OFF",
        CONSOLE_ADDRESS="[::1]:8899",
    )
    assert settings.console_place == (8899, "::1")
    assert settings.start_page is Switch.OFF
    assert (settings.driver, settings.storage_wait_s) == (Driver.PYMONGO, 2.5)
    assert settings.port == 9000
    assert (settings.log_level, settings.log_format) == (LogLevel.WARNING, LogFormat.JSON)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_an_empty_variable_counts_as_unset():
    assert read(PORT="", MONGODB_URI="").embedded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", VALUE),
        ("START_PAGE", VALUE),
        ("START_PAGE", "0"),
        ("LIMIT_APPROVALS", "yes"),
        ("CONSOLE_ADDRESS", VALUE),
        ("CONSOLE_ADDRESS", "8899"),
        ("CONSOLE_ADDRESS", "127.0.0.1:65536"),
        ("CONSOLE_ADDRESS", "http://127.0.0.1:8899"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("DATABASE", VALUE + "!"),
        ("DATABASE", "x" * 39),
        ("ATTEMPT_TTL_DAYS", "0"),
        ("ATTEMPT_TTL_DAYS", VALUE),
        ("DRIVER", VALUE),
        ("DRIVER", "MOTOR"),
        ("STORAGE_WAIT_S", VALUE),
        ("STORAGE_WAIT_S", "0.9"),
        ("STORAGE_WAIT_S", "61"),
        ("STORAGE_WAIT_S", "nan"),
        ("LOG_FORMAT", VALUE),
        ("LOG_LEVEL", VALUE),
        ("CORS_ORIGINS", f"https://a.example {VALUE}"),
        ("PUBLIC_URL", VALUE),
        ("PUBLIC_URL", f"https://a.example/{VALUE}"),
        ("ENV_FILE", f"/nowhere/{VALUE}"),
        ("JWT_SECRET_FILE", f"/nowhere/{VALUE}"),
        ("JWT_SECRET", VALUE),
        ("MONGODB_URI", VALUE),
        ("PROT", VALUE),
    ],
)
def test_a_faulty_setting_is_named_and_its_value_is_not_echoed(name, value):
    with pytest.raises(SettingsError) as fault:
        read(**{name: value})
    assert str(fault.value).startswith(f"WIDGET_GATEWAY_{name}: ")
    assert VALUE not in str(fault.value)


@pytest.mark.parametrize("missing", ["JWT_SECRET", "PIN_PEPPER"])
def test_nodes_over_one_database_must_share_their_secrets(missing):
    variables = {"MONGODB_URI": f"mongodb://{VALUE}", "JWT_SECRET": LONG, "PIN_PEPPER": LONG}
    del variables[missing]
    with pytest.raises(SettingsError, match=f"^WIDGET_GATEWAY_{missing}: required") as fault:
        read(**variables)
    assert VALUE not in str(fault.value)


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "secret").write_text(f"{LONG}\n")
    assert read(JWT_SECRET_FILE=str(tmp_path / "secret")).jwt_secret == LONG


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_file_without_a_secret_is_refused(tmp_path, content):
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SettingsError, match=r"^WIDGET_GATEWAY_JWT_SECRET_FILE: the file"):
        read(JWT_SECRET_FILE=str(tmp_path / "secret"))


def test_a_secret_is_given_once(tmp_path):
    (tmp_path / "secret").write_text(VALUE)
    with pytest.raises(SettingsError, match="set either it or") as fault:
        read(JWT_SECRET=VALUE, JWT_SECRET_FILE=str(tmp_path / "secret"))
    assert VALUE not in str(fault.value)


def test_an_environment_file_is_read_and_the_environment_wins(tmp_path):
    file = tmp_path / "env"
    file.write_text("WIDGET_GATEWAY_PORT=9000\nWIDGET_GATEWAY_ADDRESS='0.0.0.0'\nPORT=1\n")
    settings = read(ENV_FILE=str(file), PORT="9001")
    assert (settings.port, settings.address) == (9001, "0.0.0.0")  # noqa: S104 - nothing listens there


def test_nothing_is_interpolated_in_an_environment_file(tmp_path):
    file = tmp_path / "env"
    file.write_text(f"WIDGET_GATEWAY_JWT_SECRET={'a${HOME}b' * 4}\n")
    assert read(ENV_FILE=str(file)).jwt_secret == "a${HOME}b" * 4


def test_an_unreadable_environment_file_is_named(tmp_path):
    (tmp_path / "env").write_bytes(b"WIDGET_GATEWAY_PORT=\xff")
    with pytest.raises(SettingsError, match=r"^WIDGET_GATEWAY_ENV_FILE: the file can't be read"):
        read(ENV_FILE=str(tmp_path / "env"))


@pytest.mark.parametrize(
    "uri",
    [
        f"http://{VALUE}/",
        f"mongodb://user:{VALUE}@host@host/",
        f"mongodb://host:{VALUE}/",
        "",
    ],
)
def test_a_database_uri_that_can_not_be_read_is_not_repeated(uri):
    with pytest.raises(SettingsError, match=r"^WIDGET_GATEWAY_MONGODB_URI: ") as fault:
        connect(uri)
    assert VALUE not in str(fault.value)
    assert fault.value.__suppress_context__
