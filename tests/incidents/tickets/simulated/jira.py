"""Jira's issues, in the cloud and in a data centre."""

import re
from base64 import b64encode
from typing import Any

from .routed import (
    TOKEN,
    Asked,
    Item,
    Reply,
    Route,
    Simulated,
    answering,
    first_page,
    refusing,
    stamp,
)

_BASIC = b64encode(f"robot@example.org:{TOKEN}".encode()).decode()


class Jira(Simulated):
    """One project, OPS, with a workflow in which everything leads everywhere."""

    key = ("authorization", f"Basic {_BASIC}")
    first_status = "To Do"
    statuses = ("To Do", "In Progress", "Done")
    done = ("Done",)
    search = "search/jql"

    def routes(self) -> list[Route]:
        """Return what it answers."""
        issue = "/rest/api/2/issue"
        return [
            ("POST", f"/rest/api/2/{self.search}", self._search),
            ("POST", issue, self._create),
            ("GET", rf"{issue}/(\d+)", lambda _, n: answering(self._shown(self.item(n)))),
            ("PUT", rf"{issue}/(\d+)", self._change),
            ("GET", rf"{issue}/(\d+)/transitions", self._transitions),
            ("POST", rf"{issue}/(\d+)/transitions", self._move),
            ("GET", rf"{issue}/(\d+)/comment", self._comments),
            ("POST", rf"{issue}/(\d+)/comment", self._comment),
        ]

    def _search(self, asked: Asked) -> Reply:
        body = asked.json()
        question = body["jql"]
        label = re.search(r'labels = "?([\w-]+)"?', question)
        if not label or "ORDER BY" not in question or body["fields"] != ["updated"]:
            return refusing(400, {"errorMessages": ["Unbounded JQL queries are not allowed here."]})
        found = [item for item in self.items if label[1] in item.labels]
        shown = [self._shown(item) for item in sorted(found, key=lambda i: i.changed)]
        return answering({"issues": shown, "isLast": True})

    def _create(self, asked: Asked) -> Reply:
        fields = asked.json()["fields"]
        if fields["project"] != {"key": "OPS"}:
            return refusing(400, {"errors": {"project": "valid project is required"}})
        item = self.add(**fields)
        item.labels = fields["labels"]
        return answering({"id": str(item.number), "key": f"OPS-{item.number}"}, 201)

    def _change(self, asked: Asked, number: str) -> Reply:
        item = self.item(number)
        item.fields.update(asked.json()["fields"])
        self.touch(item)
        return Reply(204, b"")

    def _transitions(self, _asked: Asked, _number: str) -> Reply:
        fields = {"resolution": {"required": True}}
        found = [
            {"id": str(n), "to": {"name": name}, "fields": fields if name in self.done else {}}
            for n, name in enumerate(self.statuses)
        ]
        return answering({"transitions": found})

    def _move(self, asked: Asked, number: str) -> Reply:
        body = asked.json()
        status = self.statuses[int(body["transition"]["id"])]
        if (status in self.done) != ("fields" in body):
            return refusing(400, {"errors": {"resolution": "Resolution is required."}})
        self.give(self.item(number), status, "Robot")
        return Reply(204, b"")

    def _comments(self, asked: Asked, number: str) -> Reply:
        found = [
            {"id": str(n), "author": {"displayName": by}, "body": text}
            for n, by, text in self.item(number).remarks
        ]
        shown = first_page(asked, found, "startAt", 0)
        return answering({"comments": shown, "total": len(found)})

    def _comment(self, asked: Asked, number: str) -> Reply:
        body = asked.json()
        made = self.remark(self.item(number), "Robot", body["body"])
        self.item(number).fields.setdefault("properties", []).append(body.get("properties"))
        return answering({"id": str(made)}, 201)

    def _shown(self, item: Item) -> dict[str, Any]:
        status = {
            "name": item.status,
            "statusCategory": {"key": "done" if item.status in self.done else "indeterminate"},
        }
        history = {
            "created": stamp(item.changed),
            "author": {"displayName": item.by},
            "items": [{"field": "status"}],
        }
        return {
            "id": str(item.number),
            "key": f"OPS-{item.number}",
            "fields": {"status": status, "updated": stamp(item.changed)},
            "changelog": {"histories": [history] if item.by else []},
        }


class DataCentre(Jira):
    """The same with a personal token and the search as it was."""

    key = ("authorization", f"Bearer {TOKEN}")
    search = "search"


class ServiceManagement(Jira):
    """A service project."""

    first_status = "Open"
    statuses = ("Open", "Work in progress", "Completed", "Closed")
    done = ("Completed", "Closed")
