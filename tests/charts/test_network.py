"""Who reaches whom: internal listeners above all."""

import pytest

from reach import Outside, Pod, may_connect
from rendering import PARTS, RELEASE, SERVICES, example, merged, render, rendered

STRANGER = Pod("a stranger in the namespace", {"app": "something"})
FAR_STRANGER = Pod("a stranger elsewhere", {"app": "something"}, "elsewhere")
PROMETHEUS = Pod("Prometheus", {"app.kubernetes.io/name": "prometheus"}, "monitoring")
GRAFANA = Pod("Grafana", {"app.kubernetes.io/name": "grafana"}, "monitoring")
CONTROLLER = Pod("the Ingress controller", {"app.kubernetes.io/name": "ingress-nginx"}, "ingress-nginx")
INTERNET = Outside("the internet")
OUTSIDERS = (STRANGER, FAR_STRANGER, PROMETHEUS, GRAFANA, CONTROLLER, INTERNET)

# Who asks each port, by what the services' code does: gateways and chat-api ask the others' internal listeners, both fetch
# auth-service's public keys, and the edge asks the public listeners.
ASKED_BY = {
    ("auth-service", 8101): {"edge", "chat-api", "ws-gateway"},
    ("auth-service", 8111): {"chat-api", "ws-gateway"},
    ("chat-api", 8102): {"edge"},
    ("chat-api", 8112): {"ws-gateway"},
    ("ws-gateway", 8103): {"edge"},
    ("ws-gateway", 8113): set(),
    ("edge", 8090): set(),
}
# By the examples: who reads metrics, and who reaches the edge.
READERS = {"minimal": {"Prometheus", "Grafana"}, "production": {"Prometheus"}, "external-services": set()}
EVERYBODY = {outsider.name for outsider in OUTSIDERS}
VISITORS = {"minimal": EVERYBODY, "production": {"the Ingress controller"}, "external-services": EVERYBODY}


def pods(chart):
    return {part: Pod(part, chart.pod(part)["metadata"]["labels"]) for part in PARTS}


def callers(chart, target, port):
    """The names of all that may connect."""
    policies = chart.all("NetworkPolicy")
    everybody = [pod for pod in pods(chart).values() if pod.name != target.name] + list(OUTSIDERS)
    return {caller.name for caller in everybody if may_connect(policies, caller, target, port)}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("part, port", ASKED_BY)
def test_a_listener_is_reached_by_those_who_ask_it_and_by_nobody_else(name, part, port):
    chart = rendered(name)
    inside = part in SERVICES and port == SERVICES[part][1]
    assert callers(chart, pods(chart)[part], port) == ASKED_BY[part, port] | (READERS[name] if inside else set())


@pytest.mark.parametrize("name", VISITORS)
def test_clients_reach_the_edge_and_nothing_else(name):
    chart = rendered(name)
    assert callers(chart, pods(chart)["edge"], 8080) == VISITORS[name]
    for part, ports in SERVICES.items():
        for port in ports:
            assert "the internet" not in callers(chart, pods(chart)[part], port)


@pytest.mark.parametrize("part", PARTS)
def test_nothing_else_is_reached_at_all(chart, part):
    for port in (22, 80, 443, 5432, 9000, 10250):
        assert callers(chart, pods(chart)[part], port) == set()


def test_what_no_policy_speaks_of_is_denied(chart):
    """A part that comes later and gets no policy of its own is cut off, rather than open."""
    labels = {**pods(chart)["edge"].labels, "app.kubernetes.io/component": "something-new"}
    new = Pod("something new", labels)
    assert callers(chart, new, 8080) == set()
    for target in (*pods(chart).values(), INTERNET):
        assert not may_connect(chart.all("NetworkPolicy"), new, target, 8080)


@pytest.mark.parametrize("part", PARTS)
def test_names_can_be_looked_up(chart, part):
    servers = (Pod("CoreDNS", {"k8s-app": "kube-dns"}, "kube-system"), Outside("a node's own name server"))
    for server in servers:
        for protocol in ("UDP", "TCP"):
            assert may_connect(chart.all("NetworkPolicy"), pods(chart)[part], server, 53, protocol)


def test_nobody_talks_to_kubernetes_or_to_the_world(chart):
    policies = chart.all("NetworkPolicy")
    for pod in pods(chart).values():
        for port in (80, 443, 6443):
            assert not may_connect(policies, pod, INTERNET, port)


@pytest.mark.parametrize("name", ["minimal", "production"])
def test_databases_and_broker_of_operators_are_reached_by_their_services(name):
    chart = rendered(name)
    broker_port, managed_port = (5671, 15671) if name == "production" else (5672, 15672)
    for values, part in (("auth", "auth-service"), ("chat", "chat-api")):
        database = Pod("database", {"cnpg.io/cluster": f"{RELEASE}-{values}-db"})
        assert callers(chart, database, 5432) == {part}
        policies = chart.all("NetworkPolicy")
        operator = Pod("the operator", {}, "cnpg-system")
        replica = Pod("another instance", database.labels)
        for port in (5432, 8000):
            assert may_connect(policies, operator, database, port) and may_connect(policies, replica, database, port)
        assert callers(chart, database, 9187) == READERS[name]
    broker = Pod("broker", {"app.kubernetes.io/name": f"{RELEASE}-rabbitmq"})
    assert callers(chart, broker, broker_port) == set(SERVICES)
    assert callers(chart, broker, managed_port) == set()
    assert may_connect(policies, Pod("the operator", {}, "rabbitmq-system"), broker, managed_port)
    for port in (4369, 25672):
        assert callers(chart, broker, port) == set()
        assert may_connect(policies, Pod("another node", broker.labels), broker, port)


def test_external_services_are_reached_where_they_are_and_nowhere_else():
    chart = rendered("external-services")
    policies = chart.all("NetworkPolicy")
    databases, broker = Outside("10.20.0.0/24"), Outside("10.20.1.0/24")
    for name, pod in pods(chart).items():
        assert may_connect(policies, pod, databases, 5432) == (name in ("auth-service", "chat-api"))
        assert may_connect(policies, pod, broker, 5671) == (name in SERVICES)
        # The mail server's address was not given: anywhere, at its port.
        assert may_connect(policies, pod, INTERNET, 465) == (name == "auth-service")
        for other, port in ((broker, 5432), (INTERNET, 5432), (databases, 5671), (broker, 5672), (INTERNET, 587)):
            assert not may_connect(policies, pod, other, port)


def test_more_can_be_allowed():
    collector = Pod("the collector", {"app": "otel"}, "tracing")
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "tracing"}}}
    rule = {"networkPolicy": {"extraEgress": [{"to": [peer], "ports": [{"port": 4318}]}]}}
    chart = render(merged(example("minimal"), rule))
    for name, pod in pods(chart).items():
        assert may_connect(chart.all("NetworkPolicy"), pod, collector, 4318) == (name in SERVICES)


def test_policies_can_be_left_out_and_that_is_said():
    chart = render(merged(example("minimal"), {"networkPolicy": {"enabled": False}}))
    assert chart.all("NetworkPolicy") == []
    # So this is what the other tests would see without them.
    assert "the internet" in callers(chart, pods(chart)["chat-api"], 8112)
    assert "networkPolicy.enabled is off" in chart.notes
