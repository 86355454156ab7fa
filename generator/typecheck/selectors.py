"""Selectors: the metric, its matchers, and the type that its contract gives."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.typecheck.guessing import closest, slip_of
from sothat.generator.typecheck.types import (
    ANY,
    NOT_NEGATIVE,
    UNKNOWN_VECTOR,
    ZERO_TO_ONE,
    Bounds,
    Flavour,
    Labels,
    Shape,
    Type,
)
from sothat.generator.typecheck.units import COUNT, Unit
from sothat.generator.typecheck.world import Walk, World
from sothat.model.guessing import did_you_mean
from sothat.model.metric import MetricFamily, MetricType, Series

NAME = "__name__"
# Names of gauges that hold a point in time; other names in seconds hold how long something takes,
# and so does the "oldest timestamp" of a transaction, which PostgreSQL's exporter gives as an age.
_MOMENT = re.compile(
    r"(^|_)((?<!oldest_)timestamp(_seconds)?|mtime_seconds|expiry|not_after|not_before"
    r"|(boot|start|end|last_gc|head_max|head_min|node)_time_seconds|ALERTS_FOR_STATE)$"
)
# RE2's [[:alpha:]] and what Python may once read as an operation on sets.
_SET_IN_SET = re.compile(r"\[[^\]]*(\[|--|&&|~~|\|\|)")


def selector_type(walk: Walk, node: pp.VectorSelector) -> Type:
    """Return the type of an instant selector."""
    name = metric_name(node)
    offset = walk.locator.advance(name or "{")
    if name is None:
        return UNKNOWN_VECTOR
    base = _named(walk.world, name)
    if base is None:
        if walk.world.closed:
            _check_unknown(walk, name, offset)
        return UNKNOWN_VECTOR
    labels = base.labels
    for matcher in node.matchers.matchers:
        labels = _narrow(walk, labels, matcher, name, offset)
    for group in node.matchers.or_matchers:
        for matcher in group:
            _narrow(walk, labels, matcher, name, offset)
    return base.having(labels=labels)


def metric_name(node: pp.VectorSelector) -> str | None:
    """Return the one metric that a selector names; None when it names several or none."""
    if node.name:
        return str(node.name)
    for matcher in node.matchers.matchers:
        if matcher.name == NAME and matcher.op == pp.MatchOp.Equal:
            return str(matcher.value)
    return None


def _named(world: World, name: str) -> Type | None:
    if name in world.records:
        return world.records[name]
    series = world.series.get(name)
    return series_type(series, world.extra_labels) if series else None


def _may_exist(world: World, name: str) -> bool:
    """Return whether a contract leaves open which series there are below the name's prefix."""
    return any(name.startswith(series.contract.open_prefixes) for series in world.series.values())


def _check_unknown(walk: Walk, name: str, offset: int) -> None:
    known = chain(walk.world.series, walk.world.records)
    if not _may_exist(walk.world, name):
        _report_unknown(walk, name, offset, closest(name, known))
    elif meant := slip_of(name, known):
        # There may be more below the prefix than is declared, but hardly one slip from a name.
        _report_unknown(walk, name, offset, meant)


def _report_unknown(walk: Walk, name: str, offset: int, guess: str) -> None:
    hint = f"did you mean '{guess}'?" if guess else "add it to a contract, or mend the name"
    walk.report("unknown-metric", f"no contract declares the metric {name}", offset, hint)


def series_type(series: Series, extra_labels: frozenset[str] = frozenset()) -> Type:
    """Return the type of a declared series."""
    family = series.family
    info = family.type is MetricType.INFO or family.name.endswith("_info")
    certain = {label.name for label in family.labels if not label.optional}
    certain |= {name for name in ("instance", "job") if name in series.contract.target_labels}
    faint = frozenset(label.name for label in family.labels if label.optional or label.follows)
    spreading = set() if info else set(family.label_names) - faint
    if "le" in series.label_names and series.name.endswith("_bucket"):
        certain, spreading = certain | {"le"}, spreading | {"le"}
    labels = Labels(
        None if family.open_labels else series.label_names | extra_labels,
        frozenset(certain),
        frozenset(spreading),
        _closed_values(series),
        frozenset() if series.name.endswith("_bucket") else _parted(family),
        frozenset() if info else faint,
    )
    flavour, unit, observed = _nature(series, info=info)
    timestamp = family.type is MetricType.GAUGE and _MOMENT.search(family.name) is not None
    return Type(
        Shape.VECTOR,
        flavour,
        unit,
        labels,
        _bounds(flavour, unit),
        observed,
        timestamp=timestamp and unit == Unit.of("seconds"),
    )


def _parted(family: MetricFamily) -> frozenset[str]:
    """Return the label that only the buckets of a histogram have."""
    return frozenset(("le",)) if family.type is MetricType.HISTOGRAM else frozenset()


