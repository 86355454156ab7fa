"""ServiceNow's Table API."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from .routed import TOKEN, Asked, Item, Reply, Route, Simulated, answering, first_page, stamp

_BASIC = b64encode(f"robot:{TOKEN}".encode()).decode()


class ServiceNow(Simulated):
    """The table of incidents, with its journal."""

    key = ("authorization", f"Basic {_BASIC}")
    first_status = "1"

    def routes(self) -> list[Route]:
        """Return what it answers."""
        table = "/api/now/table/incident"
        return [
            ("GET", table, self._list),
            ("POST", table, self._create),
            (
                "GET",
                rf"{table}/(\d+)",
                lambda _, n: answering({"result": self._shown(self.item(n))}),
            ),
            ("PATCH", rf"{table}/(\d+)", self._change),
            ("GET", "/api/now/table/sys_journal_field", self._journal),
        ]

    def _list(self, asked: Asked) -> Reply:
        found = [item for item in self.items if _agrees(item, asked.query()["sysparm_query"])]
        found = sorted(found, key=lambda item: item.changed)
        return answering({"result": [self._shown(item) for item in found]})

    def _create(self, asked: Asked) -> Reply:
        return answering({"result": self._shown(self.add(**asked.json()))}, 201)

    def _look(self, _asked: Asked, number: str) -> Reply:
        return answering({"result": self._shown(self.item(number))})

    def _change(self, asked: Asked, number: str) -> Reply:
        item, body = self.item(number), asked.json()
        for journal in ("work_notes", "comments"):
            if journal in body:
                self.remark(item, "robot", body.pop(journal))
        if "state" in body:
            self.give(item, body.pop("state"), "robot")
        item.fields.update(body)
        return answering({"result": self._shown(item)})

    def _journal(self, asked: Asked) -> Reply:
        number = asked.query()["sysparm_query"].partition("^")[0].removeprefix("element_id=")
        found = [
            {"sys_id": f"j{n}", "value": text, "sys_created_by": by}
            for n, by, text in self.item(number).remarks
        ]
        return answering({"result": first_page(asked, found, "sysparm_offset", 0)})

    def _shown(self, item: Item) -> dict[str, Any]:
        return {
            "sys_id": str(item.number),
            "number": f"INC{item.number:07}",
            "state": item.status,
            "sys_updated_on": stamp(item.changed).replace("T", " ").rstrip("Z"),
            "sys_updated_by": item.by,
            "sys_mod_count": str(item.changed),
        }


def _agrees(item: Item, query: str) -> bool:
    """Return whether a record agrees with an encoded query."""
    for term in query.split("^"):
        if term.startswith("ORDERBY"):
            continue
        if term.startswith("sys_updated_on>="):
            least = datetime.fromisoformat(term.removeprefix("sys_updated_on>=") + "+00:00")
            if item.changed < least.timestamp():
                return False
        else:
            name, _, value = term.partition("=")
            if item.fields.get(name) != value:
                return False
    return True
