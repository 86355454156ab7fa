"""The KPI file: ``kind: KPIs``, read strictly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sothat.exporters.business.query import PARAMETERS, fault_of
from sothat.exporters.declare import unit_of
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "none": ""}
_RESERVED = ("kpi_last_success_timestamp_seconds", "sample_data")
_WORD = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]*$",
    "description": "a name of lower-case letters, digits and _",
}
_TEXT = {"type": "string", "minLength": 1}
_KPI = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "help", "direction", "sql", "value"],
    "properties": {
        "name": _WORD,
        "help": _TEXT,
        "unit": {"type": "string"},
        "direction": {"enum": list(_DIRECTIONS)},
        "target": {"type": "number"},
        "event": {"type": "boolean", "default": False},
        "labels": {"type": "array", "items": _WORD, "uniqueItems": True, "default": []},
        "value": _TEXT,
        "scale": {"type": "number", "default": 1},
        "sql": _TEXT,
    },
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "kpis"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "KPIs"},
        "sample_data": _TEXT,
        "kpis": {"type": "array", "minItems": 1, "items": _KPI},
    },
}


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure and the query that gives it.

    Attributes:
        name: Without the prefix ``business_``; ends in its unit where it has one.
        description: What it means, whether more is better, and its target.
        event: Whether having no row is normal.
        labels: Columns that become labels.
        value: Column that holds the number.
        scale: What one of the query's unit is in the base unit.
    """

    name: str
    description: str
    unit: str
    event: bool
    labels: tuple[str, ...]
    value: str
    scale: float
    sql: str


@dataclass(frozen=True, slots=True)
class KpiFile:
    """A file of KPIs.

    Attributes:
        name: The file's stem.
        sample_data: Query of one number, not 0 where the data are made up; empty for none.
        document: Where it all stands, for messages.
    """

    name: str
    sample_data: str
    kpis: tuple[Kpi, ...]
    document: Document = field(repr=False, compare=False)


def load_kpis(path: Path) -> KpiFile:
    """Read a KPI file.

    Raises:
        Unusable: It cannot be read, or some KPIs cannot be used.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA) or [*_unfit(document)]
    if problems:
        raise Unusable(problems)
    data = document.data
    kpis = tuple(_kpi(entry) for entry in data["kpis"])
    return KpiFile(path.stem, data.get("sample_data", ""), kpis, document)


def _kpi(entry: Mapping[str, Any]) -> Kpi:
    return Kpi(
        entry["name"],
        _description(entry),
        entry.get("unit", unit_of(entry["name"])),
        entry.get("event", False),
        tuple(entry.get("labels", ())),
        entry["value"],
        entry.get("scale", 1),
        entry["sql"],
    )


def _description(entry: Mapping[str, Any]) -> str:
    aim = [_DIRECTIONS[entry["direction"]]] if entry["direction"] != "none" else []
    if "target" in entry:
        aim.append(f"target {entry['target']:g}")
    said = entry["help"].strip().rstrip(".")
    return f"{said} ({', '.join(aim)})." if aim else f"{said}."


def _unfit(document: Document) -> Iterator[Problem]:
    names: dict[str, int] = {}
    if "sample_data" in document.data:
        yield from _bad_query(document, ("sample_data",), document.data["sample_data"])
    for number, entry in enumerate(document.data["kpis"]):
        path = ("kpis", number)
        name = entry["name"]
        if name in names or name in _RESERVED:
            yield document.problem("name-clash", f"'{name}' is taken", (*path, "name"))
        names[name] = number
        yield from _wrong_unit(document, path, entry)
        yield from _bad_query(document, (*path, "sql"), entry["sql"])


def _wrong_unit(
    document: Document, path: tuple[str | int, ...], entry: Mapping[str, Any]
) -> Iterator[Problem]:
    stated, named = entry.get("unit"), unit_of(entry["name"])
    if stated is not None and stated != named:
        message = f"the name states the unit '{named}'" if named else "the name states no unit"
        hint = f"name it …_{stated}, and give the scale that leads there" if stated else ""
        yield document.problem("wrong-unit", message, (*path, "unit"), hint=hint)


def _bad_query(document: Document, path: tuple[str | int, ...], sql: str) -> Iterator[Problem]:
    fault = fault_of(sql)
    if fault:
        hint = f"one SELECT; parameters: {', '.join(f':{name}' for name in PARAMETERS)}"
        yield document.problem("bad-query", fault, path, hint=hint)
