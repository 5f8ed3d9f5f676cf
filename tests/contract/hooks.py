"""Hooks of Schemathesis: who asks, what a request needs to reach its handler, and which refusals are right."""

import os

import schemathesis
from accounts import Accounts, is_about_accounts
from people import Person
from rules import is_right
from scenes import Scenes
from schemathesis.core.parameters import ParameterLocation

BASE_URL = os.environ["BASE_URL"]
# With SCENES=1 requests are about chats, people and messages that are there; without, about anything.
SCENES = Scenes(BASE_URL) if os.environ.get("SCENES") else None
SOMEBODY = None if SCENES else Person(BASE_URL, "somebody")
ACCOUNTS = Accounts(BASE_URL)
# In schemathesis.toml. A probe without it, or with another one, stays one.
TOKEN_TO_COME = "Bearer whoever-asks"


@schemathesis.hook
def before_call(context, case, kwargs):
    if is_about_accounts(case.operation.label):
        asker = set_account(case)
    else:
        asker = set_scene(case) if SCENES else SOMEBODY
    if case.headers.get("Authorization") == TOKEN_TO_COME:
        case.headers["Authorization"] = f"Bearer {asker.token}"


def set_account(case):
    """The same for accounts and sessions; whoever may lose theirs by the call is somebody of their own."""
    asker, there, body = ACCOUNTS.for_call(case.operation.label)
    if SCENES and is_meant_well(case, ParameterLocation.PATH):
        for name in case.path_parameters or {}:
            case.path_parameters[name] = there[name]
    if SCENES and is_meant_well(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        for name in case.body:
            case.body[name] = body.get(name, case.body[name])
    return asker


def set_scene(case):
    """Puts what is there into the parts of the request that are meant to be right. Says who asks."""
    asker, there = SCENES.for_call(case.operation.label)
    if is_meant_well(case, ParameterLocation.PATH):
        for name in case.path_parameters or {}:
            case.path_parameters[name] = there[name]
    if is_meant_well(case, ParameterLocation.QUERY):
        for name in case.query or {}:
            case.query[name] = {"chat": there["uri"], "q": "hello"}.get(name, case.query[name])
    if is_meant_well(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        if isinstance(case.body.get("username"), str):
            case.body["username"] = SCENES.username(case.operation.label, asker)
        if isinstance(case.body.get("reply_to"), int):
            case.body["reply_to"] = SCENES.asked
    return asker


def is_meant_well(case, part):
    return case.meta is None or not case.meta.is_negative_at(part)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not is_right(failure, case, response)
