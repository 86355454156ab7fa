"""Requests for every operation of an OpenAPI document, made from its schemas."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_PLACE = re.compile(r"\{(\w+)\}")
_MOST = 60


@dataclass(frozen=True)
class Words:
    """What stands where a schema leaves it open.

    Attributes:
        text: For texts.
        numbers: For numbers, and for ``{id}`` of paths.
        places: For other names of paths, by their name.
        queries: For parameters, by their name.
    """

    text: str
    numbers: Sequence[int]
    places: Mapping[str, Sequence[str]] = field(default_factory=dict)
    queries: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    name: str
    method: str
    path: str
    node: Mapping[str, Any]
    schemas: Mapping[str, Any]

    @property
    def about(self) -> str | None:
        """Return what the operation says of how it is kept within a scope."""
        found: str | None = self.node.get("x-sothat-scoped")
        return found

    def requests(self, words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield paths with what goes along with them."""
        bodies = list(self._bodies(words))
        queries = [{}, *self._queries(words)]
        for path in self.paths(words):
            for body, query in list(product(bodies, queries))[:_MOST]:
                yield path, {"params": query, **({"json": body} if body is not None else {})}

    def paths(self, words: Words) -> Iterator[str]:
        """Yield the path with every word that fits."""
        names = _PLACE.findall(self.path)
        choices = [self._choices(name, words) for name in names]
        for chosen in product(*choices):
            given = dict(zip(names, chosen, strict=True))
            yield _PLACE.sub(lambda match, given=given: str(given[match[1]]), self.path)

    def _choices(self, name: str, words: Words) -> Sequence[Any]:
        kinds = {p["name"]: p["schema"].get("type") for p in self.node["parameters"]}
        if kinds.get(name) == "integer":
            return words.numbers
        return words.places.get(name, ("nobody",))

    def _queries(self, words: Words) -> Iterator[dict[str, str]]:
        for parameter in self.node["parameters"]:
            if parameter["in"] == "query":
                for value in self._values(parameter["name"], parameter["schema"], words):
                    yield {parameter["name"]: value}

    def _values(self, name: str, schema: Mapping[str, Any], words: Words) -> Sequence[str]:
        if name in words.queries:
            return words.queries[name]
        if schema.get("type") == "integer" and name != "limit":
            return [str(number) for number in words.numbers]
        return ()

    def _bodies(self, words: Words) -> Iterator[Any]:
        body = self.node.get("requestBody")
        if body is None:
            yield None
            return
        schema = body["content"]["application/json"]["schema"]
        made = [self._made(schema, words, number) for number in words.numbers]
        # What may be left out is given, too: another's number may stand there.
        made.append(self._made(schema, words, words.numbers[0], whole=True))
        yield from {repr(one): one for one in made}.values()

    def _made(  # noqa: PLR0911 – one a kind
        self, schema: Mapping[str, Any], words: Words, number: int, *, whole: bool = False
    ) -> Any:
        def inner(part: Mapping[str, Any]) -> Any:
            return self._made(part, words, number, whole=whole)

        if "$ref" in schema:
            return inner(self.schemas[schema["$ref"].rpartition("/")[2]])
        for name in ("anyOf", "oneOf", "allOf"):
            if name in schema:
                kinds = [kind for kind in schema[name] if kind != {"type": "null"}]
                return inner(kinds[0])
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                parts = schema.get("properties", {})
                wanted = {k: v for k, v in parts.items() if whole or not _is_nullable(v)}
                return {k: inner(v) for k, v in wanted.items()}
            case "array":
                return [inner(schema.get("items", {}))]
            case "integer" | "number":
                return number
            case "boolean":
                return True
            case _:
                return _text(schema, words.text)


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())


def _text(schema: Mapping[str, Any], word: str) -> str:
    if schema.get("format") == "date-time":
        return "2030-01-01T00:00:00Z"
    if schema.get("format") == "date":
        return "2030-01-01"
    return word[: schema.get("maxLength", 1000)]


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI document, those that read before those that write."""
    schemas = document["components"]["schemas"]
    found = [
        Operation(node["operationId"], method.upper(), path, node, schemas)
        for path, methods in document["paths"].items()
        for method, node in methods.items()
    ]
    return sorted(found, key=lambda one: (one.method != "GET", one.method == "DELETE"))
