"""PagerDuty's incidents."""

from typing import Any

from .routed import TOKEN, Asked, Item, Reply, Route, Simulated, answering, refusing, stamp


class PagerDuty(Simulated):
    """One service, PSERVICE."""

    key = ("authorization", f"Token token={TOKEN}")
    first_status = "triggered"

    def routes(self) -> list[Route]:
        """Return what it answers."""
        return [
            ("GET", "/incidents", self._list),
            ("POST", "/incidents", self._create),
            ("GET", r"/incidents/P(\d+)", lambda _, n: _one(self._shown(self.item(n)))),
            ("PUT", r"/incidents/P(\d+)", self._change),
            ("GET", r"/incidents/P(\d+)/notes", self._notes),
            ("POST", r"/incidents/P(\d+)/notes", self._note),
            ("GET", r"/incidents/P(\d+)/log_entries", self._entries),
            ("GET", "/log_entries", self._log),
        ]

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request; who changes something has to say who they are."""
        if asked.method != "GET" and asked.headers.get("from") != "robot@example.org":
            return refusing(400, {"error": {"message": "Requester User Not Found", "code": 1008}})
        return super().__call__(asked)

    def _list(self, asked: Asked) -> Reply:
        key = asked.query()["incident_key"]
        found = [i for i in self.items if i.fields["incident_key"] == key]
        return answering({"incidents": [self._shown(item) for item in found], "more": False})

    def _create(self, asked: Asked) -> Reply:
        incident = asked.json()["incident"]
        assert incident["service"] == {"id": "PSERVICE", "type": "service_reference"}
        same = [i for i in self.items if i.fields["incident_key"] == incident["incident_key"]]
        if any(item.status != "resolved" for item in same):
            words = ["Open incident with matching dedup key already exists on this service"]
            return refusing(400, {"error": {"code": 2001, "errors": words}})
        return _one(self._shown(self.add(**incident)), 201)

    def _change(self, asked: Asked, number: str) -> Reply:
        item, change = self.item(number), asked.json()["incident"]
        status = change.get("status", item.status)
        if item.status == "resolved" or status not in ("triggered", "acknowledged", "resolved"):
            return refusing(400, {"error": {"message": "Invalid Input Provided", "code": 2001}})
        item.fields["urgency"] = change.get("urgency", item.fields["urgency"])
        self.give(item, status, "Robot")
        return _one(self._shown(item))

    def _notes(self, _asked: Asked, number: str) -> Reply:
        found = [
            {"id": f"N{n}", "user": {"summary": by}, "content": text}
            for n, by, text in self.item(number).remarks
        ]
        return answering({"notes": found})

    def _note(self, asked: Asked, number: str) -> Reply:
        made = self.remark(self.item(number), "Robot", asked.json()["note"]["content"])
        return answering({"note": {"id": f"N{made}"}}, 201)

    def _entries(self, _asked: Asked, number: str) -> Reply:
        return answering({"log_entries": [_entry(self.item(number))], "more": True})

    def _log(self, asked: Asked) -> Reply:
        found = self.since(asked.query()["since"])
        return answering({"log_entries": [_entry(i) for i in reversed(found)], "more": False})

    def _shown(self, item: Item) -> dict[str, Any]:
        return {
            "id": f"P{item.number}",
            "incident_number": item.number,
            "status": item.status,
            "created_at": stamp(item.number),
            "html_url": f"https://pagerduty.example/incidents/P{item.number}",
            "last_status_change_by": {"summary": item.by},
        }


def _one(incident: dict[str, Any], status: int = 200) -> Reply:
    return answering({"incident": incident}, status)


def _entry(item: Item) -> dict[str, Any]:
    return {"id": f"R{item.changed}", "incident": {"id": f"P{item.number}"}}
