"""The PromQL in Grafana's JSON, and the variables in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.typecheck import Finding

# Stands for a variable whose value only the board's reader knows.
_VALUE = "__variable__"

_RANGE = re.compile(r"\[\s*\$\{?\w+\}?(\s*:\s*(\$\{?\w+\}?|\w*))?\s*\]")
_DURATION = re.compile(r"\$\{?(__rate_interval|__interval|__range|window)\}?")
_NUMBER = re.compile(r"\$\{?__(interval_ms|range_s|range_ms|from|to)(:\w+)?\}?")
_VARIABLE = re.compile(r"\$\{\w+(:[^}]*)?\}|\[\[\w+\]\]|\$\w+")
_LABEL_VALUES = re.compile(r"label_values\(\s*(?P<query>.+?)\s*,\s*(?P<label>\w+)\s*\)")
_QUERY_RESULT = re.compile(r"query_result\((?P<query>.+)\)")


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a board, and the words that say where in it."""

    panel: str
    text: str


def queries(board: Mapping[str, Any]) -> Iterator[Query]:
    """Yield every PromQL query of a board: panels, rows' panels, variables, annotations.

    Parts of an odd shape are passed over: Grafana writes more than its documentation tells.
    """
    for panel in _panels(board.get("panels")):
        title = panel.get("title") or f"panel {panel.get('id', '?')}"
        for target in _mappings(panel.get("targets")):
            if isinstance(target.get("expr"), str) and target["expr"]:
                yield Query(f"panel '{title}'", target["expr"])
    yield from _of_variables(_listed(board.get("templating")))
    for annotation in _listed(board.get("annotations")):
        if isinstance(annotation.get("expr"), str) and annotation["expr"]:
            yield Query(f"annotation '{annotation.get('name', '?')}'", annotation["expr"])


def _mappings(items: Any) -> Iterator[Mapping[str, Any]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            yield item


def _listed(part: Any) -> Iterator[Mapping[str, Any]]:
    return _mappings(part.get("list") if isinstance(part, Mapping) else None)


def _panels(panels: Any) -> Iterator[Mapping[str, Any]]:
    for panel in _mappings(panels):
        yield panel
        yield from _panels(panel.get("panels"))


def _of_variables(variables: Iterable[Mapping[str, Any]]) -> Iterator[Query]:
    for variable in variables:
        if variable.get("type") != "query":
            continue
        query = variable.get("query")
        text = query.get("query") if isinstance(query, Mapping) else query
        found = _promql_of(text) if isinstance(text, str) else ""
        if found:
            yield Query(f"variable '{variable.get('name', '?')}'", found)


def _promql_of(text: str) -> str:
    """Return the PromQL in a variable's query; label_values counts the series by the label."""
    values = _LABEL_VALUES.fullmatch(text.strip())
    if values:
        return f"count by ({values['label']}) ({values['query']})"
    result = _QUERY_RESULT.fullmatch(text.strip())
    return result["query"] if result else ""


def resolved(text: str) -> str:
    """Return a query with stand-ins for its variables, so that it parses as PromQL."""
    text = _RANGE.sub(lambda m: "[5m:1m]" if m[1] else "[5m]", text)
    text = _NUMBER.sub("300", text)
    text = _DURATION.sub("5m", text)
    return _VARIABLE.sub(_VALUE, text)


def is_variable(finding: Finding) -> bool:
    """Tell whether a finding is about a variable's stand-in rather than about the query."""
    return _VALUE in finding.message
