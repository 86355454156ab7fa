"""Infers the types of a catalogue's expressions, recording rules first."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sothat.generator.draft import Expression
from sothat.generator.loading.rules import WINDOW, fill_window
from sothat.generator.promql import parse
from sothat.generator.typecheck import Type, infer
from sothat.generator.typecheck.world import World
from sothat.model.alert import Alert, Recording
from sothat.model.duration import format_duration
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Series


def recording_contract(recordings: Iterable[Recording]) -> Contract:
    """Return the recording rules as a contract, so that boards may select their series."""
    unique = {recording.record: recording for recording in recordings}
    families = (
        MetricFamily(r.record, MetricType.GAUGE, r.help, r.unit, tuple(map(Label, r.labels)))
        for r in unique.values()
    )
    return Contract("recording rules", tuple(families), target_labels=())


def type_recordings(
    recordings: Iterable[Recording], series: Mapping[str, Series], scrape_interval: float
) -> tuple[World, tuple[Expression, ...]]:
    """Return the world with the inferred types of the recording rules, and their expressions.

    A rule may use those before it; of one that comes later only the declared labels are known.
    """
    types: dict[str, Type] = {}
    world = World(series, scrape_interval=scrape_interval)
    expressions = []
    for rule in recordings:
        expression = Expression(rule.record, rule.expr, rule.written, rule.position)
        typed = _typed(expression, rule.window_seconds, world)
        expressions.append(typed)
        if typed.inference:
            types[rule.record] = typed.inference.type
            world = replace(world, records=MappingProxyType(dict(types)))
    return world, tuple(expressions)


def type_alert(alert: Alert, world: World) -> Expression:
    """Return the typed expression of an alert, its threshold included."""
    condition = alert.condition
    lead = 0 if condition.expr.startswith(condition.query) else 1
    expression = Expression(alert.name, condition.expr, condition.written, condition.position, lead)
    return _typed(expression, condition.window_seconds, world)


def _typed(expression: Expression, window: float, world: World) -> Expression:
    try:
        parse(expression.text)
    except ValueError as error:
        return replace(expression, error=str(error))
    aligned = _aligned(expression, window)
    return replace(expression, aligned=aligned, inference=infer(aligned, world))


def _aligned(expression: Expression, window: float) -> str:
    """Return the text with each window as long as its placeholder, so that offsets agree."""
    query = fill_window(expression.written, window)
    padded = format_duration(window).rjust(len(WINDOW), "0")
    tail = expression.text[expression.lead + len(query) :]
    head = expression.text[: expression.lead]
    return head + expression.written.replace(WINDOW, padded) + tail
