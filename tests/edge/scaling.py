"""What `docker compose up --scale ws-gateway=3` relies on, without an engine: a name server of our own stands in for Docker's,
and the edge's nginx, with its image's settings, has to find replicas that come, and to do without those that go.

    scaling.py      (NGINX names the program, when it is not in the PATH)
"""

import contextlib
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).parents[2]
NGINX = os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
# Below the ephemeral ports. All replicas of a service have the same port, each at an address of its own.
EDGE, NAMES, GATEWAYS = 23301, 23302, 23303
# An answer of the name server is good for so long (services.conf), and a second for what is under way.
LOOKED_UP_AGAIN_WITHIN = 6


class NameServer(threading.Thread):
    """Answers every question for an address (A) with those of `names`."""

    def __init__(self):
        super().__init__(daemon=True)
        self.names, self.over = {}, False
        self.start()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.bind(("127.0.0.1", NAMES))
            here.settimeout(0.05)
            while not self.over:
                with contextlib.suppress(TimeoutError):
                    question, asker = here.recvfrom(512)
                    here.sendto(self.answer(question), asker)

    def answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += 1 + question[at]
        found = self.names.get(".".join(labels), [])
        head = question[:2] + struct.pack("!HHHHH", 0x8180 if found else 0x8183, 1, len(found), 0, 0)
        # The name by its place (12), A, IN, for 600 s (which the edge must not believe), 4 bytes.
        records = (struct.pack("!HHHIH4s", 0xC00C, 1, 1, 600, 4, socket.inet_aton(each)) for each in found)
        return head + question[12 : at + 5] + b"".join(records)

    def ends(self):
        self.over = True
        self.join()


class Gateway(http.server.ThreadingHTTPServer):
    """Says which one it is, or that it takes nobody."""

    daemon_threads = True

    def __init__(self, address):
        self.address, self.draining = address, False
        super().__init__((address, GATEWAYS), Answer)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass

    def goes(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.server.address.encode()
        self.send_response(503 if self.server.draining else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def settings(folder):
    edge = ROOT / "deploy/edge"
    services = (edge / "services.conf").read_text()
    replaced = {
        "127.0.0.11": f"127.0.0.1:{NAMES}",
        "ws-gateway:8103": f"ws-gateway:{GATEWAYS}",
        "chat-api:8102": f"chat-api:{GATEWAYS}",
    }
    for ours, theirs in replaced.items():
        assert ours in services, f"services.conf does not name {ours}"
        services = services.replace(ours, theirs)
    (folder / "services.conf").write_text(services)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1; events {{}}\n"
        f"http {{ include {edge}/http.conf; include {folder}/services.conf; access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{EDGE}; root {folder}; include {edge}/server.conf; }} }}\n"
    )


def who_answers(path="/ws/", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", EDGE, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Scaling(unittest.TestCase):
    def setUp(self):
        self.assertTrue(NGINX, "nginx is missing: install it")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = NameServer()
        self.addCleanup(self.server.ends)
        settings(pathlib.Path(self.folder.name))
        self.edge = subprocess.Popen([NGINX, "-p", self.folder.name, "-c", "nginx.conf", "-e", "error.log"])
        self.addCleanup(self.edge.wait, 10)
        self.addCleanup(self.edge.terminate)
        self.gateways = [Gateway(f"127.0.0.{n}") for n in (2, 3)]
        self.are_known()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                return who_answers()
            time.sleep(0.05)
        self.fail("nginx does not answer")

    def are_known(self):
        self.server.names["ws-gateway"] = self.server.names["chat-api"] = [each.address for each in self.gateways]

    def all_answer_within(self, seconds):
        """Each replica has its share, and until then nobody sees an error."""
        expected, seen, deadline = {each.address for each in self.gateways}, set(), time.monotonic() + seconds
        while seen != expected and time.monotonic() < deadline:
            status, address = who_answers()
            self.assertEqual(status, 200)
            seen = (seen & expected) | {address}
        self.assertEqual(seen, expected)

    def test_replicas_that_come_get_their_share_and_those_that_go_are_missed_by_nobody(self):
        self.all_answer_within(2)
        self.gateways.append(Gateway("127.0.0.4"))
        self.are_known()
        self.all_answer_within(LOOKED_UP_AGAIN_WITHIN)
        # Gone before the edge has heard of it. A POST was not sent when its connection is refused: it may be sent elsewhere.
        gone = self.gateways.pop(0)
        gone.goes()
        for _ in range(20):
            self.assertEqual(who_answers()[0], 200)
            self.assertEqual(who_answers("/api/chats/", "POST")[0], 200)
        self.are_known()
        self.all_answer_within(LOOKED_UP_AGAIN_WITHIN)

    def test_a_gateway_that_sends_its_clients_away_gets_no_new_ones(self):
        self.gateways[0].draining = True
        for _ in range(20):
            self.assertEqual(who_answers(), (200, self.gateways[1].address))
        # chat-api means what it says: a request is not sent twice for a 503.
        self.assertIn(503, {who_answers("/api/chats/", "POST")[0] for _ in range(10)})

    def tearDown(self):
        for each in self.gateways:
            each.goes()


if __name__ == "__main__":
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Scaling))
    bad = len(result.failures) + len(result.errors)
    print(f"scaling: {result.testsRun - bad} passed, {bad} failed")
    raise SystemExit(bool(bad))
