"""Prometheus finds every service, and gets the alert rules."""

import pytest
import yaml

from rendering import ROOT, SERVICES, example, merged, render, rendered, selects

RULES = """
groups:
  - name: chatire
    rules:
      - alert: SomethingIsWrong
        expr: chatire_sockets > 9000
        for: 5m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.pod }} has {{ $value }} sockets"}
"""


@pytest.mark.parametrize("part", SERVICES)
def test_every_service_is_scraped_on_its_internal_listener(part):
    chart = rendered("production")
    monitor = chart.of("ServiceMonitor", part)
    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    spec = monitor["spec"]
    assert set(spec) == {"jobLabel", "selector", "endpoints"}
    assert spec["endpoints"] == [{"port": "internal", "path": "/metrics", "interval": "15s"}]
    # It finds the one Service, whose port of that name leads to the internal listener, and names the job after the part.
    found = [service for service in chart.all("Service") if selects(spec["selector"], service["metadata"]["labels"])]
    assert [service["metadata"]["name"] for service in found] == [f"chatire-{part}"]
    ports = {port["name"]: port["port"] for port in found[0]["spec"]["ports"]}
    assert ports["internal"] == SERVICES[part][1]
    assert found[0]["metadata"]["labels"][spec["jobLabel"]] == part


def test_monitors_are_only_there_when_they_are_asked_for():
    assert len(rendered("production").all("ServiceMonitor")) == len(SERVICES)
    for name in ("minimal", "external-services"):
        assert rendered(name).all("ServiceMonitor") == [] == rendered(name).all("PrometheusRule")


def with_rules(**files):
    return render(merged(example("production"), {"monitoring": {"rules": {"files": files}}}))


def test_rules_are_taken_over_word_for_word():
    rule = with_rules(alerts=RULES).one("PrometheusRule", "chatire-alerts")
    assert rule["apiVersion"] == "monitoring.coreos.com/v1"
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert rule["spec"] == yaml.safe_load(RULES)


def test_the_projects_own_rules_fit():
    texts = {file.stem: file.read_text() for file in (ROOT / "deploy/observability").glob("*.yaml")}
    rules = {name: text for name, text in texts.items() if "groups" in yaml.safe_load(text)}
    chart = with_rules(more=RULES, **rules)
    assert len(chart.all("PrometheusRule")) == len(rules) + 1
    for name, text in rules.items():
        assert chart.one("PrometheusRule", f"chatire-{name}")["spec"] == yaml.safe_load(text)
