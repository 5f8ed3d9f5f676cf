"""The chart lints, renders, and is valid; and refuses values that would not work."""

import tomllib

import kubernetes_validate
import pytest
import yaml
from helm_python import HelmError, lint

from rendering import CHART, NAMES, RELEASE, ROOT, example, merged, render

# The oldest Kubernetes that Chart.yaml takes, and the newest whose schemas there are.
VERSIONS = ("1.30", "1.37")
# These have no schema; test_operators.py and test_monitoring.py look at each of their fields.
OPERATORS = {
    ("postgresql.cnpg.io/v1", "Cluster"),
    ("rabbitmq.com/v1beta1", "RabbitmqCluster"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
}


@pytest.mark.parametrize("name", NAMES)
def test_lint_finds_nothing(name):
    report = lint(CHART, example(name), strict=True, namespace="chatire")
    assert report["total_charts_linted"] == 1
    # Below a warning is only the advice to have an icon.
    assert [m for m in report["messages"] if m["severity"] >= 2] == [] and report["errors"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(chart, version):
    checked = 0
    for found in chart.objects:
        if (found["apiVersion"], found["kind"]) in OPERATORS:
            continue
        kubernetes_validate.validate(found, version, strict=True)
        checked += 1
    assert checked >= 20


def test_the_oldest_kubernetes_is_the_one_that_is_checked():
    oldest = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]
    assert oldest == f">={VERSIONS[0]}.0-0"


def test_names_are_unique_and_short_enough(chart):
    seen = [(found["apiVersion"], found["kind"], found["metadata"]["name"]) for found in chart.objects]
    assert len(seen) == len(set(seen))
    assert all(name.startswith(RELEASE) and len(name) <= 50 for _, _, name in seen)


@pytest.mark.parametrize("release", ["team", "a-release-whose-name-is-as-long-as-helm-lets-it-be-53"])
def test_any_release_name_gives_names_that_fit(release):
    objects = render(example("production"), release=release).objects
    assert len(objects) > 20
    for found in objects:
        name = found["metadata"]["name"]
        assert name.startswith((f"{release}-chatire", release[:39]))
        # CloudNativePG takes 50 characters; Services take 63, and the RabbitMQ operator adds 9 to name its pods.
        assert len(name) <= (50 if found["kind"] == "Cluster" else 54)


def test_the_version_is_the_projects():
    project = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == project


def test_images_are_those_that_are_built(chart):
    registry = chart.values["image"]["registry"]
    for part in ("auth-service", "chat-api", "ws-gateway", "edge"):
        image = chart.container(part)["image"]
        assert image == (f"{registry}/" if registry else "") + f"chatire/{part}:0.1.0"


def test_notes_name_every_secret_that_is_needed(chart):
    for part in ("auth-service", "chat-api", "ws-gateway"):
        for volume in chart.pod(part)["spec"]["volumes"]:
            for source in volume.get("projected", {}).get("sources", []):
                for item in source["secret"]["items"]:
                    assert f"{source['secret']['name']} (key {item['key']})" in chart.notes


# Values that would not work, laid over an example that does; and what the refusal must be about.
BAD = {
    "no address": ({"publicUrl": ""}, "/publicUrl"),
    "an address with a path": ({"publicUrl": "https://chat.example.org/chat"}, "/publicUrl"),
    "an unknown name": ({"gateways": {"replicas": 3}}, "'gateways'"),
    "a name misspelt": ({"gateway": {"replica": 3}}, "'replica'"),
    "no database": ({"postgres": {"external": {"chat": {"secret": ""}}}}, "/postgres/external/chat/secret"),
    "databases of both kinds": ({"postgres": {"operator": {"enabled": True}}}, "/postgres/external/chat/secret"),
    "no broker": ({"rabbitmq": {"external": {"url": {"secret": ""}}}}, "/rabbitmq/external/url/secret"),
    "brokers of both kinds": ({"rabbitmq": {"operator": {"enabled": True}}}, "/rabbitmq/external/url/secret"),
    "two database instances": ({"postgres": {"operator": {"instances": 2}}}, "/postgres/operator/instances"),
    "an even number of brokers": ({"rabbitmq": {"operator": {"replicas": 2}}}, "/rabbitmq/operator/replicas"),
    "a secret instead of its name": ({"secrets": {"signingKeys": "c2VjcmV0"}}, "/secrets/signingKeys"),
    "a database's URL as a setting": ({"chat": {"settings": {"database.url": "postgres://db/chat"}}}, "'database.url'"),
    "the broker's URL as a setting": ({"chat": {"settings": {"bus.url": "amqp://broker"}}}, "'bus.url'"),
    "the credential as a setting": ({"gateway": {"settings": {"internal.credential": "0123456789abcdef"}}}, "'internal.credential'"),
    "the keys' secret as a setting": ({"auth": {"settings": {"keys.secret": "c2VjcmV0"}}}, "'keys.secret'"),
    "the mail server's URL as a setting": ({"auth": {"settings": {"mail.smtp": "smtps://mail"}}}, "'mail.smtp'"),
    "a setting that the grace period follows from": ({"gateway": {"settings": {"sockets.drain_seconds": 600}}}, "'sockets.drain_seconds'"),
    "a setting of the listeners": ({"chat": {"settings": {"listen.internal": "0.0.0.0:80"}}}, "'listen.internal'"),
    "a setting written as in the environment": ({"chat": {"settings": {"LIMITS__ENABLED": False}}}, "'LIMITS__ENABLED'"),
    "resources without limits": ({"gateway": {"resources": {"limits": {"memory": None}}}}, "/gateway/resources/limits"),
    "more pods at least than at most": ({"chat": {"autoscaling": {"minReplicas": 9}}}, "chat.autoscaling"),
    "an autoscaler of nothing": ({"gateway": {"autoscaling": {"socketsPerPod": 0}}}, "/gateway/autoscaling/socketsPerPod"),
    "an edge that never ends": ({"edge": {"drainSeconds": 0}}, "/edge/drainSeconds"),
    "a Service that listens nowhere": ({"edge": {"servicePort": 0}}, "/edge/servicePort"),
    "an unknown Ingress controller": ({"ingress": {"controller": "caddy"}}, "/ingress/controller"),
    "readers of metrics that are no peers": ({"networkPolicy": {"metricsFrom": [{"namespace": "monitoring"}]}}, "'namespace'"),
    "networks that are none": ({"podNetworks": ["everybody"]}, "/podNetworks/0"),
    "rules that are none": ({"monitoring": {"rules": {"files": {"alerts": "alert: Everything"}}}}, "monitoring.rules.files.alerts"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_values_are_refused(what):
    values, about = BAD[what]
    with pytest.raises(HelmError) as refusal:
        render(merged(example("external-services"), values))
    assert about in str(refusal.value)