def _closed_values(series: Series) -> Mapping[str, frozenset[str]]:
    return MappingProxyType(
        {label.name: frozenset(label.values) for label in series.family.labels if label.values}
    )


def _nature(series: Series, *, info: bool) -> tuple[Flavour, Unit | None, Unit | None]:
    family = series.family
    unit = None if family.unit is None else Unit.of(family.unit)
    if info:
        return Flavour.INFO, COUNT, None
    if family.type in (MetricType.HISTOGRAM, MetricType.SUMMARY):
        return _part(series, unit)
    flavours = {MetricType.COUNTER: Flavour.COUNTER, MetricType.GAUGE: Flavour.GAUGE}
    return flavours.get(family.type, Flavour.UNKNOWN), unit, None


def _part(series: Series, unit: Unit | None) -> tuple[Flavour, Unit | None, Unit | None]:
    match series.name.removeprefix(series.family.name):
        case "_bucket":
            return Flavour.BUCKET, COUNT, unit
        case "_sum":
            return Flavour.COUNTER, unit, unit
        case "_count":
            return Flavour.COUNTER, COUNT, unit
        case _:
            return Flavour.QUANTILE, unit, unit


def _bounds(flavour: Flavour, unit: Unit | None) -> Bounds:
    if flavour is Flavour.INFO:
        return Bounds(1, 1)
    if unit is not None and unit.name == "boolean":
        return ZERO_TO_ONE
    return NOT_NEGATIVE if flavour.monotonic else ANY


def _narrow(walk: Walk, labels: Labels, matcher: Any, metric: str, offset: int) -> Labels:
    name, value = str(matcher.name), str(matcher.value)
    if name == NAME:
        return labels
    place = walk.locator.peek(name, offset)
    if not labels.can_have(name):
        if _is_meant(matcher.op, value):
            possible = sorted(labels.possible or ())
            known = f"its labels: {', '.join(possible) or 'none'}"
            hint = did_you_mean(name, possible, otherwise=known)
            walk.report("unknown-label", f"{metric} has no label {name}", place, hint)
        return labels
    declared = labels.values.get(name)
    left = _left(matcher.op, value, declared)
    if left is not None and not left:
        _report_impossible(walk, metric, matcher, declared or frozenset(), place)
        return labels
    narrowed = labels if left is None else labels.narrowed(name, left)
    there = labels.certain if _matches_absence(matcher.op, value) else labels.certain | {name}
    return replace(narrowed, certain=there)


def _is_meant(op: Any, value: str) -> bool:
    """Return whether a matcher wants its label to be there.

    Not ``pod=""`` nor ``pod=~".*"``, but ``pod!="a"`` as well: it is written to leave some out.
    """
    leaving_out = op in (pp.MatchOp.NotEqual, pp.MatchOp.NotRe)
    return leaving_out or not _matches_absence(op, value)


def _matches_absence(op: Any, value: str) -> bool:
    """Return whether a matcher accepts elements that lack the label."""
    if op == pp.MatchOp.Equal:
        return not value
    if op == pp.MatchOp.NotEqual:
        return bool(value)
    matches = full_match(value, "")
    return matches is None or matches == (op == pp.MatchOp.Re)


def _left(op: Any, value: str, declared: frozenset[str] | None) -> frozenset[str] | None:
    """Return the values that a matcher leaves; None when nothing is known of them."""
    if op == pp.MatchOp.Equal and declared is None:
        return frozenset([value])
    if declared is None:
        return None
    if op in (pp.MatchOp.Equal, pp.MatchOp.NotEqual):
        wanted = op == pp.MatchOp.Equal
        return frozenset(v for v in declared if (v == value) == wanted)
    return _left_by_pattern(value, declared, wanted=op == pp.MatchOp.Re)


def _left_by_pattern(
    pattern: str, declared: Iterable[str], *, wanted: bool
) -> frozenset[str] | None:
    left = set()
    for value in declared:
        matches = full_match(pattern, value)
        if matches is None:
            return None
        if matches == wanted:
            left.add(value)
    return frozenset(left)


def full_match(pattern: str, text: str) -> bool | None:
    """Return whether a whole text matches; None when Python cannot say what RE2 would."""
    if _SET_IN_SET.search(pattern):
        return None
    try:
        return re.fullmatch(pattern, text, re.DOTALL) is not None
    except re.error:
        return None


def _report_impossible(
    walk: Walk, metric: str, matcher: Any, declared: frozenset[str], place: int
) -> None:
    shown = ", ".join(sorted(declared)[:12])
    hint = did_you_mean(str(matcher.value), declared, otherwise=f"declared: {shown}")
    message = f'no value of {metric}\'s label {matcher.name} matches "{matcher.value}"'
    walk.report("impossible-matcher", message, place, hint)
