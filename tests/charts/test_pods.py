"""What runs: as whom, with what, how it is looked after, and how it ends."""

import re
import tomllib

import pytest

from rendering import PARTS, ROOT, SERVICES, example, merged, render, selects


@pytest.mark.parametrize("part", PARTS)
def test_nothing_runs_as_root_or_may_become_it(chart, part):
    pod, container = chart.pod(part)["spec"], chart.container(part)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & set(pod)
    assert all(set(volume) & {"projected", "emptyDir", "configMap"} for volume in pod["volumes"])
    account = chart.one("ServiceAccount", pod["serviceAccountName"])
    assert account["automountServiceAccountToken"] is False


@pytest.mark.parametrize("part", PARTS)
def test_everything_says_what_it_needs(chart, part):
    resources = chart.container(part)["resources"]
    assert {"cpu", "memory"} <= set(resources["requests"])
    assert "memory" in resources["limits"]
    # Being throttled delays everybody's messages.
    assert "cpu" not in resources["limits"]


@pytest.mark.parametrize("part", SERVICES)
def test_probes_ask_the_internal_listener(chart, part):
    container = chart.container(part)
    public, internal = SERVICES[part]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"public": public, "internal": internal}
    settings = chart.environment(part)
    assert settings["CHATIRE__LISTEN__PUBLIC"] == f"0.0.0.0:{public}"
    assert settings["CHATIRE__LISTEN__INTERNAL"] == f"0.0.0.0:{internal}"
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"] == {"path": path, "port": "internal"}, probe
        assert container[probe]["timeoutSeconds"] <= container[probe]["periodSeconds"], probe
    # A hanging service is started again, but not for the length of a pause of its database.
    alive = container["livenessProbe"]
    assert 30 <= alive["periodSeconds"] * alive["failureThreshold"] <= 120


@pytest.mark.parametrize("part", SERVICES)
def test_a_start_may_take_as_long_as_a_migration(chart, part):
    patience = re.search(
        r"const PATIENCE: Duration = Duration::from_secs\((\d+) \* 60\)", (ROOT / "service-kit/src/db/migrate.rs").read_text()
    )
    start = chart.container(part)["startupProbe"]
    deadline = chart.of("Deployment", part)["spec"]["progressDeadlineSeconds"]
    assert start["periodSeconds"] * start["failureThreshold"] >= int(patience[1]) * 60
    assert deadline > start["periodSeconds"] * start["failureThreshold"]


def test_the_edge_is_asked_whether_it_lives_where_no_client_is(chart):
    container = chart.container("edge")
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {"public": 8080, "internal": 8090}
    for probe in ("livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": "internal"}


def seconds_to_stop():
    """What the services allow themselves: to go on serving, and then for the last sockets, requests, and background work."""
    host = (ROOT / "service-kit/src/host.rs").read_text()
    streams = (ROOT / "ws-gateway/src/streams/mod.rs").read_text()
    sockets = re.search(r"timeout\(Duration::from_secs\(seconds \+ (\d+)\), gone\)", streams)
    requests = re.search(r"const STOP_WITHIN: u64 = (\d+);", host)
    background = re.search(r"timeout\(Duration::from_secs\((\d+)\), task\)", host)
    drains = [
        int(re.search(r"^drain_seconds = (\d+)$", (ROOT / service / "settings.toml").read_text().split("[listen]")[1], re.M)[1])
        for service in ("auth-service", "chat-api", "ws-gateway")
    ]
    assert sockets and requests and background, "the services end in another way than the chart's grace periods allow for"
    return max(drains), int(sockets[1]), int(requests[1]), int(background[1])


@pytest.mark.parametrize("drain", [None, 0, 600])
def test_pods_get_the_time_that_they_take_to_end(chart, drain):
    if drain is not None:
        chart = render(merged(chart.values, {"gateway": {"drainSeconds": drain}, "edge": {"drainSeconds": drain or 1}}))
    serving, sockets, requests, background = seconds_to_stop()
    for part in PARTS:
        pod, container = chart.pod(part)["spec"], chart.container(part)
        leave = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert leave >= 1, "others hear of the end before it comes"
        grace = pod["terminationGracePeriodSeconds"]
        if part == "edge":
            drained = int(re.match(r"worker_shutdown_timeout (\d+)s;", container["args"][1])[1])
            assert container["args"][0] == "-g" and grace > leave + drained
        elif part == "ws-gateway":
            drained = int(chart.environment(part)["CHATIRE__SOCKETS__DRAIN_SECONDS"])
            assert drained == chart.values["gateway"]["drainSeconds"]
            assert grace > leave + max(drained + sockets, serving) + requests + background
        else:
            assert grace > leave + serving + requests + background


