"""The alerts and the dashboard: their rules work, and all that they name exists."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.tools import tool
from widget_gateway.domain.partners.providers import PaymentPolicy

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
GRAFANA = ROOT / "deploy/grafana"
PAGES = ("docs/observability.md", "docs/observability.ru.md")

SOME_TIME = timedelta(minutes=1)

TESTS = ("alerts.test.yml", "alerts-of-weeks.test.yml")

OF_OTHERS = {"up", "probe_ssl_earliest_cert_expiry"}
"""Metrics of Prometheus itself and of the blackbox exporter."""

LABELS_OF_OTHERS = {"instance", "job"}
"""Labels that Prometheus adds."""

_NAME = re.compile(r"\b(?:widget_gateway_\w+|probe_\w+|up(?=[{ ]))")
_MATCHER = re.compile(r"(\w+)\s*(?:=|!=)~?\s*\"")
_GROUPING = re.compile(r"\bby \(([^)]*)\)")

RULES = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((GRAFANA / "dashboard.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]


def promtool(*arguments, **options):
    return subprocess.run(
        [tool("promtool"), *arguments],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def named_in(expression):
    """Return the metrics and the labels that an expression names."""
    labels = set(_MATCHER.findall(expression))
    for listed in _GROUPING.findall(expression):
        labels |= set(re.findall(r"\w+", listed))
    return set(_NAME.findall(expression)), labels


def test_the_rules_are_well_formed():
    checked = promtool("check", "rules", "alerts.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_alert_fires_when_it_should_and_only_then():
    tested = promtool("test", "rules", *TESTS)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_a_rule_that_never_fires_is_found(tmp_path):
    for name in ("alerts.yml", "alerts.test.yml"):
        shutil.copy(PROMETHEUS / name, tmp_path)
    spoilt = (tmp_path / "alerts.yml").read_text(encoding="utf-8").replace("> 300", "> 3000")
    (tmp_path / "alerts.yml").write_text(spoilt, encoding="utf-8")
    tested = promtool("test", "rules", str(tmp_path / "alerts.test.yml"))
    assert tested.returncode != 0
    assert "OutboxOlderThanFiveMinutes" in tested.stdout + tested.stderr


def test_each_alert_is_seen_to_fire():
    tests = [
        test
        for name in TESTS
        for test in yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))["tests"]
    ]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    alerts = {rule["alert"] for rule in RULES}
    assert {case["alertname"] for case in cases} == alerts
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == alerts


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_has_a_severity_a_summary_and_a_page_to_act_by(rule):
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert page == PAGES[0]
    for name in PAGES:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert f'<a id="{anchor}"></a>' in text, name
        assert f"`{rule['alert']}`" in text, name


def test_the_dashboard_is_whole():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["targets"] and panel["title"] for panel in PANELS)
    sources = yaml.safe_load(
        (GRAFANA / "provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )["datasources"]
    assert {panel["datasource"]["uid"] for panel in PANELS} == {each["uid"] for each in sources}
    told = " ".join(panel.get("description", "") for panel in PANELS)
    assert {rule["alert"] for rule in RULES} - {"AcksAreSlow"} <= set(re.findall(r"\w+", told))


@pytest.mark.gen_test
async def test_all_metrics_and_labels_that_are_named_exist(api, register, connect, monkeypatch):
    monkeypatch.setattr("widget_gateway.services.gauges.SHOWN_SHARE", 0)
    monkeypatch.setattr("widget_gateway.services.gauges.SHOWN_KEY_AGE", -SOME_TIME)
    await register("college")
    await register("prepaid", payment_policy=PaymentPolicy.PREPAID, access_limit=1)
    visitor = await connect()
    await visitor.open(test="work-values")
    text = (await api.fetch_raw("/metrics")).body.decode()
    families = list(text_string_to_metric_families(text))
    samples = {sample.name for family in families for sample in family.samples}
    # A counter with labels that has counted nothing yet has no sample.
    samples |= {f"{family.name}_total" for family in families if family.type == "counter"}
    labels = {label for family in families for each in family.samples for label in each.labels}
    for expression in EXPRESSIONS:
        metrics_named, labels_named = named_in(expression)
        assert metrics_named, expression
        assert metrics_named - samples <= OF_OTHERS, expression
        assert labels_named - labels - LABELS_OF_OTHERS <= {"state"}, expression
    checked = promtool("check", "metrics", input=text)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for page in PAGES:
        named = set(
            re.findall(r"`(widget_gateway_\w+)`", (ROOT / page).read_text(encoding="utf-8"))
        )
        assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in samples} >= named
