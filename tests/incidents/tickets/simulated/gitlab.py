"""GitLab's issues."""

from typing import Any

from .routed import TOKEN, Asked, Item, Reply, Route, Simulated, answering, first_page, stamp


class GitLab(Simulated):
    """One project, ``ops/incidents``."""

    key = ("private-token", TOKEN)
    first_status = "opened"

    def routes(self) -> list[Route]:
        """Return what it answers."""
        issues = "/api/v4/projects/ops%2Fincidents/issues"
        return [
            ("GET", issues, self._list),
            ("POST", issues, self._create),
            ("GET", rf"{issues}/(\d+)", lambda _, n: answering(self._shown(self.item(n)))),
            ("PUT", rf"{issues}/(\d+)", self._change),
            ("GET", rf"{issues}/(\d+)/notes", self._notes),
            ("POST", rf"{issues}/(\d+)/notes", self._note),
        ]

    def _list(self, asked: Asked) -> Reply:
        query = asked.query()
        since = query.get("updated_after") or query["created_after"]
        return answering(first_page(asked, [self._shown(item) for item in self.since(since)]))

    def _create(self, asked: Asked) -> Reply:
        body = asked.json()
        item = self.add(title=body["title"], description=body["description"])
        item.labels = body["labels"].split(",")
        return answering(self._shown(item), 201)

    def _change(self, asked: Asked, number: str) -> Reply:
        item, body = self.item(number), asked.json()
        states = {"close": "closed", "reopen": "opened", None: item.status}
        if "remove_labels" in body:
            item.labels.remove(body["remove_labels"])
        if "add_labels" in body:
            item.labels.append(body["add_labels"])
        self.give(item, states[body.get("state_event")], "robot")
        return answering(self._shown(item))

    def _notes(self, asked: Asked, number: str) -> Reply:
        noted = {"id": 0, "system": True, "author": {"username": "x"}, "body": "changed the title"}
        found = [noted] + [
            {"id": n, "system": False, "author": {"username": by}, "body": text}
            for n, by, text in self.item(number).remarks
        ]
        return answering(first_page(asked, found))

    def _note(self, asked: Asked, number: str) -> Reply:
        made = self.remark(self.item(number), "robot", asked.json()["body"])
        return answering({"id": made}, 201)

    def _shown(self, item: Item) -> dict[str, Any]:
        return {
            "iid": item.number,
            "description": item.fields["description"],
            "state": item.status,
            "web_url": f"https://gitlab.example/ops/incidents/-/issues/{item.number}",
            "updated_at": stamp(item.changed),
            "closed_by": {"username": item.by} if item.status == "closed" else None,
        }
