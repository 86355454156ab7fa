"""Alerts of documents whose shape is right: defaults inherited, kinds expanded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.generator.conventions import record_name
from sothat.generator.kind import Absence, Expansion, Form, Kind, Record
from sothat.generator.layers import merged
from sothat.generator.loading.companion import companion_of
from sothat.generator.loading.entries import Entry
from sothat.generator.loading.parts import (
    action_of,
    example_of,
    inhibition_of,
    outcome_of,
    shadow_of,
)
from sothat.generator.loading.rules import fill_window
from sothat.generator.promql import binds_loosely, parse
from sothat.generator.thresholds import format_number
from sothat.generator.values import Values
from sothat.model.alert import Alert, Condition, Recording, Threshold
from sothat.model.duration import parse_duration

_DURATIONS = ("for", "keep_firing_for", "window")


@dataclass(frozen=True, slots=True)
class Setup:
    """What resolving an entry needs beside the entry.

    Attributes:
        kinds: The templates by name.
        left_out: Alerts that are not taken over: they inhibit nothing.
    """

    values: Values
    kinds: Mapping[str, Kind]
    left_out: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The alerts that an entry makes, its own first, and the recording rules that they need."""

    alerts: tuple[Alert, ...]
    recordings: tuple[Recording, ...] = ()


def resolve_alert(entry: Entry, setup: Setup) -> Resolved:
    """Return what an entry makes."""
    data = merged(entry.layers)
    untuned = merged(layer for layer in entry.layers if layer.origin != "values")
    condition, records, absence = _condition(entry, data, untuned["if"], setup)
    alert = Alert(
        name=data["name"],
        domain=data["domain"],
        owner=data["owner"],
        kind=data["kind"],
        summary=data["summary"].strip(),
        description=data["description"].strip(),
        condition=condition,
        action=action_of(data["do"]),
        outcome=outcome_of(data["so_that"]),
        inhibitions=tuple(
            inhibition_of(each)
            for each in data.get("inhibited_by", ())
            if each["alert"] not in setup.left_out
        ),
        examples=tuple(map(example_of, data.get("examples", ()))),
        position=entry.document.position(entry.path("name")),
        board=data.get("board", ""),
        panel=data.get("panel", ""),
        covers=tuple(data.get("covers", ())),
        shadow=shadow_of(data.get("shadow")),
    )
    companions = (companion_of(alert, absence),) if absence else ()
    recordings = tuple(recording_of(alert, record) for record in records)
    return Resolved((alert, *companions), recordings)


def _condition(
    entry: Entry,
    data: Mapping[str, Any],
    untuned: Mapping[str, Any],
    setup: Setup,
) -> tuple[Condition, tuple[Record, ...], Absence | None]:
    settings, written = data["if"], data["if"]["query"].strip()
    own = merged(layer for layer in entry.layers if layer.origin == "values").get("if", {})
    limits = {key: None if key in own else setup.values.limit(key) for key in _DURATIONS}
    seconds = {key: _bounded(settings, key, limits[key]) for key in _DURATIONS}
    figure = fill_window(written, seconds["window"])
    expansion = expand(Form(data["name"], figure, settings), setup.kinds[data["kind"]])
    condition = Condition(
        words=settings["condition"].strip(),
        query=expansion.query,
        expr=compared(expansion.query, expansion.threshold),
        threshold=expansion.threshold,
        for_seconds=seconds["for"],
        keep_firing_seconds=seconds["keep_firing_for"],
        position=entry.document.position(entry.path("if", "query")),
        window_seconds=seconds["window"],
        written=written,
        tuned=settings != untuned or _is_shortened(untuned, seconds),
        figure=figure,
        amounts=expansion.amounts,
    )
    return condition, expansion.records, expansion.absence


def _bounded(settings: Mapping[str, Any], key: str, limit: float | None) -> float:
    """Return a duration in seconds, no longer than its limit.

    What the values say of the alert itself has none, even where it is what the catalogue says.
    """
    seconds = parse_duration(settings[key]) if key in settings else 0.0
    return seconds if limit is None else min(seconds, limit)


def _is_shortened(untuned: Mapping[str, Any], seconds: Mapping[str, float]) -> bool:
    as_written = {key: parse_duration(untuned[key]) for key in seconds if key in untuned}
    return any(found != as_written.get(key, 0.0) for key, found in seconds.items())


def expand(form: Form, kind: Kind) -> Expansion:
    """Return what a kind makes of a form, or the query alone where that is no PromQL."""
    try:
        parse(form.query)
    except ValueError:  # reported by its check, with the caret in the query
        return Expansion(form.query)
    return kind.expand(form)


def compared(query: str, threshold: Threshold | None) -> str:
    """Return the query with its threshold, in parentheses where that would bind to a part."""
    if threshold is None:
        return query
    try:
        tree = parse(query)
    except ValueError:  # what a kind has made of settings that do not go together; reported as such
        return query
    whole = f"({query})" if binds_loosely(tree) else query
    return f"{whole} {threshold.operator} {format_number(threshold.value)}"


def recording_of(alert: Alert, record: Record) -> Recording:
    """Return a rule that an alert's kind needs; its labels and unit are still to be inferred."""
    condition = alert.condition
    return Recording(
        record=record_name(alert.name, record.operation),
        expr=record.expr,
        unit="",
        help=record.help,
        labels=(),
        position=condition.position,
        window_seconds=condition.window_seconds,
        written=condition.written,
        made_for=alert.name,
    )
