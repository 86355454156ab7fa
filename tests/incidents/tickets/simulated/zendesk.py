"""Zendesk's tickets."""

from base64 import b64encode
from typing import Any

from .routed import TOKEN, Asked, Item, Reply, Route, Simulated, answering, refusing, stamp

_BASIC = b64encode(f"robot@example.org/token:{TOKEN}".encode()).decode()


class Zendesk(Simulated):
    """One account; the description of a ticket is its first comment."""

    key = ("authorization", f"Basic {_BASIC}")

    def routes(self) -> list[Route]:
        """Return what it answers."""
        return [
            ("GET", "/api/v2/tickets.json", self._list),
            ("POST", "/api/v2/tickets.json", self._create),
            ("GET", r"/api/v2/tickets/(\d+).json", lambda _, n: _one(self._shown(self.item(n)))),
            ("PUT", r"/api/v2/tickets/(\d+).json", self._change),
            ("GET", r"/api/v2/tickets/(\d+)/comments.json", self._comments),
            ("GET", "/api/v2/search.json", self._search),
        ]

    def _list(self, asked: Asked) -> Reply:
        key = asked.query()["external_id"]
        found = [self._shown(i) for i in self.items if i.fields["external_id"] == key]
        return answering({"tickets": found})

    def _create(self, asked: Asked) -> Reply:
        ticket = asked.json()["ticket"]
        assert asked.headers["idempotency-key"] == ticket["external_id"]
        item = self.add(**ticket)
        self.remark(item, "1", ticket["comment"]["body"])
        return _one(self._shown(item), 201)

    def _change(self, asked: Asked, number: str) -> Reply:
        item, change = self.item(number), asked.json()["ticket"]
        if item.status == "closed":
            return refusing(422, {"error": "RecordInvalid"})
        if "comment" in change:
            self.remark(item, "1", change["comment"]["body"])
        if "status" in change:
            self.give(item, change["status"], "")
        item.fields["priority"] = change.get("priority", item.fields["priority"])
        return _one(self._shown(item))

    def _comments(self, _asked: Asked, number: str) -> Reply:
        found = [
            {"id": n, "author_id": by, "body": text} for n, by, text in self.item(number).remarks
        ]
        users = [{"id": 1, "name": "Robot"}, {"id": 2, "name": "agent"}]
        return answering({"comments": found, "users": users, "meta": {"has_more": False}})

    def _search(self, asked: Asked) -> Reply:
        kind, tag, moment = asked.query()["query"].split(" ")
        assert (kind, tag) == ("type:ticket", "tags:sothat")
        found = self.since(moment.removeprefix("updated>="))
        return answering({"results": [self._shown(item) for item in found]})

    def _shown(self, item: Item) -> dict[str, Any]:
        return {"id": item.number, "status": item.status, "updated_at": stamp(item.changed)}


def _one(ticket: dict[str, Any], status: int = 200) -> Reply:
    return answering({"ticket": ticket}, status)
