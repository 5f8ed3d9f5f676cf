"""Who asks auth-service, and what is right in a request to it."""

import base64
import hmac
import struct
import time
from itertools import count

from people import PASSWORD, Person

# These end the asker's session, or another one of theirs.
END_SESSIONS = {"POST /auth/logout/", "DELETE /auth/sessions/", "DELETE /auth/sessions/{id}/"}
# These change what the account signs in with.
CHANGE_ACCOUNTS = {
    "DELETE /auth/users/me/",
    "POST /auth/users/set_password/",
    "POST /auth/second_factor/",
    "POST /auth/second_factor/confirm/",
    "DELETE /auth/second_factor/",
}
SIGN_IN = "POST /auth/jwt/create/"
VERIFY = "POST /auth/jwt/verify/"
SIGN_UP = {"POST /auth/users/", "POST /auth/users/create/"}
SECOND_FACTOR = "/auth/second_factor/"
OTHER_PASSWORD = "copper-Lantern-41-meadow"


def shown_by_an_app(secret):
    """The code of now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def is_about_accounts(operation):
    path = operation.split()[1]
    return path.startswith(("/auth/", "/.well-known/"))


class Accounts:
    def __init__(self, base):
        self.base = base
        self.somebody = Person(base, "somebody")
        self.calls = count()

    def for_call(self, operation):
        """The asker, values for parameters of the path, and values for fields of the body."""
        asker, there = self.somebody, {}
        if operation in CHANGE_ACCOUNTS:
            asker = Person(self.base, "spent")
        elif operation in END_SESSIONS:
            asker = self.somebody.on_another_device()
        if operation == "DELETE /auth/sessions/{id}/":
            self.somebody.on_another_device()
            sessions = asker.gets("/auth/sessions/")["sessions"]
            there["id"] = next(session["id"] for session in sessions if not session["current"])
        number = next(self.calls)
        body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
        if operation == SIGN_IN:
            # Mostly somebody who is there.
            body = {"username": self.somebody.name, "password": PASSWORD} if number % 4 else {}
        elif operation == VERIFY:
            body = {"token": asker.token}
        elif operation in SIGN_UP:
            body = {"username": f"{self.somebody.name}.{number}", "password": PASSWORD}
        elif operation in (f"DELETE {SECOND_FACTOR}", f"POST {SECOND_FACTOR}confirm/"):
            secret = asker.posts(SECOND_FACTOR, {"current_password": PASSWORD})["secret"]
            body["code"] = shown_by_an_app(secret)
            if operation == f"DELETE {SECOND_FACTOR}":
                confirmed = asker.posts(f"{SECOND_FACTOR}confirm/", {"code": body["code"]})
                body["code"] = confirmed["recovery_codes"][0]
        return asker, there, body
