"""The Helm chart, rendered by Helm itself and checked against Kubernetes' own schemas."""

import re

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, ROOT, sample_of
from tests.deploy.test_setting_names import unknown_names
from tests.support.tools import module
from widget_gateway.processes import END_WAIT_S
from widget_gateway.settings import read_settings

CHART = DEPLOY / "helm/widget-gateway"
FULL = yaml.safe_load((CHART / "ci/full-values.yaml").read_text("utf-8"))
LEAST = {"publicUrl": "https://gateway.example"}

VERSIONS = ["1.27", "1.37"]
"""The oldest version of Kubernetes that the chart allows, and the newest whose schema is known."""


@pytest.fixture(scope="module")
def helm():
    return module("helm_python")


@pytest.fixture(scope="module")
def render(helm):
    """Render the chart with values; returns the objects by their kind and name."""

    def rendered(values):
        with helm.Chart.load(str(CHART)) as chart:
            files = chart.render(values, name="tests", namespace="visitors")
        documents = [
            document
            for name, text in files.items()
            if not name.endswith("NOTES.txt")
            for document in yaml.safe_load_all(text)
            if document
        ]
        return {(item["kind"], item["metadata"]["name"]): item for item in documents}

    return rendered


@pytest.fixture(scope="module")
def full(render):
    return render(FULL)


@pytest.fixture(scope="module")
def least(render):
    return render(LEAST)


def pod_of(objects):
    return objects["Deployment", "tests"]["spec"]["template"]["spec"]


def container_of(objects):
    [container] = pod_of(objects)["containers"]
    return container


def variables_of(objects):
    return {row["name"]: row["value"] for row in container_of(objects)["env"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", [LEAST, FULL], ids=["least", "full"])
def test_kubernetes_knows_each_object(render, values, version):
    validator = module("kubernetes_validate")
    for (kind, name), item in render(values).items():
        if kind != "ServiceMonitor":  # It is the Prometheus operator's.
            validator.validate(item, version, strict=True)
        assert item["metadata"]["namespace"] == "visitors", name


def test_what_is_switched_off_is_not_there(least, full):
    always = {
        ("Deployment", "tests"),
        ("NetworkPolicy", "tests"),
        ("PodDisruptionBudget", "tests"),
        ("Service", "tests"),
    }
    assert set(least) == always
    assert set(full) == always | {
        ("HorizontalPodAutoscaler", "tests"),
        ("Ingress", "tests"),
        ("Service", "tests-nowhere"),
        ("ServiceMonitor", "tests"),
    }


def test_helm_has_nothing_to_say_against_it(helm):
    found = helm.lint(str(CHART), FULL)
    assert [message for message in found["messages"] if message["severity"] > 1] == []
    assert found["errors"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"publicUrl": ""},
        {"publicUrl": "https://gateway.example/path"},
        {"replicas": 0},
        {"replicaCount": 2},
        {"secret": {"files": {"MONGODB_URI": None}}},
        {"secret": {"files": {"PASSWORD": "password"}}},
        {"settings": {"JWT_SECRET": "not among the values"}},
        {"settings": {"PORT": "9999"}},
        {"settings": {"KEY_RATE_LIMIT": 1000000}},
        {"settings": {"log-level": "info"}},
        {"ingress": {"enabled": True}},
        {"drainSeconds": 5},
        {"networkPolicy": {"from": []}},
    ],
    ids=str,
)
def test_wrong_values_are_refused(helm, render, wrong):
    with pytest.raises(helm.HelmError):
        render(LEAST | wrong)


