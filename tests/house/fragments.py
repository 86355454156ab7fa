"""Whether a part of a document could stand somewhere in one of ours, by all kinds' schemas."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sothat.runtime.documents import Document, parse_document
from sothat.runtime.schema import validate

from .blocks import ROOT
from .schemas import Schema, kinds

# What is missing in a part may be left out for the reader's sake, or stand around it.
_MISSING = ("required", "minProperties", "dependentRequired")
SHORTENED = "…"
_CHART = ROOT / "helm" / "sothat" / "values.schema.json"


def faults(text: str, name: str) -> list[str]:
    """Return why a part of a document could stand nowhere; of the place that fits best."""
    document = parse_document(text, name)
    data = document.data
    entries = data if isinstance(data, list) else [data]
    return [fault for entry in entries for fault in _faults(document, entry)]


def _faults(document: Document, entry: Any) -> list[str]:
    if not isinstance(entry, Mapping):
        return [f"neither a mapping nor a list of such: {entry!r}"]
    places = (place for place in parts() if _names_all(place, entry))
    tried = [_problems(document, entry, place) for place in places]
    # Keys that the reader chooses: what they name fits, or does not.
    if all(isinstance(value, Mapping) for value in entry.values()):
        named = [_faults(document, value) for value in entry.values()]
        tried.append([fault for found in named for fault in found])
    nowhere = [f"no kind of document has these keys together: {', '.join(entry)}"]
    return min(tried, key=len, default=nowhere)


def _names_all(place: Schema, entry: Mapping[str, Any]) -> bool:
    known = set(_keys(place))
    return bool(known) and known >= set(entry)


def _keys(place: Schema) -> Iterator[str]:
    yield from place.get("properties", {})
    for rule in place.get("allOf", ()):
        yield from rule.get("then", {}).get("properties", {})


def _problems(document: Document, entry: Any, place: Schema) -> list[str]:
    part = Document(document.file, entry, document.lines)
    # Where the page shortens a value, readers know that it is none.
    return [p.message for p in validate(part, place) if SHORTENED not in p.message]


@cache
def parts() -> tuple[Schema, ...]:
    """Return the schema of each mapping within any kind or the chart's values, as of a part."""
    chart = json.loads(_CHART.read_text(encoding="utf-8"))
    return tuple(part for schema in (*kinds().values(), chart) for part in _parts(_loose(schema)))


def _loose(node: Any) -> Any:
    """Return a schema that misses nothing."""
    if isinstance(node, Mapping):
        kept = {key: _loose(part) for key, part in node.items() if key not in _MISSING}
        empty = [key for key in ("anyOf", "oneOf") if {} in kept.get(key, ())]
        empty += ["not"] if kept.get("not") == {} else []
        return {key: part for key, part in kept.items() if key not in empty}
    return [_loose(part) for part in node] if isinstance(node, (list, tuple)) else node


def _parts(root: Schema) -> Iterator[Schema]:
    definitions = {"$defs": root["$defs"]} if "$defs" in root else {}
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, Mapping):
            waiting += node.values()
            if isinstance(node.get("properties"), Mapping):
                yield {**node, **definitions}
