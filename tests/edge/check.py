"""Asks a running edge for what it promises:  check.py http://localhost:8080 [OPTION…]

    --encoding NAME   what pages are compressed with when a browser takes it (gzip; the image's also: br)
    --tls-ca FILE     whom an https address is believed by
    --source ADDRESS  the address one asks from; the edge must see it as it is (127.0.0.2, where the machine has it)

Needs nothing but Python. Accounts that it makes stay there.
"""

import argparse
import base64
import http.client
import json
import os
import secrets
import socket
import ssl
import sys
import unittest
import urllib.parse

ASKED = argparse.ArgumentParser()
ASKED.add_argument("address")
ASKED.add_argument("--encoding", action="append", default=["gzip"])
ASKED.add_argument("--tls-ca")
ASKED.add_argument("--source")
GIVEN = ASKED.parse_args()


def has(address):
    with socket.socket() as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            return False
    return True


# Another one than the edge's own, or it could not be told from what the services see of the edge.
SOURCE = GIVEN.source or next(address for address in ["127.0.0.2", "127.0.0.1"] if has(address))

EDGE = urllib.parse.urlsplit(GIVEN.address)
PORT = EDGE.port or {"http": 80, "https": 443}[EDGE.scheme]
PATIENCE = 10
# An address that belongs to nobody (RFC 5737).
SOMEWHERE_ELSE = "203.0.113.9"


def connect():
    plain = socket.create_connection((EDGE.hostname, PORT), PATIENCE, source_address=(SOURCE, 0))
    if EDGE.scheme == "http":
        return plain
    return ssl.create_default_context(cafile=GIVEN.tls_ca).wrap_socket(plain, server_hostname=EDGE.hostname)


def ask(method, path, body=None, headers=()):
    """The answer, with its body in `.text`."""
    connection = http.client.HTTPConnection(EDGE.hostname, PORT, timeout=PATIENCE)
    connection.sock = connect()
    connection.putrequest(method, path, skip_accept_encoding=True)
    given = dict(headers)
    if body is not None and "Transfer-Encoding" not in given and "Content-Length" not in given:
        given["Content-Length"] = str(len(body))
    for name, value in given.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.text = answer.read()
    connection.close()
    return answer


def say(text):
    """What comes back for bytes that are sent as they are."""
    with connect() as connection:
        connection.sendall(text)
        answer = b""
        while block := connection.recv(65536):
            answer += block
            if b"\r\n\r\n" in answer and b"Connection: close" not in answer:
                break
        return answer


