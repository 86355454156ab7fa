"""From an outline file to an outline; every problem of the file at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sothat.model.problem import Unusable
from sothat.reports.outline import Asked, Better, Brand, Outline, Section, Unit
from sothat.runtime.documents import load_document
from sothat.runtime.schema import validate

SHIPPED = Path(__file__).with_name("monthly.yaml")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 2000}
_ASKED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "query", "unit"],
    "properties": {
        "name": _TEXT,
        "query": _TEXT,
        "unit": {"enum": [unit.value for unit in Unit]},
        "better": {"enum": [way.value for way in Better]},
        "target": {"type": "number"},
        "advice": _TEXT,
        "labels": {"type": "array", "items": _TEXT, "maxItems": 8},
        "at": {"enum": ["end", "now"]},
        "against": _TEXT,
    },
}
_LIST = {"type": "array", "maxItems": 100, "items": _ASKED}
_SECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "lead"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
        "title": _TEXT,
        "lead": _TEXT,
        "figures": _LIST,
        "trends": _LIST,
        "tables": _LIST,
        "incidents": {"type": "boolean"},
    },
}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The outline of a report",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "title", "recorded", "sections"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "ReportOutline"},
        "title": _TEXT,
        "recorded": _TEXT,
        "sample": _TEXT,
        "brand": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "name": _TEXT,
                "colour": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
                "footer": _TEXT,
            },
        },
        "sections": {"type": "array", "minItems": 1, "maxItems": 50, "items": _SECTION},
    },
}


def load_outline(path: Path = SHIPPED) -> Outline:
    """Read an outline file; by default the one that comes with sothat.

    Raises:
        Unusable: It cannot be read or used; all problems are named.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA)
    if problems:
        raise Unusable(problems)
    data = document.data
    return Outline(
        title=data["title"],
        sections=tuple(map(_section, data["sections"])),
        recorded=data["recorded"],
        brand=Brand(**data.get("brand", {})),
        sample=data.get("sample", ""),
    )


def _section(node: Mapping[str, Any]) -> Section:
    def listed(key: str) -> tuple[Asked, ...]:
        return tuple(map(_asked, node.get(key, ())))

    return Section(
        id=node["id"],
        title=node["title"],
        lead=node["lead"],
        figures=listed("figures"),
        trends=listed("trends"),
        tables=listed("tables"),
        incidents=node.get("incidents", False),
    )


def _asked(node: Mapping[str, Any]) -> Asked:
    changed = {
        "unit": Unit(node["unit"]),
        "better": Better(node.get("better", Better.HIGHER)),
        "labels": tuple(node.get("labels", ())),
    }
    return Asked(**{**node, **changed})
