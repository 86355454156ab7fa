"""Plain Prometheus rule files, PrometheusRule manifests and lists of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sothat.model.duration import parse_duration
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import Document, parse_documents, read_text
from sothat.runtime.schema import validate

# Prometheus takes each scalar for the text that it is written as.
_TEXTS: Mapping[str, Any] = {
    "type": ["object", "null"],
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
_NAME: Mapping[str, Any] = {"type": ["string", "number", "boolean"], "minLength": 1}
_RULE: Mapping[str, Any] = {
    "type": "object",
    "required": ["expr"],
    "anyOf": [{"required": ["alert"]}, {"required": ["record"]}],
    "additionalProperties": False,
    "properties": {
        "alert": _NAME,
        "record": _NAME,
        # A lone number is a valid expression, and YAML reads it as one.
        "expr": {"type": ["string", "number"]},
        "for": {},
        "keep_firing_for": {},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        # VictoriaMetrics' own.
        "debug": {},
        "update_entries_limit": {},
    },
}
_GROUPS: Mapping[str, Any] = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "rules": {"type": ["array", "null"], "items": _RULE},
        },
    },
}

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ForeignRule:
    """One rule of a file, and where its parts stand.

    Attributes:
        name: The alert's or the record's.
        alert: Whether it is an alert.
    """

    name: str
    alert: bool
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    document: Document
    path: Path_

    def position(self, *parts: str | int) -> Position:
        """Return where a part of the rule stands."""
        return self.document.position([*self.path, *parts])


def read_rules(path: Path) -> tuple[list[ForeignRule], list[Problem]]:
    """Return the rules of a file, and the problems of those whose shape is wrong.

    Raises:
        Unusable: The file cannot be read, is not YAML or holds no rules.
    """
    documents = parse_documents(read_text(path), str(path))
    rules: list[ForeignRule] = []
    problems: list[Problem] = []
    for document in documents:
        for where in _groups(document.data, ()):
            found = [*_shape_problems(document, where), *_misfits(document, where)]
            problems += found
            rules += _sound_rules(document, where, found)
    if not rules and not problems:
        _refuse_without_groups(path, documents)
    return rules, problems


def _refuse_without_groups(path: Path, documents: Sequence[Document]) -> None:
    # Generators write `null` or `{}` where they have no rules, and Prometheus loads it.
    empty = documents and all(document.data in (None, {}) for document in documents)
    if empty or any(True for document in documents for _ in _groups(document.data, ())):
        return
    hint = "expected 'groups:' (a rule file) or 'kind: PrometheusRule'"
    position = Position(str(path), 1, 1)
    raise Unusable([Problem("not-a-rule-file", "there are no rules in it", position, hint)])


def _groups(data: Any, path: Path_) -> Iterator[Path_]:
    """Yield the paths of all lists of groups below a document's root."""
    if not isinstance(data, Mapping):
        return
    if "groups" in data:
        yield (*path, "groups")
    elif isinstance(data.get("spec"), Mapping) and "groups" in data["spec"]:
        yield (*path, "spec", "groups")
    elif isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from _groups(item, (*path, "items", index))


def _shape_problems(document: Document, where: Path_) -> list[Problem]:
    schema: dict[str, Any] = dict(_GROUPS)
    for part in reversed(where):
        if isinstance(part, int):
            schema = {"prefixItems": [{}] * part + [schema]}
        else:
            schema = {"properties": {part: schema}}
    return validate(document, schema)


def _misfits(document: Document, where: Path_) -> Iterator[Problem]:
    """Yield what Prometheus refuses and a schema cannot say in words: times, two rules in one."""
    for path, group in _mappings(document, where):
        yield from _bad_times(document, path, group, ("interval", "query_offset"))
        for rule_path, rule in _mappings(document, (*path, "rules")):
            yield from _bad_times(document, rule_path, rule, ("for", "keep_firing_for"))
            if "alert" in rule and "record" in rule:
                message = "a rule is an alert or a recording rule, not both"
                yield document.problem("bad-value", message, [*rule_path, "record"], key=True)


def _mappings(document: Document, path: Path_) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    found: Any = document.data
    for part in path:
        found = found[part] if not isinstance(found, Mapping) or part in found else None
    for number, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, Mapping):
            yield (*path, number), item


def _bad_times(
    document: Document, path: Path_, data: Mapping[str, Any], names: Sequence[str]
) -> Iterator[Problem]:
    for name in names:
        if data.get(name) is None:
            continue
        try:
            parse_duration(str(data[name]))
        except ValueError as error:
            yield document.problem("bad-duration", f"'{name}': {error}", [*path, name])


def _sound_rules(
    document: Document, where: Path_, problems: Sequence[Problem]
) -> Iterator[ForeignRule]:
    broken = {problem.position for problem in problems}
    groups: Any = document.data
    for part in where:
        groups = groups[part]
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        rules = group.get("rules") if isinstance(group, Mapping) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            path = (*where, number, "rules", index)
            if _is_sound(rule) and document.position(path) not in broken:
                yield _rule(document, path, rule)


def _is_sound(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("expr"), (str, int, float)):
        return False
    texts = (rule.get("labels") or {}, rule.get("annotations") or {})
    named = bool(_text(rule.get("alert", rule.get("record"))))
    plain = all(isinstance(part, Mapping) for part in texts)
    values = [value for part in texts for value in part.values()] if plain else []
    return named and plain and not any(isinstance(value, (Mapping, list)) for value in values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(data: Mapping[str, Any] | None) -> Mapping[str, str]:
    return MappingProxyType({name: _text(value) for name, value in (data or {}).items()})


def _rule(document: Document, path: Path_, rule: Mapping[str, Any]) -> ForeignRule:
    return ForeignRule(
        name=_text(rule.get("alert", rule.get("record"))),
        alert="alert" in rule,
        expr=str(rule["expr"]),
        labels=_texts(rule.get("labels")),
        annotations=_texts(rule.get("annotations")),
        document=document,
        path=path,
    )