def as_json(method, path, body, **headers):
    return ask(method, path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


class Edge(unittest.TestCase):
    def refused(self, answer, status, code):
        self.assertEqual(answer.status, status)
        self.assertEqual(answer.getheader("Content-Type"), "application/problem+json")
        self.assertEqual(json.loads(answer.text)["code"], code)

    def guarded(self, answer):
        """Each header once: what is there twice is two opinions."""
        for name, part in {
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Request-Id": "",
        }.items():
            values = answer.headers.get_all(name, [])
            self.assertEqual(len(values), 1, f"{name}: {values}")
            self.assertIn(part, values[0])
        self.assertNotRegex(answer.getheader("Server", ""), "[0-9]")

    def test_every_page_is_the_client_with_all_headers(self):
        for path in ["/", "/auth", "/auth/", "/chats/abcdefghijklmno"]:
            page = ask("GET", path)
            self.assertEqual(page.status, 200, path)
            self.assertIn(b"<html", page.text)
            self.assertEqual(page.getheader("Cache-Control"), "no-cache")
            self.guarded(page)

    def test_files_are_handed_out_as_they_were_compressed(self):
        page = ask("GET", "/").text.decode()
        script = "/assets/" + page.split('src="/assets/')[1].split('"')[0]
        plain = ask("GET", script)
        self.assertIsNone(plain.getheader("Content-Encoding"))
        for encoding in GIVEN.encoding:
            small = ask("GET", script, headers={"Accept-Encoding": encoding})
            self.assertEqual(small.getheader("Content-Encoding"), encoding)
            self.assertLess(len(small.text), len(plain.text))
            # What is compressed while somebody waits has no length that is known before.
            self.assertEqual(int(small.getheader("Content-Length", -1)), len(small.text))
            self.assertIn("immutable", small.getheader("Cache-Control"))

    def test_a_missing_file_is_no_page(self):
        self.refused(ask("GET", "/assets/missing.js"), 404, "not_found")

    def test_answers_of_services_have_the_same_headers(self):
        for path in ["/api/chats/", "/auth/sessions/", "/api/docs/"]:
            answer = ask("GET", path)
            self.assertIn(answer.status, [200, 401])
            self.guarded(answer)

    def test_internal_listeners_are_out_of_reach(self):
        for path in ["/internal/sends/", "/internal", "/metrics", "/healthz", "/readyz", "/metrics/", "//metrics",
                     "/%6detrics", "/api/../metrics", "/api/%2e%2e/internal/sends/", "/ws/../internal/sends/"]:
            answer = ask("GET", path)
            self.refused(answer, 404, "not_found")
            self.assertIsNone(answer.getheader("WWW-Authenticate"), f"{path} reached a service")

    def test_a_body_of_more_than_a_mebibyte_is_refused(self):
        much = b" " * (1024 * 1024 + 1)
        announced = ask("POST", "/api/chats/", headers={"Content-Length": str(len(much))})
        self.refused(announced, 413, "payload_too_large")
        chunked = b"POST /api/chats/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        self.assertIn(b" 413 ", say(chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(much), much)).split(b"\r\n")[0])

    def test_headers_have_a_limit(self):
        answer = ask("GET", "/api/chats/", headers={"X-Long": "x" * 70_000})
        self.assertEqual(answer.status, 400)

    def test_what_could_be_read_in_two_ways_is_refused(self):
        both = b"POST /api/chats/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        twice = b"POST /api/chats/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"
        for text in [both, twice]:
            self.assertIn(b" 400 ", say(text).split(b"\r\n")[0])

    def test_trace_is_refused_by_name(self):
        answer = ask("TRACE", "/api/chats/")
        self.refused(answer, 405, "method_not_allowed")
        self.assertIn("GET", answer.getheader("Allow"))

    def test_a_request_gets_an_id_of_the_edge(self):
        answer = ask("GET", "/api/chats/", headers={"X-Request-Id": "of-my-own"})
        self.assertRegex(answer.getheader("X-Request-Id"), "^[0-9a-f]{32}$")

    def test_nobody_can_claim_to_come_from_elsewhere(self):
        somebody = {"username": "edge-" + secrets.token_hex(6), "password": secrets.token_hex(16)}
        self.assertEqual(as_json("POST", "/auth/users/", somebody).status, 201)
        claims = {"X-Forwarded-For": SOMEWHERE_ELSE, "X-Real-IP": SOMEWHERE_ELSE, "Forwarded": f"for={SOMEWHERE_ELSE}"}
        token = json.loads(as_json("POST", "/auth/jwt/create/", somebody, **claims).text)["token"]
        sessions = json.loads(ask("GET", "/auth/sessions/", headers={"Authorization": f"Bearer {token}"}).text)
        self.assertEqual({session["address"] for session in sessions["sessions"]}, {SOURCE})

    def test_sockets_pass_with_all_that_is_said(self):
        with connect() as connection:
            key = base64.b64encode(os.urandom(16)).decode()
            connection.sendall(
                f"GET /ws/ HTTP/1.1\r\nHost: {EDGE.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            answer = connection.makefile("rb")
            self.assertIn(b" 101 ", answer.readline())
            while answer.readline() != b"\r\n":
                pass
            hello = b'{"type":"hello","token":"none","protocol":1}'
            # Masked with zeros (RFC 6455 §5.3).
            connection.sendall(bytes([0x81, 0x80 | len(hello)]) + bytes(4) + hello)
            codes = []
            while (frame := answer.read(2)) and frame[0] != 0x88:
                length = frame[1] if frame[1] < 126 else int.from_bytes(answer.read(2))
                codes.append(json.loads(answer.read(length)).get("type"))
            self.assertEqual(int.from_bytes(answer.read(2)), 4401, f"after {codes}")

    def test_a_socket_is_not_opened_by_a_plain_request(self):
        self.assertIn(ask("GET", "/ws/").status, [400, 426])

    @unittest.skipUnless(EDGE.scheme == "https", "only with TLS")
    def test_browsers_are_told_to_stay_with_tls(self):
        self.assertIn("max-age=", ask("GET", "/").getheader("Strict-Transport-Security", ""))


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Edge))
    failed = len(result.failures) + len(result.errors)
    print(f"edge: {result.testsRun - failed - len(result.skipped)} passed, {failed} failed", flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
