"""Renders the chart with the real engine, and finds objects among what comes out."""

import copy
import functools
from pathlib import Path

import yaml
from helm_python import Chart

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/kubernetes/chatire"
EXAMPLES = ROOT / "deploy/kubernetes/examples"
NAMES = ("minimal", "production", "external-services")
RELEASE, NAMESPACE = "chatire", "chatire"

# The parts, the folder of each, and its ports: for clients, and inside.
SERVICES = {"auth-service": (8101, 8111), "chat-api": (8102, 8112), "ws-gateway": (8103, 8113)}
PARTS = {**SERVICES, "edge": (8080, 8090)}
COMPONENT = "app.kubernetes.io/component"


def example(name):
    """The values of one of the files."""
    return yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())


def merged(values, more):
    """`more` laid over `values`, as Helm does it with several files."""
    result = copy.deepcopy(values)
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def render(values, release=RELEASE):
    """What Helm would hand to Kubernetes."""
    with Chart.load(CHART) as chart:
        files = chart.render(values, name=release, namespace=NAMESPACE, is_install=True)
        texts = {path: text for path, text in files.items() if path.endswith(".yaml")}
        objects = [found for text in texts.values() for found in yaml.safe_load_all(text) if found]
        notes = next(text for path, text in files.items() if path.endswith("NOTES.txt"))
        return Rendered(objects, notes, chart.merge_values(values))


@functools.cache
def rendered(name):
    """What comes of one of the files; the tests only read it."""
    return render(example(name))


class Rendered:
    def __init__(self, objects, notes, values):
        self.objects, self.notes, self.values = objects, notes, values

    def all(self, kind):
        return [found for found in self.objects if found["kind"] == kind]

    def one(self, kind, name):
        found = [thing for thing in self.all(kind) if thing["metadata"]["name"] == name]
        assert len(found) == 1, f"{len(found)} objects are the {kind} {name}"
        return found[0]

    def of(self, kind, part):
        """The one object of that kind which belongs to a part."""
        return self.one(kind, f"{RELEASE}-{part}")

    def pod(self, part):
        return self.of("Deployment", part)["spec"]["template"]

    def container(self, part):
        containers = self.pod(part)["spec"]["containers"]
        assert [c["name"] for c in containers] == [part], "each pod has the one container"
        return containers[0]

    def environment(self, part):
        """Names and what stands behind them: a text, or a reference."""
        found = self.container(part).get("env", [])
        names = [entry["name"] for entry in found]
        assert len(names) == len(set(names)), f"{part} sets something twice: {sorted(names)}"
        return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in found}


def strings(thing, path=""):
    """Every text in an object, with where it stands."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield from strings(value, f"{path}.{key}")
    elif isinstance(thing, list):
        for index, value in enumerate(thing):
            yield from strings(value, f"{path}[{index}]")
    elif isinstance(thing, str):
        yield path, thing


def selects(selector, labels):
    """Whether a label selector fits labels. Only matchLabels: the chart uses nothing else."""
    assert set(selector) <= {"matchLabels"}, selector
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
