"""``kind: Communication``: from a file to a book; every problem of the file at once."""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.incidents.communication.book import (
    STATUS_PAGE,
    Audience,
    AudienceKind,
    Book,
    Effect,
    Kind,
    PublicSite,
    Service,
    Wording,
)
from sothat.incidents.communication.wording import PLACEHOLDERS
from sothat.incidents.times import seconds
from sothat.model.duration import parse_duration
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Priority
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate
from sothat.service_levels.zones import zone_named

_AFTER = "2m"
_DEFAULTS = Service("", "", "", ())
_NAME = {
    "type": "string",
    "pattern": "^[a-z0-9][a-z0-9-]{0,60}$",
    "description": "a name in lower-case-with-hyphens",
}
_KEY = {"type": "string", "minLength": 1, "maxLength": 200}
_LINE = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\r\n]+$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 10_000}
_PRIORITIES = {"type": "array", "uniqueItems": True, "items": {"enum": [*map(str, Priority)]}}
_NAMES = {"type": "array", "uniqueItems": True, "items": _KEY}
_VALUES = {"anyOf": [_KEY, {"type": "array", "minItems": 1, "items": _KEY}]}
_WHEN = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "additionalProperties": _VALUES,
}


def _object(required: tuple[str, ...], **properties: Any) -> Mapping[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def _map(names: Any, values: Any) -> Mapping[str, Any]:
    return {"type": "object", "propertyNames": names, "additionalProperties": values}


_SERVICE = _object(
    ("name", "so_that", "when"),
    name=_LINE,
    so_that=_LINE,
    when={"type": "array", "minItems": 1, "items": _WHEN},
    internal={"type": "boolean"},
    team=_KEY,
    effects=_map({"enum": [*map(str, Priority)]}, {"enum": [*map(str, Effect)]}),
)
_AUDIENCE = _object(
    ("kind",),
    kind={"enum": [*map(str, AudienceKind)]},
    channels=_NAMES,
    sites=_NAMES,
    services=_NAMES,
    automatic=_PRIORITIES,
)
_WORDING = _object(("subject", "text"), subject=_LINE, text=_TEXT)
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What is said to whom",
    **_object(
        ("apiVersion", "kind", "services"),
        apiVersion={"const": "sothat/v1"},
        kind={"const": "Communication"},
        signature=_LINE,
        time_zone=_LINE,
        after={"type": "string"},
        services=_map(_NAME, _SERVICE),
        sites=_map(_KEY, _object(("name",), name=_LINE, listed={"type": "boolean"})),
        audiences=_map(_NAME, _AUDIENCE),
        public_words=_NAMES,
        public_hosts=_NAMES,
        templates=_map(
            {"enum": [*map(str, AudienceKind)]}, _map({"enum": [*map(str, Kind)]}, _WORDING)
        ),
    ),
}


def load_book(path: Path) -> tuple[Book, Document]:
    """Read a file of ``kind: Communication``.

    Returns:
        The book, and the document, so that others can name places in it.

    Raises:
        Unusable: It cannot be read or used; all problems are named.
    """
    document = load_document(path)
    problems = validate(document, SCHEMA) or list(_problems(document))
    if problems:
        raise Unusable(problems)
    return _book(document.data), document


def _problems(document: Document) -> Iterator[Problem]:
    data = document.data
    try:
        zone_named(data.get("time_zone", "UTC"))
    except Unusable as error:
        first = error.problems[0]
        yield document.problem(first.code, first.message, ("time_zone",), hint=first.hint)
    try:
        parse_duration(data.get("after", _AFTER))
    except ValueError as error:
        yield document.problem("bad-duration", str(error), ("after",))
    for name, audience in data.get("audiences", {}).items():
        yield from _audience_problems(document, name, audience)
    for audience, kinds in data.get("templates", {}).items():
        for kind, wording in kinds.items():
            for part, text in wording.items():
                yield from _template_problems(document, ("templates", audience, kind, part), text)


def _audience_problems(
    document: Document, name: str, audience: Mapping[str, Any]
) -> Iterator[Problem]:
    path = ("audiences", name)
    for key in ("sites", "services"):
        known = tuple(document.data.get(key, {}))
        for number, one in enumerate(audience.get(key, ())):
            if one not in known:
                hint = did_you_mean(one, known, otherwise=f"add it to '{key}'")
                message = f"'{one}' is not among the {key}"
                yield document.problem(
                    "unknown-reference", message, (*path, key, number), hint=hint
                )
    public = audience["kind"] == AudienceKind.CUSTOMERS and not audience.get("channels")
    if name == STATUS_PAGE and not public:
        message = "the status page is an audience of customers, without channels"
        hint = "people subscribe to it; leave 'channels' out and say 'kind: customers'"
        yield document.problem("bad-value", message, path, key=True, hint=hint)


def _template_problems(document: Document, path: tuple[str, ...], text: str) -> Iterator[Problem]:
    hint = f"there are: {', '.join(PLACEHOLDERS)}; a brace of its own is written twice"
    try:
        found = list(string.Formatter().parse(text))
    except ValueError as error:
        yield document.problem("bad-wording", f"it is no template: {error}", path, hint=hint)
        return
    for _, name, form, conversion in found:
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            message = f"'{{{name}}}' is not known here"
            close = did_you_mean(name, PLACEHOLDERS, otherwise=hint)
            yield document.problem("bad-wording", message, path, hint=close)


def _book(data: Mapping[str, Any]) -> Book:
    audiences = {name: _audience(name, node) for name, node in data.get("audiences", {}).items()}
    audiences.setdefault(STATUS_PAGE, Audience(STATUS_PAGE, AudienceKind.CUSTOMERS))
    return Book(
        signature=data.get("signature", ""),
        zone=data.get("time_zone", "UTC"),
        services=MappingProxyType({k: _service(k, n) for k, n in data["services"].items()}),
        sites=MappingProxyType(
            {
                key: PublicSite(key, node["name"], node.get("listed", True))
                for key, node in data.get("sites", {}).items()
            }
        ),
        audiences=MappingProxyType(audiences),
        after=seconds(parse_duration(data.get("after", _AFTER))),
        public_words=tuple(data.get("public_words", ())),
        public_hosts=tuple(host.casefold() for host in data.get("public_hosts", ())),
        wordings=MappingProxyType(
            {
                (AudienceKind(audience), Kind(kind)): Wording(node["subject"], node["text"])
                for audience, kinds in data.get("templates", {}).items()
                for kind, node in kinds.items()
            }
        ),
    )


def _service(key: str, node: Mapping[str, Any]) -> Service:
    effects = {Priority(p): Effect(e) for p, e in node.get("effects", {}).items()}
    return Service(
        key=key,
        name=node["name"],
        so_that=node["so_that"].removesuffix("."),
        when=tuple(_label_set(one) for one in node["when"]),
        internal=node.get("internal", False),
        team=node.get("team", ""),
        effects=MappingProxyType({**_DEFAULTS.effects, **effects}),
    )


def _label_set(node: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType(
        {name: (v,) if isinstance(v, str) else tuple(v) for name, v in node.items()}
    )


def _audience(name: str, node: Mapping[str, Any]) -> Audience:
    return Audience(
        name=name,
        kind=AudienceKind(node["kind"]),
        channels=tuple(node.get("channels", ())),
        sites=tuple(node.get("sites", ())),
        services=tuple(node.get("services", ())),
        automatic=tuple(map(Priority, node.get("automatic", ()))),
    )
