"""Plain rules as drafts of catalogue entries, whose DO and SO THAT a person must write."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import promql_parser as pp
from sothat.generator.foreign.rules import ForeignRule
from sothat.generator.promql import parse
from sothat.generator.thresholds import format_number
from sothat.generator.typecheck.source import tokens
from sothat.generator.yaml_text import to_yaml

_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_HEADER = """\
yaml-language-server: $schema=schemas/alerts.json

Drafted from {sources}. What a machine cannot know is left out, so `sothat check` refuses each
entry until a person has written it:
  do       who acts, how urgently, and step by step
  so_that  who can go on doing what, and the KPI that shows it
  examples when it fires and when it stays quiet
The owner must be a team of the policy."""
_RECORDINGS_HEADER = (
    "Drafted from {sources}. Names are kept; say what each means, its unit and labels."
)


def draft_alerts(rules: Iterable[ForeignRule], domain: str, owner: str, sources: str) -> str:
    """Return a catalogue document with a draft for each alert among the rules."""
    alerts = [_alert(rule) for rule in _first_of_each(r for r in rules if r.alert)]
    head = {
        "apiVersion": "sothat/v1",
        "kind": "Alerts",
        "domain": domain,
        "owner": owner,
        "alerts": alerts,
    }
    return to_yaml(head, _HEADER.format(sources=sources))


def draft_recordings(rules: Iterable[ForeignRule], sources: str) -> str:
    """Return a catalogue document with a draft for each recording rule among the rules."""
    recordings = [
        {"record": rule.name, "help": "", "labels": [], "expr": rule.expr.strip()}
        for rule in rules
        if not rule.alert
    ]
    head = {"apiVersion": "sothat/v1", "kind": "Recordings", "recordings": recordings}
    return to_yaml(head, _RECORDINGS_HEADER.format(sources=sources))


def _first_of_each(rules: Iterable[ForeignRule]) -> list[ForeignRule]:
    """Return the rules under names of their own: a second severity of a name gets it appended."""
    named: dict[str, ForeignRule] = {}
    for rule in rules:
        name = _camel(rule.name)
        if name in named:
            name = _camel(f"{rule.name} {rule.labels.get('severity', '')}")
        number = 2
        unique = name
        while unique in named:
            unique, number = f"{name}{number}", number + 1
        named[unique] = rule
    return [replace(rule, name=name) for name, rule in named.items()]


def _camel(name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Alert{joined}"


def _alert(rule: ForeignRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "kind": "threshold",
        "summary": _headline(rule),
        "description": _description(rule.annotations) or rule.name,
        "if": _condition(rule),
    }


def _description(annotations: Mapping[str, str]) -> str:
    return (annotations.get("description") or annotations.get("message") or "").strip()


def _headline(rule: ForeignRule) -> str:
    """Return a static headline: the summary, or the name in words where that is a template."""
    summary = rule.annotations.get("summary", "").strip()
    if summary and "{{" not in summary:
        return " ".join(summary.split())
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", rule.name)
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return f"{text[:1].upper()}{text[1:]}" or rule.name


def _condition(rule: ForeignRule) -> dict[str, Any]:
    raw = rule.document.data
    for part in rule.path:
        raw = raw[part]
    query, threshold = _split(rule.expr.strip())
    condition: dict[str, Any] = {"condition": f"{query} {threshold}".strip(), "query": query}
    if threshold:
        condition["threshold"] = threshold
    for key in ("for", "keep_firing_for"):
        if raw.get(key):
            condition[key] = str(raw[key])
    return condition


def _split(expr: str) -> tuple[str, str]:
    """Return the query and the threshold of an expression that ends in a comparison with a number.

    Parentheses around the whole are looked through; all else is a query without a threshold.
    """
    try:
        tree = parse(expr)
    except ValueError:
        return expr, ""
    while isinstance(tree, pp.ParenExpr):
        tree = tree.expr
        expr = _unwrapped(expr)
    if not isinstance(tree, pp.BinaryExpr) or str(tree.op) not in _COMPARISONS:
        return expr, ""
    plain = tree.modifier is None or not (tree.modifier.return_bool or tree.modifier.matching)
    number = _number(tree.rhs)
    if number is None or not math.isfinite(number) or not plain:
        return expr, ""
    query = _without_comparison(expr, str(tree.op))
    return (query, f"{tree.op} {format_number(number)}") if query else (expr, "")


def _number(node: Any) -> float | None:
    if isinstance(node, pp.NumberLiteral):
        return float(node.val)
    if isinstance(node, pp.UnaryExpr) and isinstance(node.expr, pp.NumberLiteral):
        return -float(node.expr.val)
    return None


def _unwrapped(expr: str) -> str:
    """Return what stands in the brackets around an expression; comments may stand outside."""
    places = [token.offset for token in tokens(expr)]
    return expr[places[0] + 1 : places[-1]].strip()


def _without_comparison(expr: str, operator: str) -> str:
    """Return the text before the last comparison outside all brackets."""
    depth, cut = 0, -1
    for token in tokens(expr):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token.text, 0)
        if depth == 0 and token.text == operator:
            cut = token.offset
    return expr[:cut].strip() if cut > 0 else ""


def names(rules: Sequence[ForeignRule]) -> str:
    """Return the files that rules come from, for the header."""
    return ", ".join(sorted({rule.document.file.rsplit("/", 1)[-1] for rule in rules}))
