"""Settings are read once from the environment and checked strictly (docs/protocol/http.md).

The message of an error names the setting and never contains its value.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from io import StringIO
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

import msgspec
import msgspec.inspect
from dotenv.parser import parse_stream

from storage.client import check_uri
from storage.driver.adapter import Driver
from storage.driver.waits import STORAGE_WAIT_S
from widget_gateway.domain.errors import SettingsError
from widget_gateway.domain.partners.providers import parse_origin

PREFIX = "WIDGET_GATEWAY_"
_SECRETS = ("CALLBACK_KEY", "JWT_SECRET", "JWT_OLD_SECRET", "PIN_PEPPER", "MONGODB_URI")

MIN_SECRET_BYTES = 16
"""Bytes below which a JWT_SECRET is refused: 128 bits can't be guessed from a token. A short one
can be rotated without harm, so JWT_OLD_SECRET may have any length."""

ENOUGH_BYTES = {"jwt_secret": 32, "pin_pepper": 32, "callback_key": 16}
"""Bytes below which a secret is called short. JWT_SECRET should have as many as an HMAC-SHA256
(RFC 7518, 3.2), and PIN_PEPPER likewise. Neither a pepper nor the portal's key is refused: a new
pepper makes all PINs void, and the key is agreed on with the portal."""

RANDOM_KEY_COMMAND = "openssl rand -base64 32"
"""The command that makes a good secret."""

MAX_FILE_BYTES = 64 * 2**10
"""Bytes that are read of an environment file or of a secret's file. A device such as /dev/zero has
no end."""

_SERVICE_LINK = re.compile(r"(SERVICE_(HOST|PORT)(_.+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_.+)?)?)\Z")
"""Names of the variables by which Kubernetes tells each container of a service's pods about a
service named widget-gateway."""

_URI_SCHEMES = ("mongodb://", "mongodb+srv://")

_NO_SERVICE_LINKS = (
    "Kubernetes has set it, because a service is named widget-gateway. Set enableServiceLinks to "
    "false in the pod"
)


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
    "LIMIT_APPROVALS": Switch,
    "START_PAGE": Switch,
}

_COLLECTOR = re.compile(r"https?://[^/?#@\s]+(?:/[\w.~/-]*)?", re.ASCII)
"""A collector of traces. A query and a name with a password could hold secrets, which libraries
write into logs."""


_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
"""An address and a port, such as 127.0.0.1:8899 or [::1]:8899."""

MAX_PORT = 65_535


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """All settings; README.md says what each is for.

    Without `mongodb_uri` the gateway runs an embedded mongod under `data_dir`. `storage_wait_s` is
    how many seconds a caller waits while the database has no primary. The rate limits are calls
    per minute, counted by each process: for each provider's key, and for each address that sends
    no valid key. With a `console_address`, the console is served there
    and nowhere else. With `limit_approvals`, a limit that an admin asks for in the console waits
    for another admin. Without `traces_endpoint`, the URL of a collector, nothing is traced; with it
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
    console_address: str | None = None
    limit_approvals: Switch = Switch.OFF
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
    def short_secrets(self) -> tuple[str, ...]:
        """The names of settings whose secrets could be guessed with some effort."""
        return tuple(
            f"{PREFIX}{name.upper()}"
            for name, enough in ENOUGH_BYTES.items()
            if (secret := getattr(self, name)) and len(secret.encode()) < enough
        )

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the proxies whose `X-Forwarded-*` headers are trusted."""
        return tuple(map(ip_network, self.trusted_proxies))

    @property
    def callable_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The private networks that webhooks may call, also over plain http."""
        return tuple(map(ip_network, self.private_networks))

    @property
    def console_place(self) -> tuple[int, str] | None:
        """The port and the address that only the console is served on; None if it has none."""
        if self.console_address is None:
            return None
        found = _PLACE.fullmatch(self.console_address)
        assert found is not None  # noqa: S101 - it is checked when the settings are read
        return int(found["port"]), found["host"].strip("[]")

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
    for name in ("LIMIT_APPROVALS", "LOG_LEVEL", "START_PAGE"):
        if isinstance(word := values.get(name), str):
            values[name] = word.lower()
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        _, _, path = str(error).partition(" - at `$.")
        name = path.partition("[")[0].rstrip("`")
        problem = _what_it_is(name)
        if name == "PORT" and str(values[name]).startswith("tcp://"):
            problem = _NO_SERVICE_LINKS
        raise SettingsError(f"{PREFIX}{name}: {problem}") from None
    _check(settings)
    return settings


def _what_it_is(name: str) -> str:
    """Describe the values of a setting, as the fields of Settings declare them."""
    if choices := _CHOICES.get(name):
        return f"it is one of: {', '.join(choices)}"
    fields = msgspec.inspect.type_info(Settings)
    assert isinstance(fields, msgspec.inspect.StructType)  # noqa: S101 - for mypy
    kind = next(field.type for field in fields.fields if field.encode_name == name)
    match kind:
        case msgspec.inspect.IntType():
            return f"it is a whole number from {kind.ge} to {kind.le}"
        case msgspec.inspect.FloatType():
            return f"it is a number from {kind.ge:g} to {kind.le:g}"
    return "it is made of up to 38 letters and digits of ASCII, _ and -"  # DATABASE


