"""The page of all settings: every key that a document of ours may have, from its JSON Schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sothat.runtime.secrets import SECRET_SCHEMA

from ..schemas import Schema, kinds  # noqa: TID252 – tests of one tree
from .table import cell, code, table

# What each kind is for, and the page that leads through it.
ABOUT: Mapping[str, tuple[str, str]] = {
    "Alerts": ("Alerts of the catalogue", "catalogue.md#alerts"),
    "Building": ("The simulated building of `sothat building`", "building.md#description"),
    "Communication": ("What is said of an incident to whom", "../communication.md#the-file"),
    "Contract": ("Which metrics a source exposes", "contracts.md#the-document"),
    "Defaults": ("What entries of a catalogue's folder inherit", "catalogue.md#defaults"),
    "Dependencies": ("What depends on what", "routing.md#what-depends-on-what"),
    "Deployment": ("The servers of `sothat plan` and `apply`", "../live.md#the-servers"),
    "Exporter": ("The exporter of `sothat export`", "exporter.md#the-configuration"),
    "FirmwareCampaigns": ("Firmware roll-outs", "../tuya.md#firmware-campaigns"),
    "Incidents": ("The incident service", "incidents.md#configuration"),
    "Inventory": ("Where devices are", "exporter.md#type-tuya"),
    "KPIs": ("Business figures", "exporter.md#type-business"),
    "MaintenancePlan": ("Planned work and routines", "../maintenance.md#the-plan"),
    "Message": ("Texts to send", "runbooks.md#texts-to-send-kind-message"),
    "Pack": ("A catalogue on top of another", "catalogue.md#kind-pack"),
    "People": ("Who can be reached, and how", "../on-call.md#people"),
    "Policy": ("Priorities, teams, channels, hours", "catalogue.md#policy"),
    "Proof": ("Why a mutant may survive", "catalogue.md#kind-proof"),
    "Recordings": ("Recording rules", "catalogue.md#recordings"),
    "ReportOutline": ("The monthly report", "../report.md#your-own"),
    "Runbook": ("Procedures", "runbooks.md#procedures-kind-runbook"),
    "SLOs": ("Service levels with burn-rate alerts", "catalogue.md#slos"),
    "Stack": ("What `sothat up` starts", "stack.md#the-configuration-kind-stack"),
    "Tables": ("Tables that a service or a file fills", "../business.md#tables-of-your-own"),
    "TuyaProducts": ("What data points mean", "../tuya.md#products-of-your-own"),
    "Values": ("What an environment changes", "catalogue.md#values"),
}
_NOTE = """`[]` is an entry of a list, `<name>` a name of your own. A secret is `{file: PATH}` or
`{env: NAME}`, never text. Every document begins with `apiVersion: sothat/v1` and its `kind`.
"""
_INTRODUCTION = f"""# Settings

Every key of every kind of document, from the JSON Schemas that the files are checked by, with all
types that come with sothat. Written by `python -m tests.house.reference`.

{_NOTE}"""
_HEAD = ("key", "value", "default", "meaning")
_ALWAYS = ("apiVersion", "kind")
_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
)
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    Attributes:
        path: Such as ``collectors[].interval``.
        required: Whether it must be there, if what holds it is.
        entry: The path of what has a type, where only entries of that type have the setting.
        of_type: That type, such as ``type: host``.
    """

    path: str
    value: str
    meaning: str
    default: str
    required: bool
    entry: str = ""
    of_type: str = ""


def pages() -> Mapping[str, str]:
    """Return the pages by their file's name: one of each kind, and one that lists them."""
    head = ("kind", "what it is", "explained")
    rows = [_entry(kind) for kind in kinds()]
    return {"settings": f"{_INTRODUCTION}\n{table(head, rows)}"} | {
        f"settings/{kind.lower()}": "\n".join(_page(kind)).rstrip() + "\n" for kind in kinds()
    }


def _entry(kind: str) -> tuple[str, ...]:
    about, place = ABOUT[kind]
    named = place.partition("#")[0].removeprefix("../").removesuffix(".md")
    return f"[{kind}](settings/{kind.lower()}.md)", about, f"[{named}]({place})"


def _page(kind: str) -> Iterator[str]:
    about, place = ABOUT[kind]
    up = f"../{place}"
    yield f"# Settings: kind: {kind}\n\n{about}. What they mean together: [explained]({up}).\n"
    yield f"{_NOTE}\nWritten by `python -m tests.house.reference`.\n"
    groups: dict[tuple[str, str], list[Key]] = {}
    for key in _told_once(keys_of(kinds()[kind])):
        groups.setdefault((key.entry, key.of_type), []).append(key)
    for (entry, of_type), keys in groups.items():
        if of_type:
            yield f"## `{entry}` of `{of_type}`\n"
        yield table(_HEAD, [_row(key) for key in keys])


def _told_once(keys: Iterable[Key]) -> Iterator[Key]:
    """Yield keys without those of a path that has been told of: branches repeat their type."""
    told = set()
    for key in keys:
        if (key.path, key.entry, key.of_type) not in told:
            told.add((key.path, key.entry, key.of_type))
            yield key


