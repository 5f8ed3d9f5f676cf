"""Databases and broker that operators make. Their kinds have no schema here, so every field is looked at."""

import pytest

from rendering import COMPONENT, example, merged, render, rendered

# All fields that CloudNativePG 1.24 and the RabbitMQ Cluster Operator 2.x know and the chart may use.
CLUSTER = {
    "instances", "imageName", "bootstrap", "postgresql", "storage", "resources", "affinity", "primaryUpdateStrategy",
    "backup", "plugins", "walStorage",
}
RABBITMQ = {"replicas", "image", "service", "persistence", "resources", "tls", "rabbitmq", "override"}


@pytest.mark.parametrize("name", ["minimal", "production"])
@pytest.mark.parametrize("values, part", [("auth", "auth-service"), ("chat", "chat-api")])
def test_each_service_has_a_database_of_its_own(name, values, part):
    chart = rendered(name)
    cluster = chart.one("Cluster", f"chatire-{values}-db")
    assert cluster["apiVersion"] == "postgresql.cnpg.io/v1"
    spec, given = cluster["spec"], chart.values["postgres"]["operator"]
    assert set(spec) <= CLUSTER
    assert spec["bootstrap"] == {"initdb": {"database": f"chatire_{values}", "owner": f"chatire_{values}"}}
    assert spec["instances"] == given["instances"]
    assert spec["storage"]["size"] == given[values]["storage"]["size"]
    assert spec["resources"] == given[values]["resources"]
    # What people said is not deleted together with the release.
    assert cluster["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    # The service reads the URL and the authority that the operator writes down.
    sources = chart.pod(part)["spec"]["volumes"][0]["projected"]["sources"]
    found = {(source["secret"]["name"], source["secret"]["items"][0]["key"]) for source in sources}
    assert {(f"chatire-{values}-db-app", "uri"), (f"chatire-{values}-db-ca", "ca.crt")} <= found


def test_what_was_acknowledged_survives_a_failover():
    def synchronous(name):
        return [found["spec"]["postgresql"].get("synchronous") for found in rendered(name).all("Cluster")]

    assert synchronous("production") == [{"method": "any", "number": 1}] * 2
    # One instance has nobody to wait for.
    assert synchronous("minimal") == [None] * 2


def test_more_of_a_clusters_spec_can_be_given():
    more = {"postgres": {"operator": {"spec": {"backup": {"retentionPolicy": "30d"}, "walStorage": {"size": "5Gi"}}}}}
    for cluster in render(merged(example("production"), more)).all("Cluster"):
        assert cluster["spec"]["backup"] == {"retentionPolicy": "30d"}
        assert cluster["spec"]["walStorage"] == {"size": "5Gi"}
        assert cluster["spec"]["instances"] == 3


@pytest.mark.parametrize("name", ["minimal", "production"])
def test_the_broker_is_a_cluster_of_its_operator(name):
    chart = rendered(name)
    cluster = chart.one("RabbitmqCluster", "chatire-rabbitmq")
    assert cluster["apiVersion"] == "rabbitmq.com/v1beta1"
    spec, given = cluster["spec"], chart.values["rabbitmq"]["operator"]
    assert set(spec) <= RABBITMQ
    assert spec["replicas"] == given["replicas"] and spec["replicas"] % 2 == 1
    assert spec["persistence"]["storage"] == given["storage"]["size"]
    assert spec["resources"] == given["resources"]
    assert "cluster_partition_handling = pause_minority" in spec["rabbitmq"]["additionalConfig"]
    template = spec["override"]["statefulSet"]["spec"]["template"]["spec"]
    assert {rule["topologyKey"] for rule in template["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    budget = chart.one("PodDisruptionBudget", "chatire-rabbitmq")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"] == {"app.kubernetes.io/name": "chatire-rabbitmq"}


def test_a_broker_with_a_certificate_speaks_tls_only():
    chart = rendered("production")
    spec = chart.one("RabbitmqCluster", "chatire-rabbitmq")["spec"]
    assert spec["tls"] == {"secretName": "chatire-rabbitmq-tls", "disableNonTLSListeners": True}
    for part in ("auth-service", "chat-api", "ws-gateway"):
        settings = chart.environment(part)
        assert settings["CHATIRE__BUS__URL"].startswith("amqps://") and ":5671/" in settings["CHATIRE__BUS__URL"]
        assert settings["SSL_CERT_FILE"] == "/run/secrets/chatire/bus-ca.crt"
    assert "tls" not in rendered("minimal").one("RabbitmqCluster", "chatire-rabbitmq")["spec"]


def test_the_broker_is_found_under_its_services_name(chart):
    for part in ("auth-service", "chat-api", "ws-gateway"):
        url = chart.environment(part).get("CHATIRE__BUS__URL")
        if chart.values["rabbitmq"]["operator"]["enabled"]:
            assert "@chatire-rabbitmq.chatire.svc:" in url
            # The vhost `/`: a URL that ended there would mean one without a name.
            assert url.endswith("/%2f")
        else:
            assert url is None


def test_external_services_need_no_operator():
    chart = rendered("external-services")
    assert {found["apiVersion"] for found in chart.objects} == {"v1", "apps/v1", "policy/v1", "networking.k8s.io/v1"}
    assert not any("db" in found["metadata"]["labels"][COMPONENT] for found in chart.objects)