def _collect(environ: Mapping[str, str]) -> dict[str, object]:
    """The variables that are set, without their prefix; the environment overrides the file."""
    variables = {name: value for name, value in environ.items() if value}
    env_file = variables.pop(f"{PREFIX}ENV_FILE", None)
    stored = _read_variables(env_file) if env_file else {}
    values: dict[str, object] = {
        name.removeprefix(PREFIX): value
        for name, value in (stored | variables).items()
        if name.startswith(PREFIX)
    }
    _refuse_unknown(values, {name.removeprefix(PREFIX) for name in stored})
    for name in _SECRETS:
        path = values.pop(f"{name}_FILE", None)
        if path is None:
            continue
        if name in values:
            raise SettingsError(f"{PREFIX}{name}: set either it or {PREFIX}{name}_FILE")
        secret = _read_file(f"{name}_FILE", str(path)).strip()
        if not secret:
            raise SettingsError(f"{PREFIX}{name}_FILE: the file is empty")
        values[name] = secret
    return values


def _read_variables(path: str) -> dict[str, str]:
    """Read the variables of an environment file; those without a value count as unset."""
    variables: dict[str, str] = {}
    for binding in parse_stream(StringIO(_read_file("ENV_FILE", path))):
        if binding.error or (binding.key is not None and binding.value is None):
            line = binding.original.line
            raise SettingsError(f"{PREFIX}ENV_FILE: line {line} is not like NAME=value")
        if binding.key and binding.value:
            variables[binding.key] = binding.value
    if f"{PREFIX}ENV_FILE" in variables:
        raise SettingsError(f"{PREFIX}ENV_FILE: the file names another one, which is not read")
    return variables


def _read_file(name: str, path: str) -> str:
    """Read a file that the setting `name` names; no message repeats its path or content."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        text = content.decode()
    except OSError as error:
        why = f"the file can't be read: {error.strerror}"
    except UnicodeDecodeError:
        why = "the file can't be read: it is not a text in UTF-8"
    else:
        if len(content) <= MAX_FILE_BYTES and "\0" not in text:
            return text
        why = "the file can't be read: it is binary or too long"
    raise SettingsError(f"{PREFIX}{name}: {why}") from None


def _refuse_unknown(values: Iterable[str], stored: Collection[str]) -> None:
    known = [
        *(field.encode_name for field in msgspec.structs.fields(Settings)),
        *(f"{name}_FILE" for name in _SECRETS),
        "ENV_FILE",
    ]
    for name in sorted(values):
        if name in known:
            continue
        where = f" (in the file that {PREFIX}ENV_FILE names)" if name in stored else ""
        if _SERVICE_LINK.match(name):
            advice = f" {_NO_SERVICE_LINKS}."
        elif alike := get_close_matches(name.upper(), known, n=1):
            advice = f" Did you mean {PREFIX}{alike[0]}?"
        else:
            advice = " README.md lists all."
        raise SettingsError(f"{PREFIX}{name}: there is no such setting{where}.{advice}")


def _check(settings: Settings) -> None:
    if settings.mongodb_uri and not settings.mongodb_uri.startswith(_URI_SCHEMES):
        raise SettingsError(
            f"{PREFIX}MONGODB_URI: it is like mongodb://user:password@host/?replicaSet=name"
        )
    if settings.mongodb_uri:
        check_uri(settings.mongodb_uri)
    for name in ("jwt_secret", "pin_pepper"):
        if getattr(settings, name) is None and not settings.embedded:
            raise SettingsError(
                f"{PREFIX}{name.upper()}: required where {PREFIX}MONGODB_URI is set, "
                "since all nodes must share it"
            )
    if settings.jwt_secret and len(settings.jwt_secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError(
            f"{PREFIX}JWT_SECRET: it has fewer than {MIN_SECRET_BYTES} bytes, so it could be "
            f"guessed. Make one: {RANDOM_KEY_COMMAND}"
        )
    _check_addresses(settings)


def _check_addresses(settings: Settings) -> None:
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
    if settings.console_address and not _is_place(settings.console_address):
        raise SettingsError(f"{PREFIX}CONSOLE_ADDRESS: it is like 127.0.0.1:8899")
    if settings.traces_endpoint and not _is_collector(settings.traces_endpoint):
        raise SettingsError(
            f"{PREFIX}TRACES_ENDPOINT: it is like http://collector:4318, "
            "without a password or a query"
        )


def _is_place(text: str) -> bool:
    found = _PLACE.fullmatch(text)
    return found is not None and int(found["port"]) <= MAX_PORT


def _is_collector(url: str) -> bool:
    """Whether it is an http or https URL of a host, with or without a path, and nothing else."""
    if _COLLECTOR.fullmatch(url) is None:
        return False
    scheme, _, rest = url.partition("://")
    return parse_origin(f"{scheme}://{rest.partition('/')[0]}") is not None
