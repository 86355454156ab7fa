"""The page of the incident service's API: every operation and type, from its OpenAPI document."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from sothat.incidents import web
from sothat.incidents.web.openapi import document
from sothat.incidents.web.operations import Operation

from .table import cell, code, table

Node = Mapping[str, Any]
_INTRODUCTION = """# API of the incident service

Every operation, from the OpenAPI 3.1 document that a running service serves at
`/api/v1/openapi.json`. How it is used – tokens, lists, commands, errors –:
[the service's faces](../incident-api.md). What a scope is: [who sees what](../access.md#scopes).
Written by `python -m tests.house.reference`.

Errors are `application/problem+json` ([Problem](#problem)).

## Operations
"""
_SCOPES = {
    "incident": "the incident must be within the caller's scope",
    "narrowed": "only what is within the caller's scope",
    "open": "the same for everybody",
    "whole": "not there for whoever is limited",
}


def page() -> str:
    """Return the page."""
    described = document(operations(), "", anonymous=False)
    schemas = described["components"]["schemas"]
    return "\n".join(
        [
            _INTRODUCTION,
            *(part for path, entry in described["paths"].items() for part in _path(path, entry)),
            "## Types\n",
            *(part for name in sorted(schemas) for part in _type(name, schemas[name])),
        ]
    )


def operations() -> tuple[Operation, ...]:
    """Return every operation that a module of the service's web declares."""
    found: dict[str, Operation] = {}
    for info in pkgutil.iter_modules(web.__path__, f"{web.__name__}."):
        for value in vars(import_module(info.name)).values():
            if isinstance(value, tuple) and all(isinstance(one, Operation) for one in value):
                found |= {one.name: one for one in value}
    return tuple(sorted(found.values(), key=lambda one: (one.path, one.method)))


def _path(path: str, entry: Node) -> Iterator[str]:
    for method, operation in entry.items():
        yield f"### {method.upper()} {path}\n"
        yield f"{operation['summary']} {operation['description']}"
        yield f"Scope: {_SCOPES[str(operation['x-sothat-scoped'])]}.\n"
        yield from _parameters(operation["parameters"])
        yield f"{_body(operation)}Answers: {', '.join(_answers(operation['responses']))}.\n"


def _parameters(given: list[Node]) -> Iterator[str]:
    own = [one for one in given if "schema" in one]
    if own:
        yield table(("parameter", "in", "value", "meaning"), [_parameter(one) for one in own])


def _parameter(one: Node) -> tuple[str, ...]:
    place = one["in"] + (", required" if one.get("required") else "")
    return code(one["name"]), place, _value(one["schema"]), cell(one.get("description", ""))


def _body(operation: Node) -> str:
    if "requestBody" not in operation:
        return ""
    return f"Body: {_value(operation['requestBody']['content']['application/json']['schema'])}. "


def _answers(responses: Node) -> Iterator[str]:
    for status, answer in responses.items():
        shapes = [_value(one.get("schema", {})) or code(kind) for kind, one in _content(answer)]
        yield f"{status} {' or '.join(shapes)}".strip()


def _content(answer: Node) -> Iterator[tuple[str, Node]]:
    yield from answer.get("content", {}).items()


def _type(name: str, schema: Node) -> Iterator[str]:
    yield f"### {name}\n"
    if schema.get("description"):
        yield f"{cell(schema['description'])}\n"
    if "properties" not in schema:
        yield f"{_value(schema)}\n"
    required = schema.get("required", ())
    keys = schema.get("properties", {})
    rows = [_key(name, keys[name], required=name in required) for name in keys]
    if rows:
        yield table(("key", "value", "required", "meaning"), rows)


def _key(name: str, part: Node, *, required: bool) -> tuple[str, ...]:
    meaning = cell(part.get("description", ""))
    return code(name), _value(part), "yes" if required else "", meaning


def _value(schema: Node) -> str:
    """Return in words what a value may be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_value(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(code(str(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_value(schema.get('items', {})) or 'anything'}"
    return " ".join((str(schema.get("type", "")), str(schema.get("format", "")))).strip()
