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


def test_alert_rules_are_taken_over_word_for_word():
    chart = render(merged(example("production"), {"monitoring": {"rules": {"text": RULES}}}))
    rule = chart.one("PrometheusRule", "chatire")
    assert rule["apiVersion"] == "monitoring.coreos.com/v1"
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert rule["spec"] == yaml.safe_load(RULES)


def test_the_projects_own_alert_rules_fit():
    files = list((ROOT / "deploy/observability").glob("alerts.y*ml"))
    for file in files:
        chart = render(merged(example("production"), {"monitoring": {"rules": {"text": file.read_text()}}}))
        assert chart.one("PrometheusRule", "chatire")["spec"]["groups"] == yaml.safe_load(file.read_text())["groups"]