def _row(key: Key) -> tuple[str, ...]:
    default = "*required*" if key.required else code(key.default)
    path = key.path.removeprefix(f"{key.entry}.") if key.entry else key.path
    return code(path), cell(key.value), default, cell(key.meaning)


def keys_of(schema: Schema) -> Iterator[Key]:
    """Yield the settings of a document's schema, those that every document has left out."""
    for key in _Walk(schema).keys(schema, ""):
        if key.path not in _ALWAYS:
            yield key


class _Walk:
    """Goes down a schema; what it refers to is looked up once on each way."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def keys(self, node: Schema, path: str, seen: tuple[str, ...] = ()) -> Iterator[Key]:
        """Yield the settings within a mapping or list."""
        node, seen = self._resolved(node, seen)
        if _secret(node):
            return
        required = node.get("required", ())
        for name, part in node.get("properties", {}).items():
            yield from self._one(part, _below(path, name), seen, required=name in required)
        others = node.get("additionalProperties")
        if isinstance(others, Mapping):
            yield from self._one(others, _below(path, "<name>"), seen, required=False)
        if isinstance(node.get("items"), Mapping):
            yield from self.keys(node["items"], f"{path}[]", seen)
        for branch in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            yield from self.keys(branch, path, seen)
        yield from self._by_type(node, path, seen)

    def _one(self, part: Any, path: str, seen: tuple[str, ...], *, required: bool) -> Iterator[Key]:
        if not isinstance(part, Mapping):
            return
        node, deeper = self._resolved(part, seen)
        if node is _AGAIN:
            return
        if path.rpartition(".")[2] != "<name>" or not _holds(node):
            default = _shown(node.get("default"))
            yield Key(path, *self._words(node, deeper), default=default, required=required)
        yield from self.keys(node, path, deeper)

    def _by_type(self, node: Schema, path: str, seen: tuple[str, ...]) -> Iterator[Key]:
        """Yield what entries have by their ``type``; what all types have is of none."""
        found: dict[str, list[Key]] = {}
        for rule in node.get("allOf", ()):
            name = _type_of(rule)
            if name:
                found[name] = list(self.keys(rule["then"], path, seen))
        everywhere = set.intersection(*map(set, found.values())) if len(found) > 1 else set()
        for name, keys in found.items():
            for key in keys:
                if key.path.rpartition(".")[2] != "type" or key.value:
                    own = key in everywhere or key.of_type
                    yield key if own else replace(key, entry=path, of_type=name)

    def _resolved(self, node: Schema, seen: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
        reference = node.get("$ref")
        if reference is None:
            return node, seen
        if reference in seen:
            return _AGAIN, seen
        found: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return {**found, **{k: v for k, v in node.items() if k != "$ref"}}, (*seen, reference)

    def _words(self, node: Schema, seen: tuple[str, ...]) -> tuple[str, str]:
        """Return value and meaning; a description that begins small is of the value."""
        text = " ".join(str(node.get("description", "")).split())
        value = self._value(node, seen)
        if text[:1].islower():
            return (text if value in ("", "text") else f"{value}: {text}"), ""
        return value, text

    def _value(self, node: Schema, seen: tuple[str, ...]) -> str:
        """Return in words what may stand there."""
        if _secret(node):
            return "a secret"
        branches = (*node.get("anyOf", ()), *node.get("oneOf", ()))
        if branches and "type" not in node:
            shown = (self._value(self._resolved(one, seen)[0], seen) for one in branches)
            return " or ".join(dict.fromkeys(text for text in shown if text))
        if "const" in node:
            return code(_shown(node["const"]))
        if "enum" in node:
            return ", ".join(code(_shown(value)) for value in node["enum"])
        return self._plain(node, seen)

    def _plain(self, node: Schema, seen: tuple[str, ...]) -> str:
        types = node.get("type", ())
        named = [types] if isinstance(types, str) else list(types)
        words = " or ".join(_WORDS[name] for name in named)
        items = node.get("items")
        if named == ["array"] and isinstance(items, Mapping):
            inner = self._value(self._resolved(items, seen)[0], seen)
            words = f"list of: {inner}" if inner and inner != "mapping" else "list"
        bounds = [text.format(_shown(node[key])) for key, text in _BOUNDS if key in node]
        return ", ".join([words, *bounds] if words else bounds)


_AGAIN: Schema = {}


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _secret(node: Schema) -> bool:
    return node.get("properties", {}).keys() == SECRET_SCHEMA["properties"].keys()


def _holds(node: Schema) -> bool:
    """Return whether a node is a mapping or list of known content."""
    return bool(node.get("properties") or node.get("items") or node.get("allOf"))


def _type_of(rule: Schema) -> str:
    """Return the type that a rule of a schema speaks of; empty: it is another kind of rule."""
    chosen = rule.get("if", {}).get("properties", {})
    for discriminator in ("type", "kind"):
        if "const" in chosen.get(discriminator, {}):
            return f"{discriminator}: {chosen[discriminator]['const']}"
    return ""


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
