"""Prometheus' text form (https://prometheus.io/docs/instrumenting/exposition_formats/), as far as the services use it."""

import re
import urllib.request
from dataclasses import dataclass, field

SAMPLE = re.compile(r"^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="(?:[^"\\]|\\.)*"')
# What a distribution is written as, and the label that only its parts have.
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
OWN_LABELS = {"le", "quantile"}


@dataclass
class Metric:
    """One metric as a process exports it."""

    name: str
    kind: str
    help: str = ""
    labels: set = field(default_factory=set)
    samples: int = 0


def read(text):
    """The metrics in an answer of /metrics, by name."""
    metrics, helps = {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, told = line.split(" ", 3)
            helps[name] = told
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ", 3)
            metrics[name] = Metric(name, kind)
        elif line and not line.startswith("#"):
            _add(metrics, line)
    for name, told in helps.items():
        if name in metrics:
            metrics[name].help = told
    return metrics


def _add(metrics, line):
    found = SAMPLE.match(line)
    if not found:
        raise ValueError(f"this is no sample: {line!r}")
    name, labels, _ = found.groups()
    metric = _owner(metrics, name)
    if metric is None:
        raise ValueError(f"no TYPE stands before {line!r}")
    metric.samples += 1
    metric.labels |= set(LABEL.findall(labels or "")) - OWN_LABELS


def _owner(metrics, name):
    if name in metrics:
        return metrics[name]
    for metric in metrics.values():
        if name in [metric.name + part for part in PARTS.get(metric.kind, ())]:
            return metric
    return None


def scrape(address):
    """What the process at this address exports."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}/metrics", timeout=10) as answer:
        return read(answer.read().decode())
