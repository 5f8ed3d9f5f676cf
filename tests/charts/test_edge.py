"""What the world reaches: the Ingress, and the edge's nginx with the settings that the chart gives it."""

import http.client
import json
import re
import signal
import socket

import pytest

import edge
from rendering import PARTS, SERVICES, example, merged, render, rendered


def test_the_ingress_lets_silent_sockets_live_and_leads_to_the_edge():
    chart = rendered("production")
    ingress = chart.one("Ingress", "chatire")
    annotations = ingress["metadata"]["annotations"]
    # Gateways ping every 25 s, and most controllers give up after 60 s without a word.
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]) >= 3600
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-send-timeout"]) >= 3600
    assert annotations["cert-manager.io/cluster-issuer"] == "letsencrypt"
    spec = ingress["spec"]
    assert spec["ingressClassName"] == "nginx"
    assert spec["tls"] == [{"hosts": ["chat.example.org"], "secretName": "chatire-tls"}]
    (rule,) = spec["rules"]
    assert rule["host"] == "chat.example.org"
    # Everything goes to the edge, so that nothing but what it routes can be reached.
    backend = {"service": {"name": "chatire-edge", "port": {"name": "public"}}}
    assert rule["http"]["paths"] == [{"path": "/", "pathType": "Prefix", "backend": backend}]


@pytest.mark.parametrize(
    "controller, name, value",
    [
        ("nginx", "nginx.ingress.kubernetes.io/proxy-read-timeout", "3600"),
        ("haproxy", "haproxy.org/timeout-tunnel", "1h"),
        ("alb", "alb.ingress.kubernetes.io/load-balancer-attributes", "idle_timeout.timeout_seconds=3600"),
    ],
)
def test_each_controller_is_told_in_its_own_words(controller, name, value):
    chart = render(merged(example("minimal"), {"ingress": {"controller": controller}}))
    assert chart.one("Ingress", "chatire")["metadata"]["annotations"][name] == value
    ours = render(merged(example("minimal"), {"ingress": {"controller": controller, "annotations": {name: "mine"}}}))
    assert ours.one("Ingress", "chatire")["metadata"]["annotations"][name] == "mine"


def test_an_address_without_tls_has_none_and_says_so():
    chart = render(merged(example("minimal"), {"publicUrl": "http://chat.local:8080"}))
    spec = chart.one("Ingress", "chatire")["spec"]
    assert "tls" not in spec and spec["rules"][0]["host"] == "chat.local"
    assert "without TLS" in chart.notes


def test_without_an_ingress_the_edge_itself_is_shown():
    chart = rendered("external-services")
    assert chart.all("Ingress") == []
    service = chart.of("Service", "edge")
    assert service["spec"]["type"] == "LoadBalancer" and service["spec"]["externalTrafficPolicy"] == "Local"


def test_a_load_balancer_does_tls_where_people_come_and_keeps_their_addresses():
    chart = rendered("external-services")
    service = chart.of("Service", "edge")
    annotations = {
        name.removeprefix("service.beta.kubernetes.io/aws-load-balancer-"): value
        for name, value in service["metadata"]["annotations"].items()
    }
    # With a certificate each port of the Service is one for TLS.
    assert chart.values["publicUrl"] == "https://chat.example.org" and annotations["ssl-cert"]
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [(443, "public")]
    assert annotations["scheme"] == "internet-facing"
    # Before pods it hides clients behind its own address, unless it is told not to.
    assert annotations["type"] == "nlb-ip" and chart.values["edge"]["trustedProxies"] == []
    assert annotations["target-group-attributes"] == "preserve_client_ip.enabled=true"


def test_the_edges_port_is_80_unless_another_one_is_given():
    chart = render(merged(example("minimal"), {"ingress": {"enabled": False}}))
    assert [port["port"] for port in chart.of("Service", "edge")["spec"]["ports"]] == [80]
    assert "8080:80\n" in chart.notes
    other = render(merged(example("minimal"), {"ingress": {"enabled": False}, "edge": {"servicePort": 8443}}))
    assert [port["port"] for port in other.of("Service", "edge")["spec"]["ports"]] == [8443]
    assert "8080:8443\n" in other.notes


def test_the_edge_knows_public_listeners_only(chart):
    settings = chart.of("ConfigMap", "edge")["data"]["services.conf"]
    servers = re.findall(r"^ *server (\S+):(\d+)\b", settings, re.MULTILINE)
    expected = {(f"chatire-{name}", public) for name, (public, _) in SERVICES.items()}
    assert {(host, int(port)) for host, port in servers} == expected
    for host, port in servers:
        ports = chart.one("Service", host)["spec"]["ports"]
        assert [p["port"] for p in ports if p["name"] == "public"] == [int(port)]
    for _, internal in SERVICES.values():
        assert str(internal) not in settings
    # No other port of a service is anywhere in what the edge is given.
    assert not re.search(r"\b81[1-9]\d\b", str(chart.of("ConfigMap", "edge")["data"]))


