"""Holds what operators read against what a running cluster exports. See run.sh, which starts all that this needs.

    check.py documents                                 alerts, dashboard, runbook and settings agree with each other
    check.py configure FILE SECONDS SERVICE=HOST:PORT…  a configuration as the shipped one, for these processes
    check.py figures SERVICE=HOST:PORT…                 docs/metrics.md says what these processes export, and nothing else
    check.py table SERVICE=HOST:PORT…                   prints the rows for docs/metrics.md
    check.py queries PROMETHEUS                         every query of the dashboard and of the alerts has data
"""

import json
import re
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import exposition

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy" / "observability"
SERVICES = ("auth-service", "chat-api", "ws-gateway")
ROW = re.compile(r"^\| `([a-z_0-9]+)` \| (\w+) \| (.*?) \| (.*?) \| (.*) \|$")
ALERT = re.compile(r"^ *- alert: (\w+)$", re.M)
# A series as it stands in an expression.
SERIES = re.compile(r"\b((?:chatire|process)_[a-z_0-9]+|chatire:[a-z_0-9:]+|up)\b(\{[^}]*\})?")

passed = failed = 0


def check(what, faults):
    """Counts one check; `faults` is empty when it holds."""
    global passed, failed
    faults = list(faults)
    if faults:
        failed += 1
        print(f"FAILED: {what}")
        for fault in faults:
            print(f"    {fault}")
    else:
        passed += 1
        print(f"ok: {what}")