@pytest.mark.parametrize("part", PARTS)
def test_rollouts_never_have_fewer_pods_than_before(chart, part):
    spec = chart.of("Deployment", part)["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert spec["minReadySeconds"] > 0


@pytest.mark.parametrize("part", PARTS)
def test_pods_of_a_part_are_spread_over_zones_and_nodes(chart, part):
    template = chart.pod(part)
    spread = {rule["topologyKey"]: rule for rule in template["spec"]["topologySpreadConstraints"]}
    assert set(spread) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for rule in spread.values():
        assert rule["maxSkew"] == 1 and selects(rule["labelSelector"], template["metadata"]["labels"])
        # Of one version: those of the one before are going.
        assert rule["matchLabelKeys"] == ["pod-template-hash"]


@pytest.mark.parametrize("part", SERVICES)
def test_every_setting_is_one_that_the_service_knows(chart, part):
    """A name that a service does not know ends it at its start."""
    known = set()

    def learn(table, path):
        for key, value in table.items():
            learn(value, f"{path}__{key}".upper()) if isinstance(value, dict) else known.add(f"{path}__{key}".upper())

    for text in (f"{part}/settings.toml", "auth-service/settings.toml"):
        settings = tomllib.loads((ROOT / text).read_text())
        # Of the listeners' settings only auth-service's file shows all; they are the same for all services.
        learn(settings if text.startswith(part) else {"listen": settings["listen"]}, "CHATIRE")
    names = {name for name in chart.environment(part) if name.startswith("CHATIRE")}
    assert len(names) > 8
    assert {name.removesuffix("_FILE") for name in names} - known == set()


@pytest.mark.parametrize("part", SERVICES)
def test_threads_are_not_counted_by_the_nodes_cores(chart, part):
    assert int(chart.environment(part)["CHATIRE__LISTEN__WORKERS"]) >= 1
    if part == "auth-service":
        assert int(chart.environment(part)["CHATIRE__PASSWORDS__AT_ONCE"]) >= 1


def test_services_find_each_other(chart):
    """What one is told of another is a Service's name and a port of it."""
    for part, told in {
        "chat-api": {"AUTH__JWKS_URL": ("auth-service", 0), "AUTH__INTERNAL_URL": ("auth-service", 1)},
        "ws-gateway": {
            "AUTH__JWKS_URL": ("auth-service", 0),
            "AUTH__INTERNAL_URL": ("auth-service", 1),
            "CHAT_API__INTERNAL_URLS": ("chat-api", 1),
        },
    }.items():
        settings = chart.environment(part)
        for name, (asked, listener) in told.items():
            host = chart.of("Service", asked)["metadata"]["name"]
            path = "/.well-known/jwks.json" if name == "AUTH__JWKS_URL" else ""
            for url in settings[f"CHATIRE__{name}"].split(","):
                assert url == f"http://{host}:{SERVICES[asked][listener]}{path}"
    # Two lists of connections, so that what fails over one is tried again.
    assert chart.environment("ws-gateway")["CHATIRE__CHAT_API__INTERNAL_URLS"].count("http://") == 2


def test_settings_reach_the_environment():
    chart = render(
        merged(
            example("minimal"),
            {
                "chat": {"settings": {"limits.enabled": False, "limits.sends_at_once": 20000000}},
                "auth": {"settings": {"tokens.issuer": "us, and nobody else"}},
                "log": {"level": "info,chat_api=debug", "format": "text"},
                "allowedOrigins": ["https://a.example.org", "https://b.example.org"],
            },
        )
    )
    chat, auth = chart.environment("chat-api"), chart.environment("auth-service")
    assert chat["CHATIRE__LIMITS__ENABLED"] == "false" and chat["CHATIRE__LIMITS__SENDS_AT_ONCE"] == "20000000"
    assert auth["CHATIRE__TOKENS__ISSUER"] == "us, and nobody else"
    assert chat["CHATIRE__LOG__LEVEL"] == "info,chat_api=debug" and chat["CHATIRE__LOG__FORMAT"] == "text"
    assert auth["CHATIRE__ALLOWED_ORIGINS"] == "https://a.example.org,https://b.example.org"
