"""Settings are read once from the environment and checked strictly (docs/protocol/http.md).

The message of an error names the setting and never contains its value.
"""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

import msgspec
from dotenv import dotenv_values

from storage.driver.adapter import Driver
from storage.driver.waits import STORAGE_WAIT_S
from widget_gateway.domain.errors import SettingsError
from widget_gateway.domain.partners.providers import parse_origin

PREFIX = "WIDGET_GATEWAY_"
_SECRETS = ("CALLBACK_KEY", "JWT_SECRET", "JWT_OLD_SECRET", "PIN_PEPPER", "MONGODB_URI")


class LogFormat(StrEnum):
    """Logs are readable lines for a terminal, or a JSON object on each line."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The lowest severity of events that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Switch(StrEnum):
    """Whether the gateway does something."""

    ON = "on"
    OFF = "off"


_CHOICES: dict[str, type[StrEnum]] = {
    "DRIVER": Driver,
    "LOG_FORMAT": LogFormat,
    "LOG_LEVEL": LogLevel,
    "START_PAGE": Switch,
}

_COLLECTOR = re.compile(r"https?://[^/?#@\s]+(?:/[\w.~/-]*)?", re.ASCII)
"""A collector of traces. A query and a name with a password could hold secrets, which libraries
write into logs."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """All settings; README.md says what each is for.

    Without `mongodb_uri` the gateway runs an embedded mongod under `data_dir`. `storage_wait_s` is
    how many seconds a caller waits while the database has no primary. The rate limits are calls
    per minute, counted by each process: for each provider's key, and for each address that sends
    no valid key. Without `traces_endpoint`, the URL of a collector, nothing is traced; with it
    `traces_ratio` is the share of the traces that are sent. An answer takes several spans, so the
    default is small.
    """

    mongodb_uri: str | None = None
    database: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,38}\Z")] = "widget_gateway"
    driver: Driver = Driver.MOTOR
    storage_wait_s: Annotated[float, msgspec.Meta(ge=1, le=60)] = STORAGE_WAIT_S
    data_dir: str = "./var"
    mongod: str | None = None
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8888
    address: str = "127.0.0.1"
    public_url: str | None = None
    callback_key: str | None = None
    jwt_secret: str | None = None
    jwt_old_secret: str | None = None
    pin_pepper: str | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    private_networks: tuple[str, ...] = ()
    key_rate_limit: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 60_000
    address_rate_limit: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 600
    start_page: Switch = Switch.ON
    attempt_ttl_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    traces_endpoint: str | None = None
    traces_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO

    @property
    def embedded(self) -> bool:
        """Whether the gateway brings its own mongod."""
        return self.mongodb_uri is None

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the proxies whose `X-Forwarded-*` headers are trusted."""
        return tuple(map(ip_network, self.trusted_proxies))

    @property
    def callable_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The private networks that webhooks may call, also over plain http."""
        return tuple(map(ip_network, self.private_networks))

    @property
    def data_path(self) -> Path:
        """The data directory."""
        return Path(self.data_dir)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: names the variable that is wrong or missing, and says what is expected.
    """
    values = _collect(os.environ if environ is None else environ)
    for name in ("CORS_ORIGINS", "TRUSTED_PROXIES", "PRIVATE_NETWORKS"):
        if isinstance(listed := values.get(name), str):
            values[name] = listed.replace(",", " ").split()
    for name in ("LOG_LEVEL", "START_PAGE"):
        if isinstance(word := values.get(name), str):
            values[name] = word.lower()
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        name = path.partition("[")[0].rstrip("`")
        if choices := _CHOICES.get(name):  # The library's own message would repeat the value.
            problem = f"it is one of: {', '.join(choices)}"
        raise SettingsError(f"{PREFIX}{name}: {problem}") from None
    _check(settings)
    return settings


def _collect(environ: Mapping[str, str]) -> dict[str, object]:
    """The variables that are set, without their prefix; the environment overrides the file."""
    variables = dict(environ)
    env_file = environ.get(f"{PREFIX}ENV_FILE")
    if env_file:
        if not Path(env_file).is_file():
            raise SettingsError(f"{PREFIX}ENV_FILE: there is no such file")
        try:
            stored = dotenv_values(env_file, interpolate=False)
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{PREFIX}ENV_FILE: the file can't be read") from None
        variables = {name: value for name, value in stored.items() if value} | variables
    values: dict[str, object] = {
        name.removeprefix(PREFIX): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and value
    }
    for name in _SECRETS:
        path = values.pop(f"{name}_FILE", None)
        if path is None:
            continue
        if name in values:
            raise SettingsError(f"{PREFIX}{name}: set either it or {PREFIX}{name}_FILE")
        try:
            secret = Path(str(path)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{PREFIX}{name}_FILE: the file can't be read") from None
        if not secret:
            raise SettingsError(f"{PREFIX}{name}_FILE: the file is empty")
        values[name] = secret
    return values


def _check(settings: Settings) -> None:
    for name in ("jwt_secret", "pin_pepper"):
        if getattr(settings, name) is None and not settings.embedded:
            raise SettingsError(
                f"{PREFIX}{name.upper()}: required where {PREFIX}MONGODB_URI is set, "
                "since all nodes must share it"
            )
    for name in ("trusted_proxies", "private_networks"):
        try:
            tuple(map(ip_network, getattr(settings, name)))
        except ValueError:
            raise SettingsError(
                f"{PREFIX}{name.upper()}: each is an address or a network like 10.0.0.0/8"
            ) from None
    for origin in settings.cors_origins:
        if parse_origin(origin) is None:
            raise SettingsError(f"{PREFIX}CORS_ORIGINS: each is like https://example.org")
    if settings.public_url and parse_origin(settings.public_url) is None:
        raise SettingsError(f"{PREFIX}PUBLIC_URL: it is like https://gateway.example.org")
    if settings.traces_endpoint and not _is_collector(settings.traces_endpoint):
        raise SettingsError(
            f"{PREFIX}TRACES_ENDPOINT: it is like http://collector:4318, "
            "without a password or a query"
        )


def _is_collector(url: str) -> bool:
    """Whether it is an http or https URL of a host, with or without a path, and nothing else."""
    if _COLLECTOR.fullmatch(url) is None:
        return False
    scheme, _, rest = url.partition("://")
    return parse_origin(f"{scheme}://{rest.partition('/')[0]}") is not None