@pytest.mark.parametrize("values", [LEAST, FULL], ids=["least", "full"])
def test_the_gateway_starts_with_what_it_is_told(render, values, tmp_path):
    objects = render(values)
    variables = variables_of(objects)
    [secret] = [row for row in pod_of(objects)["volumes"] if "secret" in row]
    [mount] = [row for row in container_of(objects)["volumeMounts"] if row["name"] == "secrets"]
    assert secret["name"] == "secrets"
    environ = {}
    for name, value in variables.items():
        assert unknown_names(name) == set()
        if name.endswith("_FILE"):
            folder, key = value.rsplit("/", 1)
            assert folder == mount["mountPath"]
            (tmp_path / key).write_text(sample_of(key))
            value = str(tmp_path / key)  # noqa: PLW2901 - the same setting here
        environ[name] = value
    settings = read_settings(environ)
    assert not settings.embedded
    assert settings.public_url == "https://gateway.example"
    assert settings.port == container_of(objects)["ports"][0]["containerPort"]


def test_further_settings_reach_the_gateway(full):
    variables = variables_of(full)
    assert variables["WIDGET_GATEWAY_STORAGE_WAIT_S"] == "20"
    assert variables["WIDGET_GATEWAY_TRUSTED_PROXIES"] == "10.0.0.0/8,192.0.2.7"
    assert container_of(full)["args"] == ["serve", "--processes", "2"]


@pytest.mark.parametrize("name", ["least", "full"])
def test_a_pod_has_the_time_to_drain(request, name):
    objects = request.getfixturevalue(name)
    before = int(container_of(objects)["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod_of(objects)["terminationGracePeriodSeconds"] > before + END_WAIT_S


def test_the_least_values_have_the_time_to_drain():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text("utf-8"))
    assert schema["properties"]["drainSeconds"]["minimum"] > END_WAIT_S


def test_probes_ask_what_they_are_for(least):
    container = container_of(least)
    paths = {
        name: container[name]["httpGet"]["path"]
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }


def test_a_pod_is_restricted(least):
    pod, container = pod_of(least), container_of(least)
    user = re.search(r"^USER (\d+):(\d+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": int(user[1]),
        "runAsGroup": int(user[2]),
        "fsGroup": int(user[2]),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    writable = {row["mountPath"] for row in container["volumeMounts"] if not row.get("readOnly")}
    assert writable == {"/tmp", "/var/lib/widget-gateway"}  # noqa: S108 - in the pod


def test_the_number_of_pods_belongs_to_the_autoscaler_if_there_is_one(least, full):
    assert least["Deployment", "tests"]["spec"]["replicas"] == 2
    assert "replicas" not in full["Deployment", "tests"]["spec"]
    target = full["HorizontalPodAutoscaler", "tests"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) in full


def test_all_select_the_pods_of_the_deployment(full):
    labels = full["Deployment", "tests"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        full["Deployment", "tests"]["spec"]["selector"]["matchLabels"],
        full["Service", "tests"]["spec"]["selector"],
        full["PodDisruptionBudget", "tests"]["spec"]["selector"]["matchLabels"],
        full["NetworkPolicy", "tests"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert selectors == [labels] * 4
    monitored = full["ServiceMonitor", "tests"]["spec"]["selector"]["matchLabels"]
    assert monitored.items() <= full["Service", "tests"]["metadata"]["labels"].items()


def test_the_port_is_the_same_for_all(full):
    [port] = container_of(full)["ports"]
    [served] = full["Service", "tests"]["spec"]["ports"]
    [rule] = full["NetworkPolicy", "tests"]["spec"]["ingress"]
    [endpoint] = full["ServiceMonitor", "tests"]["spec"]["endpoints"]
    assert served["targetPort"] == port["name"] == rule["ports"][0]["port"]
    assert (endpoint["port"], endpoint["path"]) == (served["name"], "/metrics")


def test_the_ingress_passes_everything_on_but_metrics(full):
    [rule] = full["Ingress", "tests"]["spec"]["rules"]
    leads = {row["path"]: row["backend"]["service"]["name"] for row in rule["http"]["paths"]}
    assert leads == {"/": "tests", "/metrics": "tests-nowhere"}
    assert "selector" not in full["Service", "tests-nowhere"]["spec"]


def test_the_chart_is_of_this_version():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.search(r'version="([^"]+)"', (ROOT / "setup.py").read_text())[1]
    assert chart["appVersion"] == version
