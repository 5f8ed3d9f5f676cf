"""Reads what Compose makes of deploy/compose*.yaml, and holds it against what these files promise:

    check.py CLUSTER TLS STANDALONE SECRETS

The first three are written by `docker compose config` (all profiles), the last is the folder of make-secrets.sh.
"""

import ipaddress
import pathlib
import re
import sys
import unittest

import yaml

CLUSTER, TLS, STANDALONE = (yaml.safe_load(pathlib.Path(path).read_text()) for path in sys.argv[1:4])
SECRETS = pathlib.Path(sys.argv[4])
ROOT = pathlib.Path(__file__).parents[2]
OURS = ["edge", "auth-service", "chat-api", "ws-gateway"]


def seconds(text):
    """`1m30s` in seconds."""
    return sum(int(n) * {"h": 3600, "m": 60, "s": 1}[unit] for n, unit in re.findall(r"(\d+)([hms])", str(text)))


def published(service):
    """The ports that are reached from outside of the containers, as ADDRESS:PORT."""
    for port in service.get("ports", []):
        yield port.removesuffix("/tcp") if isinstance(port, str) else ":".join(
            str(port.get(part, "")) for part in ("host_ip", "published", "target")
        )


def attached(service):
    """The networks that a service is in, and what it is there."""
    networks = service["networks"]
    return {name: (networks[name] if isinstance(networks, dict) else None) or {} for name in networks}


def leads_to(project, host):
    """Where a name can be looked up, and whom it finds there."""
    for name, service in project["services"].items():
        for network, there in attached(service).items():
            if host in [name, service.get("hostname"), service.get("container_name"), *there.get("aliases", [])]:
                yield network, name


def mounts(service):
    """What is mounted, as (SOURCE, TARGET, whether it can be written to)."""
    for volume in service.get("volumes", []):
        if isinstance(volume, str):
            source, target, mode = (volume + ":rw").split(":")[:3]
            yield source, target, mode == "rw"
        else:
            yield volume["source"], volume["target"], not volume.get("read_only")


def every_service():
    for project in (CLUSTER, TLS, STANDALONE):
        yield from project["services"].items()


