"""``workers``: how many processes answer; more than one on PostgreSQL only."""

from collections.abc import Iterator, Mapping
from typing import Any

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.store.engines import is_shared
from sothat.model.problem import Problem

_SCHEMA = {"type": "integer", "minimum": 1, "maximum": 64}


def _read(source: Source) -> int:
    count: int = source.node("workers", 1)
    return count


def _check(source: Source, read: Mapping[str, Any]) -> Iterator[Problem]:
    store = read.get("store_url")
    if read.get("workers", 1) > 1 and store and not is_shared(store.reveal()):
        message = "an SQLite store is for one process"
        hint = "leave 'workers' out, or keep the incidents on PostgreSQL"
        yield source.document.problem("bad-value", message, ["workers"], hint=hint)


SECTION = Section("workers", "workers", _SCHEMA, _read, check=_check)
