"""Who asks auth-service, and what is right in a request to it."""

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
        body = {"current_password": PASSWORD}
        if operation == SIGN_IN:
            # Mostly somebody who is there.
            body = {"username": self.somebody.name, "password": PASSWORD} if next(self.calls) % 4 else {}
        elif operation == VERIFY:
            body = {"token": asker.token}
        return asker, there, body
