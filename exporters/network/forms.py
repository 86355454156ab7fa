"""The form of what probes over HTTP are told; light, for who only wants to know it."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.network.expressions import EXPRESSION_SCHEMA
from sothat.exporters.network.line import IP_SCHEMA
from sothat.exporters.network.tls import TLS_SCHEMA

DEFAULT_REDIRECTS = 10
DEFAULT_BODY = 4 * 1024 * 1024
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
METHOD_SCHEMA = {"enum": sorted(_METHODS), "default": "GET"}
HEADERS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"},
    "additionalProperties": {"type": "string", "pattern": "^[^\\r\\n\\x00]*$"},
}

LIMITS_SCHEMA: Mapping[str, Any] = {
    "ip": IP_SCHEMA,
    "redirects": {"type": "integer", "minimum": 0, "maximum": 50, "default": DEFAULT_REDIRECTS},
    "max_body": {"type": "integer", "minimum": 0, "maximum": 1 << 28, "default": DEFAULT_BODY},
    "tls": TLS_SCHEMA,
}

PATH_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 1000}
_HEADERS = {"type": "object", "minProperties": 1, "additionalProperties": EXPRESSION_SCHEMA}

EXPECT_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "What the answer must be like.",
    "properties": {
        "status": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": "^[1-5]([0-9][0-9]|xx)$"},
        },
        "matches": EXPRESSION_SCHEMA,
        "not_matches": EXPRESSION_SCHEMA,
        "headers": _HEADERS,
        "json": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path"],
                "properties": {"path": PATH_SCHEMA, "equals": {}, "matches": EXPRESSION_SCHEMA},
            },
        },
    },
}

_NAME = {"type": "string", "minLength": 1}

EXTRACT_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_-]*$"},
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "json": PATH_SCHEMA,
            "regex": EXPRESSION_SCHEMA,
            "header": _NAME,
            "cookie": _NAME,
        },
    },
}

# The ways to give a request a body.
BODIES = ("form", "json", "body")
