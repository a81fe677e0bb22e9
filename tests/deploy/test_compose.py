"""compose.yaml, as Docker Compose itself reads it."""

import json
import re
import stat
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.deploy.conftest import DEPLOY
from tests.support.tools import tool
from widget_gateway.processes import END_WAIT_S
from widget_gateway.settings import read_settings

MEMBERS = ["mongo-1", "mongo-2", "mongo-3"]
GATEWAYS = ["gateway-1", "gateway-2"]
STEPS = ["keyfile", "replica-set"]
"""Services that do something once."""


@pytest.fixture(scope="module")
def compose(tmp_path_factory):
    """The whole configuration, with all references resolved."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [
            *(tool("docker-compose"), "--file", DEPLOY / "compose.yaml"),
            *("--env-file", DEPLOY / ".env.example", "config", "--format", "json"),
        ],
        env={"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def test_there_is_a_whole_deployment(services):
    others = {"nginx", "prometheus", "blackbox", "grafana"}
    assert set(services) == {*MEMBERS, *GATEWAYS, *STEPS, *others}


def test_each_service_is_watched_restarted_and_limited(services):
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits["cpus"], name
        assert limits["memory"], name
        if name in STEPS:
            assert service["restart"].startswith("on-failure"), name
        else:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service or name in GATEWAYS, name  # the image has a check
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_each_image_has_a_version(services):
    for name in set(services) - set(GATEWAYS):
        assert re.search(r":v?[0-9]+\.[0-9]", services[name]["image"]), name


def test_members_have_the_parameters_that_our_waits_rely_on(services):
    for name in MEMBERS:
        command = services[name]["command"]
        assert "--setParameter=oplogFetcherSteadyStateMaxFetcherRestarts=0" in command
        assert "--setParameter=transactionLifetimeLimitSeconds=5" in command
        assert "--keyFile=/keyfile/keyfile" in command
        assert services[name]["image"] in ("mongo:7.0", "mongo:8.0")
        assert "ports" not in services[name]


def test_only_the_proxy_is_reached_from_outside(services):
    for name, service in services.items():
        for port in service.get("ports", []):
            assert name == "nginx" or port["host_ip"] == "127.0.0.1", name


def test_gateways_start_with_their_settings(services, made_secrets):
    for name in GATEWAYS:
        service = services[name]
        mounted = {secret["source"] for secret in service["secrets"]}
        environ = {}
        for setting, value in service["environment"].items():
            if value.startswith("/run/secrets/"):
                assert value.removeprefix("/run/secrets/") in mounted
            environ[setting] = value.replace("/run/secrets", str(made_secrets))
        settings = read_settings(environ)
        assert not settings.embedded
        assert settings.callback_key
        assert settings.trusted_networks
        assert service["read_only"] is True
        assert _seconds(service["stop_grace_period"]) > END_WAIT_S


def test_gateways_trust_the_network_of_the_proxy_alone(compose, services):
    [subnet] = [row["subnet"] for row in compose["networks"]["proxy"]["ipam"]["config"]]
    for name in GATEWAYS:
        assert services[name]["environment"]["WIDGET_GATEWAY_TRUSTED_PROXIES"] == subnet
    within = {name for name, service in services.items() if "proxy" in service.get("networks", {})}
    assert within == {*GATEWAYS, "nginx"}
    assert compose["networks"]["database"]["internal"] is True


def test_no_secret_is_written_in_the_file(services):
    for name, service in services.items():
        for variable, value in (service.get("environment") or {}).items():
            is_secret = re.search("PASSWORD|SECRET|KEY|PEPPER|URI", variable)
            assert not is_secret or value.startswith("/run/secrets/"), (name, variable)


def test_each_file_that_is_mounted_exists(services):
    for name, service in services.items():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                path = volume["source"]
                assert DEPLOY.joinpath(path).exists(), (name, path)


def test_grafana_finds_prometheus_and_its_dashboard(services):
    mounted = {volume["target"] for volume in services["grafana"]["volumes"]}
    provisioning = DEPLOY / "grafana/provisioning"
    [source] = _only(provisioning / "datasources")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    [provider] = _only(provisioning / "dashboards")["providers"]
    assert f"{provider['options']['path']}/dashboard.json" in mounted


def test_each_secret_is_made(compose, made_secrets):
    declared = {secret["file"].rpartition("/")[2] for secret in compose["secrets"].values()}
    made = {path.name for path in made_secrets.iterdir()}
    assert declared == made
    assert stat.S_IMODE(made_secrets.stat().st_mode) == 0o700
    for path in made_secrets.iterdir():
        assert len(path.read_text().strip()) >= 64


def test_secrets_that_exist_are_kept(made_secrets):
    before = {path.name: path.read_bytes() for path in made_secrets.iterdir()}
    subprocess.run(["sh", made_secrets.parent / "make-secrets.sh"], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in made_secrets.iterdir()} == before
    assert (made_secrets.parent / ".env").read_text() == (DEPLOY / ".env.example").read_text()


def test_the_uri_names_the_members_and_their_set(services, made_secrets):
    uri = urlsplit((made_secrets / "mongodb_uri").read_text().strip())
    assert uri.netloc.partition("@")[2].split(",") == [f"{name}:27017" for name in MEMBERS]
    [replica_set] = parse_qs(uri.query)["replicaSet"]
    for name in MEMBERS:
        assert f"--replSet={replica_set}" in services[name]["command"]
    assert f"_id: '{replica_set}'" in (DEPLOY / "mongodb/replica-set.js").read_text()


def test_what_creates_the_users_is_a_program():
    subprocess.run([tool("node"), "--check", DEPLOY / "mongodb/replica-set.js"], check=True)


def test_prometheus_asks_each_gateway(services):
    path = DEPLOY / "prometheus/prometheus.yml"
    subprocess.run(
        [tool("promtool"), "check", "config", "--syntax-only", path],
        check=True,
        capture_output=True,
    )
    gateways, certificate = yaml.safe_load(path.read_text())["scrape_configs"]
    assert _targets(gateways) == [f"{name}:8888" for name in GATEWAYS]
    for name in (*GATEWAYS, "prometheus", "blackbox"):
        assert "metrics" in services[name]["networks"]
    assert _targets(certificate) == ["nginx:443"]
    assert {"probe"} <= {*services["nginx"]["networks"]} & {*services["blackbox"]["networks"]}
    modules = yaml.safe_load((DEPLOY / "prometheus/blackbox.yml").read_text())["modules"]
    assert set(certificate["params"]["module"]) <= set(modules)


def _targets(job):
    return [target for group in job["static_configs"] for target in group["targets"]]


def _only(folder):
    """Read the only file of a folder."""
    [path] = folder.iterdir()
    return yaml.safe_load(path.read_text("utf-8"))


def _seconds(duration):
    """Read a duration as Compose writes it, such as 1m0s."""
    minutes, seconds = re.fullmatch(r"(?:(\d+)m)?(\d+)s", duration).groups()
    return int(minutes or 0) * 60 + int(seconds)