class Compose(unittest.TestCase):
    def test_everything_is_there(self):
        servers = {"postgres", "backup", "rabbitmq", "prometheus", "grafana"}
        self.assertEqual(set(CLUSTER["services"]), {*OURS, *servers})
        self.assertEqual(set(TLS["services"]), {*OURS, *servers, "caddy"})
        self.assertEqual(set(STANDALONE["services"]), {"chatire"})
        for name in ["chat-api", "ws-gateway"]:
            self.assertEqual(CLUSTER["services"][name]["deploy"]["replicas"], 2)
        for name in ["prometheus", "grafana"]:
            self.assertEqual(CLUSTER["services"][name]["profiles"], ["observability"])
        self.assertEqual(CLUSTER["services"]["backup"]["profiles"], ["backup"])

    def test_nothing_has_rights_that_it_does_not_need(self):
        for name, service in every_service():
            with self.subTest(name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service.get("cap_add", []), ["NET_BIND_SERVICE"] if name == "caddy" else [])
                self.assertIn("no-new-privileges:true", service["security_opt"])
                self.assertFalse(service.get("privileged"))
                self.assertEqual(service["restart"], "no" if name == "backup" else "unless-stopped")

    def test_each_starts_when_what_it_needs_can_serve(self):
        needs = {
            "auth-service": {"postgres", "rabbitmq"},
            "chat-api": {"postgres", "rabbitmq", "auth-service"},
            "ws-gateway": {"rabbitmq", "auth-service", "chat-api"},
            "edge": {"auth-service", "chat-api", "ws-gateway"},
        }
        for name, what in needs.items():
            waits = CLUSTER["services"][name]["depends_on"]
            self.assertEqual(set(waits), what)
            for other, how in waits.items():
                self.assertEqual(how["condition"], "service_healthy")
                # The edge's image has its own; servers and services say here when they can serve.
                self.assertIn("test", CLUSTER["services"][other]["healthcheck"], other)
        for name in OURS[1:]:
            self.assertIn("/readyz", CLUSTER["services"][name]["healthcheck"]["test"])

    def test_nobody_is_killed_while_it_drains(self):
        gateway = CLUSTER["services"]["ws-gateway"]
        drain = int(gateway["environment"]["CHATIRE__SOCKETS__DRAIN_SECONDS"])
        # The last sockets 3 s, requests 5, background work 10, and as much again in hand.
        self.assertGreaterEqual(seconds(gateway["stop_grace_period"]), drain + 36)
        for name in ["auth-service", "chat-api"]:
            # They go on serving for 5 s (listen.drain_seconds).
            self.assertGreaterEqual(seconds(CLUSTER["services"][name]["stop_grace_period"]), 30)
        edge = CLUSTER["services"]["edge"]
        shutdown = seconds(re.search(r"worker_shutdown_timeout (\w+)", " ".join(edge["command"]))[1])
        self.assertGreater(seconds(edge["stop_grace_period"]), shutdown)

    def test_only_the_edge_and_what_stands_in_front_of_it_are_reached_from_outside(self):
        self.assertEqual(list(published(CLUSTER["services"]["edge"])), ["127.0.0.1:8080:8080"])
        self.assertEqual(list(published(CLUSTER["services"]["grafana"])), ["127.0.0.1:3000:3000"])
        self.assertEqual(list(published(STANDALONE["services"]["chatire"])), ["127.0.0.1:8000:8000"])
        for name, service in TLS["services"].items():
            if name not in ["edge", "grafana", "caddy"]:
                self.assertEqual(list(published(service)), [], name)

    def test_servers_are_on_a_network_without_a_way_out(self):
        self.assertIs(CLUSTER["networks"]["servers"]["internal"], True)
        for name in ["postgres", "backup", "rabbitmq", "prometheus"]:
            self.assertEqual(list(CLUSTER["services"][name]["networks"]), ["servers"])
        self.assertNotIn("servers", CLUSTER["services"]["edge"]["networks"])

    def test_the_edge_alone_says_where_requests_come_from(self):
        edge = CLUSTER["services"]["edge"]["networks"]["edge"]["ipv4_address"]
        for name in OURS[1:]:
            self.assertEqual(CLUSTER["services"][name]["environment"]["CHATIRE__LISTEN__TRUSTED_PROXIES"], edge)

    def test_caddy_comes_to_the_edge_from_the_address_that_is_trusted(self):
        caddy = TLS["services"]["caddy"]
        host, port = caddy["environment"]["CHATIRE_EDGE"].split(":")
        # A name of several networks may lead through any of them, and in each Caddy has another address.
        self.assertEqual(list(leads_to(TLS, host)), [("tls", "edge")])
        self.assertEqual(port, "8080")
        trusted = (ROOT / "deploy/compose/caddy-is-trusted.conf").read_text()
        self.assertEqual(re.findall(r"^set_real_ip_from (\S+);", trusted, re.M), [attached(caddy)["tls"]["ipv4_address"]])
        target = "/etc/nginx/chatire/trusted-proxies.conf"
        self.assertEqual([s.split("/")[-1] for s, t, _ in mounts(TLS["services"]["edge"]) if t == target], ["caddy-is-trusted.conf"])

    def test_addresses_that_must_stay_are_never_given_to_whoever_starts_earlier(self):
        fixed = [
            (project["networks"][network]["ipam"]["config"], ipaddress.ip_address(there["ipv4_address"]))
            for project in (CLUSTER, TLS)
            for service in project["services"].values()
            for network, there in attached(service).items()
            if "ipv4_address" in there
        ]
        self.assertEqual(len(fixed), 3)
        for (config,), address in fixed:
            self.assertIn(address, ipaddress.ip_network(config["subnet"]))
            self.assertNotIn(address, ipaddress.ip_network(config["ip_range"]))

    def test_the_databases_can_be_backed_up_and_restored(self):
        backup, postgres = CLUSTER["services"]["backup"], CLUSTER["services"]["postgres"]
        # pg_dump must not be older than the server. Debian's image has bash; Alpine's has not.
        self.assertEqual(backup["image"], postgres["image"])
        self.assertIn("bookworm", backup["image"])
        self.assertEqual(set(backup["depends_on"]), {"postgres"})
        self.assertEqual(
            {(source, target, writable) for source, target, writable in mounts(backup)},
            {
                (str(ROOT / "deploy/backup.sh"), "/usr/local/bin/backup.sh", False),
                (str(ROOT / "deploy/restore.sh"), "/usr/local/bin/restore.sh", False),
                (str(ROOT / "deploy/backups"), "/backups", True),
            },
        )
        self.assertEqual(backup["command"], ["backup.sh", "/backups"])
        for part in ["auth", "chat"]:
            url = (SECRETS / f"{part}_database_url").read_text()
            self.assertRegex(url, "^postgres://[^@]*@postgres/")
            self.assertEqual(backup["environment"][f"CHATIRE_{part.upper()}_DATABASE_URL_FILE"], f"/run/secrets/{part}_database_url")

    def test_secrets_come_from_files_that_are_made(self):
        for name, secret in CLUSTER["secrets"].items():
            self.assertTrue((SECRETS / pathlib.Path(secret["file"]).name).is_file(), name)
        values = {path.read_text().strip() for path in SECRETS.iterdir()} - {""}
        for name, service in every_service():
            for setting, value in (service.get("environment") or {}).items():
                self.assertNotIn(str(value), values)
                if re.search("SECRET|PASSWORD|CREDENTIAL|DATABASE_{1,2}URL|BUS__URL|SMTP", setting):
                    self.assertTrue(setting.endswith("_FILE"), f"{name}: {setting}")
                    self.assertRegex(value, "^/run/secrets/")

    def test_each_gets_its_own_secrets_only(self):
        given = {
            name: {s if isinstance(s, str) else s["source"] for s in service.get("secrets", [])}
            for name, service in CLUSTER["services"].items()
        }
        shared = {"internal_credential", "bus_url"}
        self.assertEqual(given["auth-service"], {*shared, "keys_secret", "auth_database_url", "mail_smtp"})
        self.assertEqual(given["chat-api"], {*shared, "chat_database_url"})
        self.assertEqual(given["ws-gateway"], shared)
        self.assertEqual(given["backup"], {"auth_database_url", "chat_database_url"})
        self.assertEqual(given["edge"], set())

    def test_secrets_are_long_and_kept_from_others(self):
        self.assertEqual(SECRETS.stat().st_mode & 0o777, 0o700)
        for path in SECRETS.iterdir():
            if path.name != "mail_smtp":
                self.assertGreaterEqual(len(path.read_text()), 44, path.name)
        passwords = {path.read_text() for path in SECRETS.iterdir() if path.name.endswith("_password")}
        self.assertEqual(len(passwords), 5, "each has one of its own")

    def test_what_is_kept_is_in_volumes(self):
        for name, project in [("postgres", CLUSTER), ("rabbitmq", CLUSTER), ("auth-service", CLUSTER), ("chatire", STANDALONE)]:
            kept = [v if isinstance(v, str) else f"{v['source']}:" for v in project["services"][name]["volumes"]]
            volumes = [v.split(":")[0] for v in kept if not v.startswith((".", "/"))]
            self.assertEqual(len(volumes), 1, name)
            self.assertIn(volumes[0], project["volumes"])

    def test_files_that_are_mounted_are_there(self):
        for name, service in every_service():
            for source, target, _ in mounts(service):
                # That for backups is made.
                if source.startswith("/") and target != "/backups":
                    self.assertTrue(pathlib.Path(source).exists(), f"{name}: {source}")


if __name__ == "__main__":
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Compose))
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    print(f"compose: {result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
