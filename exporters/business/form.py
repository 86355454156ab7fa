"""The form of KPI files (``kind: KPIs``) and table files (``kind: Tables``), as JSON Schema."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.schema import DURATION_SCHEMA

DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "none": ""}
ACROSS = ("worst", "sum", "mean")
CHARTS = ("individuals", "none")
KINDS = ("text", "number", "time", "flag")

_WORD = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]*$",
    "description": "a name of lower-case letters, digits and _",
}
_TEXT = {"type": "string", "minLength": 1}


def _strict(required: list[str], **properties: Any) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


_KPI = _strict(
    ["name", "help", "direction"],
    name=_WORD,
    help=_TEXT,
    unit={"type": "string"},
    direction={"enum": list(DIRECTIONS)},
    target={"type": "number"},
    tolerance={
        **_strict([], lower={"type": "number"}, upper={"type": "number"}),
        "minProperties": 1,
    },
    owner=_TEXT,
    outcome=_TEXT,
    event={"type": "boolean", "default": False},
    labels={"type": "array", "items": _WORD, "uniqueItems": True, "default": []},
    value=_TEXT,
    scale={"type": "number", "default": 1},
    across={"enum": list(ACROSS), "default": "worst"},
    chart={"enum": list(CHARTS), "default": "individuals"},
    as_of=_TEXT,
    sql=_TEXT,
    promql=_TEXT,
)

KPIS: Mapping[str, Any] = _strict(
    ["apiVersion", "kind", "kpis"],
    apiVersion={"const": "sothat/v1"},
    kind={"const": "KPIs"},
    owner=_TEXT,
    outcome=_TEXT,
    sample_data=_TEXT,
    kpis={"type": "array", "minItems": 1, "items": _KPI},
)

_COLUMN = _strict(
    [],
    **{"from": _TEXT, "as": {"enum": list(KINDS), "default": "text"}},
    map={"type": "object", "additionalProperties": {"type": ["string", "number"]}},
    default={"type": ["string", "number"]},
    scale={"type": "number", "default": 1},
    after=_WORD,
)
_PAGING = {
    **_strict(
        [],
        next=_TEXT,
        token=_TEXT,
        parameter=_TEXT,
        page=_TEXT,
        offset=_TEXT,
        size={"type": "integer", "minimum": 1, "maximum": 10_000},
        end=_TEXT,
        link={"type": "boolean"},
    ),
    "minProperties": 1,
}
_HTTP = _strict(
    ["path"],
    path={"type": "string", "pattern": "^/", "description": "a path that begins with /"},
    query={"type": "object", "additionalProperties": {"type": ["string", "number"]}},
    rows={"type": "string", "minLength": 1, "default": "@"},
    paging=_PAGING,
)
_FILE = _strict(
    ["path"],
    path=_TEXT,
    sheet=_TEXT,
    delimiter={"type": "string", "minLength": 1, "maxLength": 1, "default": ","},
    encoding={"type": "string", "minLength": 1, "default": "utf-8"},
    decimal={"enum": [".", ","], "default": "."},
)
_TABLE = _strict(
    ["columns"],
    http=_HTTP,
    file=_FILE,
    columns={
        "type": "object",
        "minProperties": 1,
        "maxProperties": 100,
        "propertyNames": _WORD,
        "additionalProperties": {"anyOf": [_TEXT, _COLUMN]},
    },
    key=_WORD,
    keep=DURATION_SCHEMA,
    kept_by=_WORD,
    every=DURATION_SCHEMA,
)

TABLES: Mapping[str, Any] = _strict(
    ["apiVersion", "kind", "tables"],
    apiVersion={"const": "sothat/v1"},
    kind={"const": "Tables"},
    description=_TEXT,
    variables={"type": "object", "additionalProperties": {"type": ["string", "number"]}},
    tables={
        "type": "object",
        "minProperties": 1,
        "maxProperties": 50,
        "propertyNames": _WORD,
        "additionalProperties": _TABLE,
    },
    lacks={"type": "array", "items": _WORD},
    views={"type": "object", "propertyNames": _WORD, "additionalProperties": _TEXT},
)
