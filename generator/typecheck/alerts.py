"""What is wrong with an expression as an alert, and with the texts that its alert sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as pp
from sothat.generator.promql import children, walk
from sothat.generator.typecheck.engine import Inference
from sothat.generator.typecheck.findings import Finding
from sothat.generator.typecheck.selectors import metric_name
from sothat.generator.typecheck.source import Locator
from sothat.generator.typecheck.templates import humanised, labels_read, misfit, reads_value
from sothat.generator.typecheck.types import Type
from sothat.generator.typecheck.world import World
from sothat.model.metric import Presence

# Always there for an alert, whatever its expression leaves.
_GIVEN_LABELS = frozenset(("alertname",))
_PICKING = ("topk", "bottomk", "limitk", "limit_ratio")


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A finding in one of an alert's texts: ``field`` names the label or annotation."""

    field: str
    finding: Finding


def alert_findings(text: str, inference: Inference, world: World) -> Iterator[Finding]:
    """Yield what is wrong with an expression as the condition of an alert."""
    if not _may_be_silent(inference, world):
        yield Finding(
            "missing-comparison",
            "the alert compares nothing: it fires as long as its series exist",
            0,
            "compare with a threshold, such as > 0.85 or == 0",
        )
    for node in walk(inference.tree):
        if _picks_some(node):
            yield _picking(text, str(node.op))
    for absence in _absences(inference.tree):
        yield from _unidentified(text, absence)


def text_findings(
    labels: Mapping[str, str], annotations: Mapping[str, str], value: Type
) -> Iterator[TextFinding]:
    """Yield what is wrong with the texts of an alert whose expression has a type.

    Args:
        labels: The rule's own labels; an annotation may read them.
        annotations: The rule's annotations.
        value: Type of the alert's expression.
    """
    for name, text in labels.items():
        yield from _lost_labels(name, text, value, frozenset())
        offset = reads_value(text)
        if offset is not None:
            message = f"the label {name} holds the value: each new value is a new alert"
            hint = "move the value into an annotation"
            yield TextFinding(name, Finding("value-in-label", message, offset, hint))
    for name, text in annotations.items():
        yield from _lost_labels(name, text, value, frozenset(labels))
        yield from _misfits(name, text, value)


def _may_be_silent(inference: Inference, world: World) -> bool:
    """Return whether the expression can be empty while its target is up."""
    if inference.type.filtered:
        return True
    names = [metric_name(selector) for selector in _selectors(inference.tree)]
    if None in names:
        return True
    return all(_on_event(world, name) for name in names if name)


def _selectors(tree: Any) -> Iterator[Any]:
    for node in walk(tree):
        if isinstance(node, pp.MatrixSelector):
            yield node.vector_selector
        elif isinstance(node, pp.VectorSelector):
            yield node


def _on_event(world: World, name: str) -> bool:
    series = world.series.get(name)
    if series is None:
        return name not in world.records
    return series.family.presence is Presence.EVENT or name.startswith("ALERTS")


def _picks_some(node: Any) -> bool:
    """Return whether a node picks some of many; one a group is a way to join."""
    if not isinstance(node, pp.AggregateExpr) or str(node.op) not in _PICKING:
        return False
    one = isinstance(node.param, pp.NumberLiteral) and float(node.param.val) == 1
    return not (one and node.modifier is not None)


def _picking(text: str, operator: str) -> Finding:
    offset = Locator(text).peek(operator, 0)
    message = f"{operator}() in an alert: its elements change, so the alert resolves and fires anew"
    return Finding("picking-in-alert", message, offset, "compare all elements with a threshold")


def _absences(node: Any) -> Iterator[pp.Call]:
    """Yield each call of absent(), but for ``0 * absent(…)``: a nought in place of no figure."""
    if isinstance(node, pp.BinaryExpr) and str(node.op) == "*" and _has_nought(node):
        return
    if isinstance(node, pp.Call) and node.func.name in ("absent", "absent_over_time"):
        yield node
    for child in children(node):
        yield from _absences(child)


def _has_nought(node: pp.BinaryExpr) -> bool:
    return any(isinstance(side, pp.NumberLiteral) and side.val == 0 for side in children(node))


def _unidentified(text: str, node: pp.Call) -> Iterator[Finding]:
    selector: Any = node.args[0]
    if isinstance(selector, pp.MatrixSelector):
        selector = selector.vector_selector
    if not isinstance(selector, pp.VectorSelector):
        return
    groups = [selector.matchers.matchers, *selector.matchers.or_matchers]
    matchers = [matcher for group in groups for matcher in group]
    if any(m.op == pp.MatchOp.Equal and m.name != "__name__" for m in matchers):
        return
    offset = Locator(text).peek(str(node.func.name), 0)
    message = f"{node.func.name}() without a label: the alert cannot say what is missing"
    hint = 'add the labels that identify it, such as {job="…"}'
    yield Finding("absent-without-labels", message, offset, hint)


def _lost_labels(
    field: str, text: str, value: Type, added: frozenset[str]
) -> Iterator[TextFinding]:
    for read in labels_read(text):
        if read.name in added | _GIVEN_LABELS or value.labels.can_have(read.name):
            continue
        message = f"{field} reads the label {read.name}, which the expression does not leave"
        left = ", ".join(sorted(value.labels.possible or ())) or "no label at all"
        finding = Finding("template-label-missing", message, read.offset, f"it leaves {left}")
        yield TextFinding(field, finding)


def _misfits(field: str, text: str, value: Type) -> Iterator[TextFinding]:
    for use in humanised(text):
        expected = misfit(use.function, value)
        if expected and value.unit:
            message = f"{use.function} expects {expected}, the value is in {value.unit.text}"
            hint = "use the function for this unit, or none"
            yield TextFinding(field, Finding("humanise-other-unit", message, use.offset, hint))
