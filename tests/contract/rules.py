"""Rules of the server that an OpenAPI document has no words for: data that fits the document and is refused rightly.

Each names an operation, the refused field and how the server's reason begins, and lets only that refusal pass.
"""

import json

from schemathesis.openapi.checks import RejectedPositiveData

MESSAGES = "/api/chats/{uri}/messages/"
REACTION = MESSAGES + "{id}/reactions/{emoji}/"

# Usernames are looked at in NFKC, where some letters come apart (Ŀ into L and a dot), and where a mark that belongs to
# no letter stays alone. No pattern knows that.
COMES_APART = ("username", r"the username may not contain '·'")
LONE_MARK = ("username", r"the username may not contain '\u{")

# How easily a password is guessed can't be said by a pattern, and an address is measured in bytes.
WEAK = [(field, "") for field in ("password", "new_password")]
LONG_ADDRESS = ("email", "an e-mail address has 254 bytes at most")

RULES = {
    "POST /auth/users/": [*WEAK, COMES_APART, LONE_MARK, LONG_ADDRESS],
    "POST /auth/users/create/": [*WEAK, COMES_APART, LONE_MARK, LONG_ADDRESS],
    "PATCH /auth/users/me/": [LONG_ADDRESS],
    "POST /auth/users/set_password/": WEAK,
    "POST /auth/users/reset_password/": [LONG_ADDRESS],
    "POST /auth/users/reset_password_confirm/": WEAK,
    # A schema can't list the 4,000 emoji, and no pattern tells them from what merely has the same characters.
    f"PUT {REACTION}": [("emoji", '"')],
    f"DELETE {REACTION}": [("emoji", '"')],
    # Query parameters are described one by one: that two of them exclude each other can't be said.
    f"GET {MESSAGES}": [("after", "name one of `before`, `after` and `around`")],
    # Who asks is no part of a schema.
    "POST /api/chats/direct/": [("username", "that is you"), COMES_APART, LONE_MARK],
    "PUT /api/chats/{uri}/bans/{user}/": [("user", "nobody bans themselves")],
    "PATCH /api/chats/{uri}/": [COMES_APART, LONE_MARK],
    "PATCH /api/chats/{uri}/members/{user}/": [("role", "an owner stays the owner")],
}


def is_right(failure, case, response):
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return False
    errors = json.loads(response.content).get("errors", [])
    rules = RULES.get(case.operation.label, [])
    return bool(errors) and all(
        any(error["field"] == field and error["message"].startswith(reason) for field, reason in rules)
        for error in errors
    )
