"""What stands behind the parameters of a request: chats, people and messages that are there when it is made."""

from itertools import count
from urllib.parse import quote

from people import Person

CHAT = "/api/chats/{uri}/"
MESSAGE = CHAT + "messages/{id}/"
REACTION = MESSAGE + "reactions/{emoji}/"
MEMBER = CHAT + "members/{user}/"
BAN = CHAT + "bans/{user}/"
LINK = CHAT + "link/"

# What these do to a chat or a message would stand in the way of all that comes later: they get one of their own.
SPEND_A_CHAT = {
    f"{method} {path}"
    for method, path in [
        ("PATCH", CHAT),
        ("DELETE", CHAT),
        ("POST", LINK),
        ("DELETE", LINK),
        ("PATCH", MEMBER),
        ("DELETE", MEMBER),
        ("PUT", BAN),
        ("DELETE", BAN),
    ]
}
SPEND_A_MESSAGE = {f"{method} {path}" for method in ("PATCH", "DELETE") for path in (MESSAGE, REACTION)}
SPEND_A_MESSAGE.add(f"PUT {REACTION}")

# Who asks, in turn; mostly somebody who may. "direct" is the owner in a chat of two.
TURNS = ("owner", "owner", "member", "owner", "stranger", "owner", "direct", "owner", "banned")


class Scenes:
    def __init__(self, base):
        names = ("owner", "member", "stranger", "banned")
        self.people = {name: Person(base, name) for name in names}
        # Nobody can be banned before chats have heard of them.
        for person in self.people.values():
            person.posts("/api/chats/", {})
        self.people["direct"] = self.people["owner"]
        self.calls = {}
        self.shared = self._chat()
        owner, member = self.people["owner"], self.people["member"]
        self.direct = owner.posts("/api/chats/direct/", {"username": member.name})["uri"]
        self.asked = owner.posts(f"/api/chats/{self.shared}/messages/", {"message": f"Hello @{member.name}!"})["id"]
        self._history()

    def _history(self):
        """One of everything that a history, a list or a page of events can show."""
        owner, member = self.people["owner"], self.people["member"]
        messages = f"/api/chats/{self.shared}/messages/"
        answer = {"message": "Hello to you!", "reply_to": self.asked, "client_id": "contract-1"}
        of_member = f"{messages}{member.posts(messages, answer)['id']}/"
        member.patches(of_member, {"message": f"Hello to you, @{owner.name}!"})
        owner.puts(f"{of_member}reactions/{quote('👍')}/")
        member.puts(f"{of_member}reactions/{quote('👍')}/")
        owner.deletes(f"{of_member}reactions/{quote('👍')}/")
        gone = owner.posts(messages, {"message": "Not meant for you"})["id"]
        owner.deletes(f"{messages}{gone}/")
        owner.patches(f"/api/chats/{self.shared}/", {"name": "Contracts"})
        owner.patches(f"/api/chats/{self.shared}/members/{member.id}/", {"role": "admin"})
        owner.patches(f"/api/chats/{self.shared}/members/{member.id}/", {"role": "member"})
        owner.posts(f"/api/chats/{self.direct}/messages/", {"message": "Between the two of us"})

    def _chat(self):
        """With its owner, a member, and somebody who was banned from it."""
        owner = self.people["owner"]
        uri = owner.posts("/api/chats/", {})["uri"]
        owner.patches(f"/api/chats/{uri}/", {"username": self.people["member"].name})
        owner.puts(f"/api/chats/{uri}/bans/{self.people['banned'].id}/")
        return uri

    def _message(self, uri, sender):
        return sender.posts(f"/api/chats/{uri}/messages/", {"message": "Take this one"})["id"]

    def for_call(self, operation):
        """The next one's asker, and values for all parameters there may be."""
        number = next(self.calls.setdefault(operation, count()))
        turn = TURNS[number % len(TURNS)]
        asker, uri = self.people[turn], self.shared
        if turn == "direct":
            uri = self.direct
        elif operation in SPEND_A_CHAT:
            uri = self._chat()
        message = self.asked
        if operation in SPEND_A_MESSAGE:
            is_in = turn in ("owner", "member", "direct")
            message = self._message(uri, asker if is_in else self.people["owner"])
        return asker, {
            "uri": uri,
            "link": uri,
            "id": message,
            "emoji": "👍" if number % 2 else "🎉",
            "user": self._target(operation, number),
        }

    def _target(self, operation, number):
        if operation == f"DELETE {BAN}":
            return self.people["banned"].id
        # Oneself among them, which is refused.
        names = ("member", "stranger", "owner") if operation == f"PUT {BAN}" else ("member", "member", "owner")
        return self.people[names[number % 3]].id

    def username(self, operation, asker):
        """Somebody to invite or to write to, or oneself, to join."""
        number = next(self.calls.setdefault(f"username in {operation}", count()))
        if asker not in (self.people["owner"], self.people["member"]):
            return asker.name
        return self.people[("stranger", "member", "banned")[number % 3]].name
