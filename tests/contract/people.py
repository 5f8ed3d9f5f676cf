"""Who takes part: people with accounts on a running server, and what they do over HTTP."""

import copy
import json
import secrets
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PASSWORD = "violet-Kettle-93-harbour"
# Access tokens live five minutes: a slow run takes longer.
FRESH_SECONDS = 120


class Person:
    """Somebody with an account of their own."""

    def __init__(self, base, name):
        # A name of its own, so that the run can be repeated on the same server.
        self.base, self.name = base, f"{name}.{secrets.token_hex(4)}"
        self.password = PASSWORD
        self._account = {"username": self.name, "password": PASSWORD}
        self.id = self._calls("POST", "/auth/users/", self._account)["id"]
        self._sign_in()

    def _sign_in(self):
        self._since = time.monotonic()
        self._token = self._calls("POST", "/auth/jwt/create/", self._account)["token"]

    def on_another_device(self):
        """The same person in a session of its own, which may be ended."""
        other = copy.copy(self)
        other._sign_in()
        return other

    @property
    def token(self):
        """An access token that is good for a while."""
        if time.monotonic() - self._since > FRESH_SECONDS:
            self._sign_in()
        return self._token

    def gets(self, path):
        return self._calls("GET", path, token=self.token)

    def posts(self, path, body):
        return self._calls("POST", path, body, self.token)

    def puts(self, path):
        return self._calls("PUT", path, token=self.token)

    def patches(self, path, body):
        return self._calls("PATCH", path, body, self.token)

    def deletes(self, path):
        return self._calls("DELETE", path, token=self.token)

    def _calls(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.base + path, data, headers, method=method), timeout=30) as answer:
                text = answer.read()
        except HTTPError as refusal:
            raise RuntimeError(f"{method} {path} {body}: {refusal.code} {refusal.read()!r}") from refusal
        return json.loads(text) if text else None
