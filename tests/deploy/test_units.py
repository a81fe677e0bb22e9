"""The units for systemd on one machine."""

import configparser
import re
import shutil
import subprocess

import pytest

from tests.deploy.conftest import DEPLOY, sample_of
from tests.support.tools import tool
from widget_gateway.processes import END_WAIT_S
from widget_gateway.server import BACKLOG
from widget_gateway.settings import read_settings

SYSTEMD = DEPLOY / "systemd"
PROGRAM = "/opt/widget-gateway/bin/widget-gateway"


def unit(name):
    """Read a unit; a key that is repeated has the values of all its lines."""

    class Repeated(dict):
        def __setitem__(self, key, value) -> None:
            if key in self and isinstance(value, list):
                value = self[key] + value
            super().__setitem__(key, value)

    parser = configparser.RawConfigParser(strict=False, dict_type=Repeated)
    parser.optionxform = str
    parser.read(SYSTEMD / name, "utf-8")
    return parser


@pytest.fixture(scope="module")
def service():
    return unit("widget-gateway.service")["Service"]


@pytest.fixture
def installed(tmp_path):
    """The units in a folder, with a program that exists on each machine."""
    for name in ("widget-gateway.service", "widget-gateway.socket"):
        shutil.copy(SYSTEMD / name, tmp_path)
    drop_in = tmp_path / "widget-gateway.service.d"
    drop_in.mkdir()
    shutil.copy(SYSTEMD / "credentials.conf", drop_in)
    path = tmp_path / "widget-gateway.service"
    text = path.read_text()
    assert text.count(f"ExecStart={PROGRAM} serve") == 1
    path.write_text(text.replace(PROGRAM, "/bin/true"))
    return tmp_path


def test_systemd_understands_the_units(installed):
    units = [installed / "widget-gateway.service", installed / "widget-gateway.socket"]
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fault_in_a_unit_is_found(installed):
    path = installed / "widget-gateway.service"
    path.write_text(path.read_text().replace("KillMode=mixed", "KillMode=some"))
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "kill mode" in done.stderr


def test_the_service_is_hardened(installed):
    done = subprocess.run(
        [
            *(tool("systemd-analyze"), "security", "--offline=true", "--threshold=15"),
            installed / "widget-gateway.service",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout  # The exposure is at most 1.5 of 10.


def test_the_service_has_the_time_to_drain(service):
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"].removesuffix("s")) > END_WAIT_S


def test_the_socket_holds_as_many_connections_as_the_gateway():
    assert int(unit("widget-gateway.socket")["Socket"]["Backlog"]) == BACKLOG


def test_the_user_is_the_one_that_is_made(service):
    [line] = [
        line
        for line in (SYSTEMD / "widget-gateway.sysusers").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert line.split()[:2] == ["u", service["User"]]


def test_the_settings_are_good_and_keep_to_what_may_be_written(service):
    assert service["Environment"] == (
        "WIDGET_GATEWAY_ENV_FILE=/etc/widget-gateway/widget-gateway.env"
    )
    settings = read_settings({"WIDGET_GATEWAY_ENV_FILE": str(SYSTEMD / "widget-gateway.env")})
    assert settings.embedded
    assert settings.data_dir == f"/var/lib/{service['StateDirectory']}"
    assert settings.trusted_networks


def test_secrets_may_come_as_credentials(tmp_path):
    text = (SYSTEMD / "credentials.conf").read_text()
    loaded = dict(re.findall(r"^LoadCredential=(\w+):(.+)$", text, re.MULTILINE))
    environ = {"WIDGET_GATEWAY_ENV_FILE": str(SYSTEMD / "widget-gateway.env")}
    for name, value in re.findall(r"^Environment=(\w+)=(.+)$", text, re.MULTILINE):
        credential = value.removeprefix("%d/")
        assert loaded.pop(credential) == f"/etc/widget-gateway/secrets/{credential}"
        (tmp_path / credential).write_text(sample_of(credential))
        environ[name] = str(tmp_path / credential)
    assert loaded == {}
    assert not read_settings(environ).embedded


def test_the_settings_of_a_replica_set_are_good(tmp_path):
    text = (SYSTEMD / "widget-gateway.env").read_text()
    secrets = re.findall(r"^#WIDGET_GATEWAY_(\w+)_FILE=.*/(\w+)$", text, re.MULTILINE)
    assert len(secrets) == 3
    for setting, name in secrets:
        assert name == setting.lower()
        (tmp_path / name).write_text(sample_of(name))
    env_file = tmp_path / "env"
    env_file.write_text(
        re.sub(r"^#(WIDGET_GATEWAY_)", r"\1", text, flags=re.MULTILINE).replace(
            "/etc/widget-gateway/secrets", str(tmp_path)
        )
    )
    assert not read_settings({"WIDGET_GATEWAY_ENV_FILE": str(env_file)}).embedded
