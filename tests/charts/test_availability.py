"""How many there are, and that some always are."""

import pytest
import yaml

from rendering import PARTS, ROOT, example, merged, render, rendered, selects

AUTOSCALED = {"auth": "auth-service", "chat": "chat-api", "gateway": "ws-gateway", "edge": "edge"}


@pytest.mark.parametrize("part", PARTS)
def test_nodes_are_drained_one_pod_at_a_time(chart, part):
    budget = chart.of("PodDisruptionBudget", part)["spec"]
    assert budget["maxUnavailable"] == 1 and "minAvailable" not in budget
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    for other in PARTS:
        assert selects(budget["selector"], chart.pod(other)["metadata"]["labels"]) == (other == part)


@pytest.mark.parametrize("part", PARTS)
def test_a_deployment_and_its_service_have_the_parts_own_pods(chart, part):
    deployment, service = chart.of("Deployment", part), chart.of("Service", part)
    for other in PARTS:
        labels = chart.pod(other)["metadata"]["labels"]
        assert selects(deployment["spec"]["selector"], labels) == (other == part)
        assert selects({"matchLabels": service["spec"]["selector"]}, labels) == (other == part)
    named = {port["name"]: port["containerPort"] for port in chart.container(part)["ports"]}
    for port in service["spec"]["ports"]:
        assert port["targetPort"] == port["name"] and port["name"] in named
        if part != "edge":
            assert port["port"] == named[port["name"]]


def test_the_edges_service_shows_clients_their_port_only(chart):
    service = chart.of("Service", "edge")["spec"]
    assert [(port["name"], port["port"]) for port in service["ports"]] == [("public", chart.values["edge"]["servicePort"])]
    # The others are for each other.
    for part in PARTS:
        assert part == "edge" or chart.of("Service", part)["spec"]["type"] == "ClusterIP"


def test_in_production_every_part_is_more_than_one():
    chart = rendered("production")
    assert len(chart.all("HorizontalPodAutoscaler")) == len(PARTS)
    for values, part in AUTOSCALED.items():
        scaler = chart.of("HorizontalPodAutoscaler", part)["spec"]
        given = chart.values[values]["autoscaling"]
        assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"chatire-{part}"}
        assert 2 <= scaler["minReplicas"] == given["minReplicas"] < scaler["maxReplicas"] == given["maxReplicas"]
        # A number here would undo the autoscaler's at every upgrade.
        assert "replicas" not in chart.of("Deployment", part)["spec"]


@pytest.mark.parametrize("part", PARTS)
def test_autoscalers_go_by_cpu_and_gateways_by_their_sockets_too(part):
    metrics = rendered("production").of("HorizontalPodAutoscaler", part)["spec"]["metrics"]
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    sockets = {
        "type": "Pods",
        "pods": {"metric": {"name": "chatire_sockets"}, "target": {"type": "AverageValue", "averageValue": "5000"}},
    }
    assert metrics == ([sockets, cpu] if part == "ws-gateway" else [cpu])


def test_the_metric_of_sockets_is_one_that_gateways_have():
    sources = (ROOT / "ws-gateway/src").rglob("*.rs")
    assert any('"chatire_sockets"' in source.read_text() for source in sources)
    # And one that the adapter is told to offer, of each pod.
    (rule,) = yaml.safe_load((ROOT / "deploy/kubernetes/prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert rule["name"] == {"as": "chatire_sockets"} and rule["seriesQuery"].startswith("chatire_sockets{")
    assert set(rule["resources"]["overrides"]) == {"namespace", "pod"}


def test_gateways_go_one_by_one_and_not_before_the_one_before_has_gone():
    chart = rendered("production")
    scaler = chart.of("HorizontalPodAutoscaler", "ws-gateway")["spec"]["behavior"]["scaleDown"]
    assert scaler["stabilizationWindowSeconds"] >= 300
    (policy,) = scaler["policies"]
    assert policy["type"] == "Pods" and policy["value"] == 1
    assert policy["periodSeconds"] >= chart.pod("ws-gateway")["spec"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("values, part", AUTOSCALED.items())
def test_without_an_autoscaler_the_number_is_the_given_one(values, part):
    chart = render(merged(example("production"), {values: {"replicas": 7, "autoscaling": {"enabled": False}}}))
    assert chart.of("Deployment", part)["spec"]["replicas"] == 7
    assert f"chatire-{part}" not in [found["metadata"]["name"] for found in chart.all("HorizontalPodAutoscaler")]


def test_databases_take_as_many_connections_as_there_may_be():
    chart = render(merged(example("production"), {"chat": {"databaseConnections": 32, "autoscaling": {"maxReplicas": 20}}}))
    for values, part in (("auth", "auth-service"), ("chat", "chat-api")):
        given = chart.values[values]
        # One pod more while a rollout is under way.
        most = (given["autoscaling"]["maxReplicas"] + 1) * int(chart.environment(part)["CHATIRE__DATABASE__CONNECTIONS"])
        parameters = chart.one("Cluster", f"chatire-{values}-db")["spec"]["postgresql"]["parameters"]
        assert int(parameters["max_connections"]) >= max(100, most + 10)