def panels(dashboard):
    """Every panel, those inside of folded rows too."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries_of_dashboard():
    dashboard = json.loads((SHIPPED / "dashboard.json").read_text())
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


# --- what agrees without anything running


def documents():
    alerts = ALERT.findall((SHIPPED / "alerts.yaml").read_text())
    runbook = (ROOT / "deploy" / "RUNBOOK.md").read_text()
    # Other chapters are about other things.
    runbook = re.split(r"^## ", runbook.split("\n## Alerts\n")[1], flags=re.M)[0]
    chapters = re.findall(r"^### (\w+)$", runbook, re.M)
    check("there are alerts", [] if len(alerts) > 10 else [f"only {alerts}"])
    check("every alert has its chapter in the runbook", sorted(set(alerts) - set(chapters)))
    check("every chapter of the runbook is about an alert", sorted(set(chapters) - set(alerts)))
    check("alerts link to their own chapter", wrong_links(alerts))
    tested = set(re.findall(r'alertname="(\w+)"', "".join(p.read_text() for p in alert_tests())))
    check("every alert has a test", sorted(set(alerts) - tested))
    check("every chapter says what it means, what to look at and what to do", incomplete(runbook))
    check("the dashboard's panels say what they show", [
        panel["title"] for panel in panels(json.loads((SHIPPED / "dashboard.json").read_text()))
        if panel["type"] != "row" and not panel.get("description")
    ])
    documented = {row.group(1) for row in map(ROW.match, (ROOT / "docs" / "metrics.md").read_text().splitlines()) if row}
    expressions = [expr for _, expr in queries_of_dashboard()] + [(SHIPPED / "alerts.yaml").read_text()]
    asked = {base_of(found[0], documented) for expr in expressions for found in SERIES.findall(expr)}
    recorded = set(re.findall(r"record: (\S+)", (SHIPPED / "recording.yaml").read_text()))
    check("only documented figures are asked for", sorted(asked - documented - recorded - {"up"}))
    check("Prometheus looks where the services listen by default", wrong_ports())


def wrong_links(alerts):
    text = (SHIPPED / "alerts.yaml").read_text()
    for name, rest in zip(alerts, ALERT.split(text)[2::2]):
        if f"runbook_url: deploy/RUNBOOK.md#{name.lower()}\n" not in rest + "\n":
            yield name


def incomplete(runbook):
    for chapter in re.split(r"^### ", runbook, flags=re.M)[1:]:
        for part in ("**Means**", "**Look at**", "**Do**"):
            if part not in chapter:
                yield f"{chapter.split()[0]} has no {part}"


def alert_tests():
    return sorted((ROOT / "tests" / "observability" / "alerts").glob("*.yaml"))


def base_of(name, documented):
    """The metric of which this is a part (`_bucket`, …)."""
    for part in ("_bucket", "_sum", "_count"):
        if name.endswith(part) and name not in documented:
            return name.removesuffix(part)
    return name


def wrong_ports():
    text = (SHIPPED / "prometheus.yml").read_text()
    for service in SERVICES:
        settings = (ROOT / service / "settings.toml").read_text()
        port = re.search(r'^internal = "127\.0\.0\.1:(\d+)"$', settings, re.M).group(1)
        asked = re.search(rf"job_name: {service}\n(?:.*\n)*?.*names: \[{service}\]\n(?:.*\n)*? *port: (\d+)\n", text)
        if not asked or asked.group(1) != port:
            yield f"{service} listens on {port}"


# --- what a running cluster exports


def targets(words):
    found = {}
    for word in words:
        service, address = word.split("=")
        found.setdefault(service, []).append(address)
    missing = set(SERVICES) - set(found)
    if missing:
        sys.exit(f"no address of {', '.join(sorted(missing))} was given")
    return found


def configure(file, seconds, words):
    text = (SHIPPED / "prometheus.yml").read_text()
    jobs = re.findall(r"^  - job_name: (\S+)$", text, re.M)
    text = re.sub(r"^( *(?:scrape|evaluation)_interval:) .*$", rf"\1 {seconds}s", text, flags=re.M)
    text = re.sub(r"^  - ((?:recording|alerts)\.yaml)$", rf"  - {SHIPPED}/\1", text, flags=re.M)
    lines = [text.split("scrape_configs:")[0] + "scrape_configs:"]
    found = targets(words)
    for job in jobs:
        lines.append(f"  - job_name: {job}\n    static_configs:\n      - targets: {json.dumps(found[job])}")
    Path(file).write_text("\n".join(lines) + "\n")


def exported(words):
    """By metric, the services that export it; and what each metric is."""
    services, metrics = {}, {}
    for service, addresses in targets(words).items():
        for address in addresses:
            for name, metric in exposition.scrape(address).items():
                services.setdefault(name, set()).add(service)
                known = metrics.setdefault(name, metric)
                known.labels |= metric.labels
    return services, metrics


def figures(words):
    services, metrics = exported(words)
    rows = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        row = ROW.match(line)
        if row:
            rows[row.group(1)] = row.groups()[1:]
    check("all that is documented is exported", sorted(set(rows) - set(metrics)))
    check("all that is exported is documented", sorted(set(metrics) - set(rows)))
    both = sorted(set(rows) & set(metrics))
    for what, place, said in (
        ("types", 0, lambda name: metrics[name].kind),
        ("labels", 1, lambda name: shown_labels(metrics[name].labels)),
        ("services", 2, lambda name: shown_services(services[name])),
        ("descriptions", 3, lambda name: metrics[name].help),
    ):
        wrong = [f"{n}: {rows[n][place]!r}, but it is {said(n)!r}" for n in both if rows[n][place] != said(n)]
        check(f"{what} are as documented", wrong)
    suffixes = {"counter": "_total"}
    names = [n for n, metric in metrics.items() if not n.endswith(suffixes.get(metric.kind, ""))]
    names += [n for n, metric in metrics.items() if metric.kind != "counter" and n.endswith("_total")]
    names += [n for n in metrics if not re.match(r"^(chatire|process)_[a-z_]+$", n)]
    check("names keep Prometheus' conventions", names)
    check("nothing is a summary: those can't be added up", [n for n, m in metrics.items() if m.kind == "summary"])


def shown_labels(labels):
    return ", ".join(f"`{label}`" for label in sorted(labels)) or "–"


def shown_services(services):
    return "all" if services == set(SERVICES) else ", ".join(sorted(services))


def table(words):
    services, metrics = exported(words)
    for name in sorted(metrics, key=lambda n: (n.startswith("process"), n)):
        metric = metrics[name]
        print(f"| `{name}` | {metric.kind} | {shown_labels(metric.labels)} | {shown_services(services[name])} | {metric.help} |")


# --- what Prometheus can answer


def ask(prometheus, path, **query):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with opener.open(url, timeout=20) as answer:
        return json.load(answer)["data"]


def values(prometheus, expr):
    return [float(sample["value"][1]) for sample in ask(prometheus, "query", query=expr)["result"]]


def queries(prometheus):
    down = [t["scrapeUrl"] for t in ask(prometheus, "targets")["activeTargets"] if t["health"] != "up"]
    check("every process is scraped", down)
    for title, expr in queries_of_dashboard():
        filled = expr.replace("$__rate_interval", "1m").replace("$instance", ".*")
        if "$" in filled:
            check(f"panel {title!r}", [f"a variable is left in {filled}"])
            continue
        try:
            found = values(prometheus, filled)
        except urllib.error.HTTPError as error:
            check(f"panel {title!r}", [f"{filled}: {error.read().decode()}"])
            continue
        finite = [value for value in found if value == value]
        check(f"panel {title!r}", [] if finite else [f"no data: {filled} gives {found}"])
    rules = [rule for group in ask(prometheus, "rules")["groups"] for rule in group["rules"]]
    check("all rules are there", [] if len(rules) > 10 else [f"only {len(rules)}"])
    for rule in rules:
        # A condition that does not hold has no data, which is good; what it looks at must have some. Answers with an
        # error and the like begin to exist with the first one: then the same without that label.
        missing = []
        for name, selector in SERIES.findall(rule["query"]):
            loose = re.sub(r'(?:status|result|route)=~?"[^"]*",? *', "", selector)
            if not values(prometheus, f"count({name}{selector})") and not values(prometheus, f"count({name}{loose})"):
                missing.append(f"nothing is known of {name}{selector}")
        broken = [rule["lastError"]] if rule["health"] != "ok" else []
        check(f"rule {rule['name']!r}", missing + broken)
    firing = {alert["labels"]["alertname"] for alert in ask(prometheus, "alerts")["alerts"]}
    check("nothing is wrong with a cluster that works", sorted(firing))


def main(words):
    match words:
        case ["documents"]:
            documents()
        case ["configure", file, seconds, *rest]:
            return configure(file, seconds, rest)
        case ["figures", *rest]:
            figures(rest)
        case ["table", *rest]:
            return table(rest)
        case ["queries", prometheus]:
            queries(prometheus)
        case _:
            sys.exit(__doc__)
    print(f"{words[0]}: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main(sys.argv[1:])
