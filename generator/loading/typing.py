"""Infers the types of a catalogue's expressions, recording rules first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sothat.generator.draft import Expression
from sothat.generator.loading.rules import WINDOW, fill_window
from sothat.generator.promql import parse
from sothat.generator.typecheck import Type, Unit, infer
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
    world = World(series, MappingProxyType(types), scrape_interval=scrape_interval)
    expressions = []
    for rule in recordings:
        text = Expression(rule.record, rule.expr, rule.written, rule.position)
        expression = _typed(text, rule.window_seconds, world)
        expressions.append(expression)
        if expression.inference:
            types[rule.record] = expression.inference.type
    return world, tuple(expressions)


def with_inferred(recording: Recording, world: World) -> Recording:
    """Return a rule that a kind made with the labels and the unit that its expression leaves."""
    found = world.records.get(recording.record)
    if found is None or not recording.made_for:
        return recording
    labels = tuple(sorted(found.labels.possible or ()))
    return replace(recording, labels=labels, unit=unit_word(found.unit))


def unit_word(unit: Unit | None) -> str:
    """Return a unit as contracts write it, empty where it has no such word."""
    if unit is None or unit.dimensionless:
        return unit.name if unit else ""
    (name, exponent), *others = unit.powers
    return name if exponent == 1 and not others else ""


def type_alert(alert: Alert, world: World) -> Expression:
    """Return the typed expression of an alert, its threshold included."""
    condition = alert.condition
    expression = Expression(alert.name, condition.expr, condition.written, condition.position)
    return _typed(expression, condition.window_seconds, world)


def _typed(expression: Expression, window: float, world: World) -> Expression:
    try:
        parse(expression.text)
    except ValueError as error:
        return replace(expression, error=str(error))
    aligned, starts = _aligned(expression, window)
    return replace(expression, aligned=aligned, starts=starts, inference=infer(aligned, world))


def _aligned(expression: Expression, window: float) -> tuple[str, tuple[int, ...]]:
    """Return the text with each window as long as its placeholder, so that offsets agree.

    With it come the offsets at which what stands in the file begins: nowhere where a kind reads
    a recorded figure, in several places where it takes the query more than once.
    """
    if not expression.written:
        return expression.text, ()
    padded = format_duration(window).rjust(len(WINDOW), "0")
    written = expression.written.replace(WINDOW, padded)
    text = expression.text.replace(fill_window(expression.written, window), written)
    return text, tuple(_places(written, text))


def _places(part: str, text: str) -> Iterator[int]:
    """Yield where a part begins in a text, one after the other."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))
