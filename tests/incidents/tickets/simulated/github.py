"""GitHub's issues."""

from typing import Any

from .routed import Asked, Item, Reply, Route, Simulated, answering, first_page, refusing, stamp


class GitHub(Simulated):
    """One repository, ``ops/incidents``."""

    def routes(self) -> list[Route]:
        """Return what it answers."""
        issues = "/repos/ops/incidents/issues"
        return [
            ("GET", issues, self._list),
            ("POST", issues, self._create),
            ("GET", rf"{issues}/(\d+)", lambda _, n: answering(self._shown(self.item(n)))),
            ("PATCH", rf"{issues}/(\d+)", self._change),
            ("GET", rf"{issues}/(\d+)/comments", self._comments),
            ("POST", rf"{issues}/(\d+)/comments", self._comment),
            ("POST", rf"{issues}/(\d+)/labels", self._label),
            ("DELETE", rf"{issues}/(\d+)/labels/(.+)", self._unlabel),
        ]

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request of the right version."""
        if asked.headers.get("x-github-api-version") != "2022-11-28":
            return refusing(400, {"message": "which version?"})
        return super().__call__(asked)

    def _list(self, asked: Asked) -> Reply:
        query = asked.query()
        assert query["state"] == "all"
        assert query["direction"] == "asc"
        found = [self._shown(item) for item in self.since(query["since"])]
        return answering(first_page(asked, found))

    def _create(self, asked: Asked) -> Reply:
        body = asked.json()
        item = self.add(title=body["title"], body=body["body"])
        item.labels = body["labels"]
        return answering(self._shown(item), 201)

    def _change(self, asked: Asked, number: str) -> Reply:
        item, body = self.item(number), asked.json()
        assert body["state"] in ("open", "closed")
        self.give(item, body["state"], "robot")
        return answering(self._shown(item))

    def _comments(self, asked: Asked, number: str) -> Reply:
        found = [
            {"id": n, "user": {"login": by}, "body": text}
            for n, by, text in self.item(number).remarks
        ]
        return answering(first_page(asked, found))

    def _comment(self, asked: Asked, number: str) -> Reply:
        made = self.remark(self.item(number), "robot", asked.json()["body"])
        return answering({"id": made}, 201)

    def _label(self, asked: Asked, number: str) -> Reply:
        item = self.item(number)
        item.labels += asked.json()["labels"]
        return answering([{"name": label} for label in item.labels])

    def _unlabel(self, _asked: Asked, number: str, label: str) -> Reply:
        labels = self.item(number).labels
        if label not in labels:
            return refusing(404, {"message": "Label does not exist"})
        labels.remove(label)
        return answering([])

    def _shown(self, item: Item) -> dict[str, Any]:
        return {
            "number": item.number,
            "title": item.fields["title"],
            "body": item.fields["body"],
            "state": item.status,
            "html_url": f"https://github.example/ops/incidents/issues/{item.number}",
            "updated_at": stamp(item.changed),
            "comments": len(item.remarks),
            "closed_by": {"login": item.by} if item.status == "closed" else None,
        }