def test_an_edge_with_other_settings_is_started_again(chart):
    def checksum(which):
        return which.pod("edge")["metadata"]["annotations"]["checksum/config"]

    changed = render(merged(chart.values, {"edge": {"trustedProxies": ["192.0.2.1"]}}))
    assert checksum(chart) != checksum(changed)
    assert checksum(chart) == checksum(render(chart.values))


def test_whoever_is_in_front_of_the_edge_is_believed_and_nobody_else():
    def trusted(values):
        settings = render(merged(example("external-services"), values)).of("ConfigMap", "edge")["data"]
        return re.findall(r"set_real_ip_from (\S+);", settings["trusted-proxies.conf"])

    assert trusted({}) == []
    assert trusted({"edge": {"trustedProxies": ["192.0.2.0/24"]}}) == ["192.0.2.0/24"]
    # An Ingress controller is a pod.
    assert trusted({"ingress": {"enabled": True}, "podNetworks": ["10.244.0.0/16"]}) == ["10.244.0.0/16"]


def ask(port, path, method="GET", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


@pytest.fixture(scope="module")
def alive(tmp_path_factory):
    # The tests are the load balancer in front of it.
    chart = render(merged(example("minimal"), {"edge": {"trustedProxies": ["127.0.0.0/8"], "drainSeconds": 1}}))
    with edge.running(chart, tmp_path_factory.mktemp("edge")) as (ports, _, services):
        yield ports, services


@pytest.mark.parametrize(
    "path, service",
    [
        ("/api/chats/", "chat-api"),
        ("/auth/jwt/create/", "auth-service"),
        ("/.well-known/jwks.json", "auth-service"),
        ("/ws/", "ws-gateway"),
    ],
)
def test_paths_lead_to_their_services(alive, path, service):
    ports, _ = alive
    status, body, _ = ask(ports["public"], path + "?a=b")
    assert status == 200
    assert (json.loads(body)["service"], json.loads(body)["path"]) == (service, path + "?a=b")


@pytest.mark.parametrize("path", ["/internal/sends/", "/internal/users/", "/metrics", "/healthz", "/readyz"])
def test_what_internal_listeners_have_is_nowhere_to_be_found(alive, path):
    ports, services = alive
    before = [service.heard for service in services.values()]
    assert ask(ports["public"], path)[0] == 404
    assert [service.heard for service in services.values()] == before


def test_pages_come_from_the_image(alive):
    ports, _ = alive
    assert "the web client" in ask(ports["public"], "/chats/abcdefghijklmno")[1]


def test_the_address_that_the_proxy_in_front_names_is_passed_on(alive):
    ports, _ = alive
    _, body, _ = ask(ports["public"], "/api/chats/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert json.loads(body)["headers"]["X-Forwarded-For"] == "203.0.113.9"


def test_the_kubelets_question_is_answered_beside_the_clients(alive):
    ports, _ = alive
    probe = rendered("minimal").container("edge")["readinessProbe"]["httpGet"]
    assert ask(ports["internal"], probe["path"])[0] == 200


def test_what_a_replica_that_goes_did_not_begin_is_asked_of_another(alive):
    ports, services = alive
    chat = services["chat-api"]
    chat.refusals = 1
    assert ask(ports["public"], "/api/chats/")[0] == 200
    # But what may have been done is not done twice.
    chat.refusals, heard = 1, chat.heard
    assert ask(ports["public"], "/api/chats/", "POST")[0] == 502
    assert chat.heard == heard + 1


def test_the_edge_may_open_as_many_files_as_its_connections_take(chart):
    connections = re.search(r"worker_connections (\d+);", (edge.SETTINGS / "nginx.conf").read_text())
    files = re.search(r"worker_rlimit_nofile (\d+);", chart.container("edge")["args"][1])
    assert int(files[1]) >= 2 * int(connections[1])


def test_an_edge_that_ends_does_not_wait_for_sockets_for_ever(tmp_path):
    chart = render(merged(example("minimal"), {"edge": {"drainSeconds": 1}}))
    with edge.running(chart, tmp_path) as (ports, process, _):
        with socket.create_connection(("127.0.0.1", ports["public"]), 5) as client:
            client.sendall(b"GET /ws/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            assert b"101" in client.recv(1000)
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=10)
            assert client.recv(1000) == b""


def test_every_part_has_a_service(chart):
    assert {service["metadata"]["name"] for service in chart.all("Service")} == {f"chatire-{part}" for part in PARTS}
