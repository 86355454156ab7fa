"""The JSON Schema of ``kind: MaintenancePlan``."""

from collections.abc import Mapping
from typing import Any

_NAME = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"}
_LINE = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\r\n]+$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 4000}
_TIME = {"type": "string", "minLength": 10, "maxLength": 40}
_LABEL_VALUES = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
    ]
}
_AFFECTED = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "additionalProperties": _LABEL_VALUES,
}
_CHECK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": _LINE,
        "query": _TEXT,
        "is": {"type": "string", "pattern": r"^(==|!=|<=|>=|<|>) *-?[0-9]+(\.[0-9]+)?$"},
        "confirm": _LINE,
    },
    "oneOf": [{"required": ["query", "is"]}, {"required": ["confirm"]}],
}
_CHECKS = {"type": "array", "maxItems": 50, "items": _CHECK}
_WORK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "sort", "starts", "ends", "owner", "tell"],
    "properties": {
        "id": _NAME,
        "title": _LINE,
        "sort": {"enum": ["standard", "extended", "emergency"]},
        "window": _NAME,
        "starts": _TIME,
        "ends": _TIME,
        "owner": _NAME,
        "preventive": {"type": "boolean"},
        "affects": {"type": "array", "maxItems": 20, "items": _AFFECTED},
        "clients": {"type": "array", "uniqueItems": True, "items": _NAME},
        "tell": {
            "type": "object",
            "additionalProperties": False,
            "required": ["what", "impact"],
            "properties": {"what": _TEXT, "impact": _TEXT, "workaround": _TEXT},
        },
        "internal": _TEXT,
        "checks": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"before": _CHECKS, "after": _CHECKS},
        },
    },
}
_ROUTINE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "every", "owner", "since", "items"],
    "properties": {
        "name": _NAME,
        "every": {"enum": ["day", "week", "month"]},
        "owner": _NAME,
        "since": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "items": {"type": "array", "minItems": 1, "maxItems": 100, "items": _LINE},
    },
}
_FREEZE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["starts", "ends", "reason"],
    "properties": {"starts": _TIME, "ends": _TIME, "reason": _LINE},
}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A plan of maintenance",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "time_zone", "calendar"],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "MaintenancePlan"},
        "time_zone": _LINE,
        "calendar": _NAME,
        "works": {"type": "array", "maxItems": 5000, "items": _WORK},
        "freezes": {"type": "array", "maxItems": 500, "items": _FREEZE},
        "routines": {"type": "array", "maxItems": 500, "items": _ROUTINE},
    },
}
