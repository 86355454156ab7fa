"""The OpenAPI document of the JSON API, made from its operations. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from sothat.incidents.web.models import LARGEST_ID, Problem
from sothat.incidents.web.operations import PREFIX, Operation
from sothat.incidents.web.problems import MEDIA_TYPE

Node = dict[str, Any]
_REF = "#/components/schemas/{name}"
# Longest headers of a command, in characters.
LONGEST_KEY = 200
LONGEST_CONDITION = 1000
_PLACE = re.compile(r"\{(\w+)\}")
_TAG = {"description": "Version of the incident", "schema": {"type": "string"}}
_IF_MATCH: Node = {
    "name": "If-Match",
    "in": "header",
    "description": "Do it only if the incident is still as it was with one of these tags",
    "schema": {"type": "string", "maxLength": LONGEST_CONDITION},
}
_KEY: Node = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Your own name of this request: sent again with it, it is done once only",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_KEY}}}$"},
}


def document(operations: Sequence[Operation], version: str, *, anonymous: bool) -> Node:
    """Return the document.

    Args:
        operations: What there is.
        version: Of this program.
        anonymous: Whether a token may be left out.
    """
    schemas = _schemas(operations)
    paths: Node = {}
    for operation in operations:
        entry = paths.setdefault(PREFIX + operation.path, {})
        entry[operation.method.lower()] = _operation(operation, schemas)
    used = {kind.__name__ for kind in _types(operations, queries=False)}
    queries = {op.query.__name__ for op in operations} - used
    shown = {name: node for name, node in schemas.items() if name not in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sothat incidents",
            "version": version,
            "description": "Incidents, their alerts and timelines, and the commands of people.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, *([{}] if anonymous else [])],
        "paths": paths,
        "components": {
            "schemas": shown,
            "responses": dict(_problems(operations)),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _types(operations: Iterable[Operation], *, queries: bool) -> list[type[Any]]:
    kinds: list[type[Any]] = [Problem]
    for one in operations:
        wanted = (one.answer, one.body, one.query if queries else None)
        kinds += [kind for kind in wanted if kind is not None]
    return list(dict.fromkeys(kinds))


def _schemas(operations: Iterable[Operation]) -> Node:
    kinds = _types(operations, queries=True)
    return msgspec.json.schema_components(kinds, ref_template=_REF)[1]


def _ref(kind: type[Any]) -> Node:
    return {"$ref": _REF.format(name=kind.__name__)}


def _operation(operation: Operation, schemas: Mapping[str, Any]) -> Node:
    node: Node = {
        "operationId": operation.name,
        "summary": f"{operation.summary}.",
        "description": f"For the role {operation.role} and those above it.",
        "parameters": [*_places(operation), *_query(operation, schemas), *_headers(operation)],
        "responses": {str(operation.status): _good(operation), **_bad(operation)},
        "x-sothat-scoped": operation.scoped,
    }
    if operation.body:
        content = {"application/json": {"schema": _ref(operation.body)}}
        node["requestBody"] = {"required": True, "content": content}
    return node


def _good(operation: Operation) -> Node:
    good: Node = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer:
        good["content"] = {"application/json": {"schema": _ref(operation.answer)}}
    if operation.media:
        # In OpenAPI 3.1 bytes have no schema: their type says it all.
        good["content"] = {kind: {} for kind in operation.media}
    if operation.tagged:
        good["headers"] = {"ETag": _TAG}
    return good


def _bad(operation: Operation) -> Node:
    return {
        str(status): {"$ref": f"#/components/responses/{_name(status)}"}
        for status in operation.problems
    }


def _problems(operations: Iterable[Operation]) -> Iterable[tuple[str, Node]]:
    for status in sorted({code for one in operations for code in one.problems}):
        content = {MEDIA_TYPE: {"schema": _ref(Problem)}}
        yield _name(status), {"description": HTTPStatus(status).phrase, "content": content}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")


def _places(operation: Operation) -> Iterable[Node]:
    for name in _PLACE.findall(operation.path):
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        schema = number if name == "id" else {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(operation: Operation, schemas: Mapping[str, Any]) -> Iterable[Node]:
    known = schemas[operation.query.__name__]
    for name, schema in known["properties"].items():
        given = {key: value for key, value in schema.items() if key != "description"}
        parameter: Node = {"name": name, "in": "query", "schema": _present(given)}
        if "description" in schema:
            parameter["description"] = schema["description"]
        yield {**parameter, "required": name in known["required"]}


def _present(schema: Node) -> Node:
    """Return the schema of a parameter that is given: one that is not there has no value at all."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return dict(kinds[0])
    if None in schema.get("enum", ()):
        return {**schema, "enum": [value for value in schema["enum"] if value is not None]}
    return {key: value for key, value in schema.items() if (key, value) != ("default", None)}


def _headers(operation: Operation) -> Iterable[Node]:
    if operation.idempotent_by_key:
        yield _KEY
    if operation.tagged and operation.method != "GET":
        yield _IF_MATCH
