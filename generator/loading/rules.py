"""Alerts and recording rules of documents whose shape is right, every default resolved."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sothat.generator.promql import binds_loosely, parse
from sothat.generator.thresholds import format_number, parse_threshold
from sothat.generator.values import Tuning, Values
from sothat.model.alert import (
    Action,
    Alert,
    Condition,
    Example,
    Inhibition,
    Kind,
    Outcome,
    Recording,
    Step,
    Threshold,
)
from sothat.model.duration import format_duration, parse_duration
from sothat.model.policy import Priority
from sothat.runtime.documents import Document

WINDOW = "$window"


def resolve_alert(document: Document, number: int, values: Values) -> Alert:
    """Return the alert that stands at a place in a document."""
    head, data = document.data, document.data["alerts"][number]
    at: Sequence[str | int] = ["alerts", number]
    return Alert(
        name=data["name"],
        domain=data.get("domain", head["domain"]),
        owner=data.get("owner", head["owner"]),
        kind=Kind(data["kind"]),
        summary=data["summary"].strip(),
        description=data["description"].strip(),
        condition=_condition(document, number, values),
        action=_action(data["do"]),
        outcome=_outcome(data["so_that"]),
        inhibitions=tuple(map(_inhibition, data.get("inhibited_by", ()))),
        examples=tuple(map(_example, data.get("examples", ()))),
        position=document.position([*at, "name"]),
        board=data.get("board", head.get("board", "")),
        covers=tuple(data.get("covers", ())),
    )


def _condition(document: Document, number: int, values: Values) -> Condition:
    written = document.data["alerts"][number]["if"]
    tuning = values.tunings.get(document.data["alerts"][number]["name"])
    data = {**written, **(tuning.settings if tuning else {})}
    window = _bounded(data, "window", values, tuning)
    query = fill_window(written["query"].strip(), window)
    threshold = parse_threshold(data["threshold"]) if "threshold" in data else None
    durations = {key: _bounded(data, key, values, tuning) for key in ("for", "keep_firing_for")}
    return Condition(
        words=written["condition"].strip(),
        query=query,
        expr=_compared(query, threshold),
        threshold=threshold,
        for_seconds=durations["for"],
        keep_firing_seconds=durations["keep_firing_for"],
        position=document.position(["alerts", number, "if", "query"]),
        window_seconds=window,
        written=written["query"].strip(),
        tuned=_is_tuned(written, data, {**durations, "window": window}),
    )


def _bounded(data: Mapping[str, str], key: str, values: Values, tuning: Tuning | None) -> float:
    """Return a duration in seconds; a limit shortens what the alert's own tuning leaves open."""
    seconds = parse_duration(data[key]) if key in data else 0.0
    limit = values.limit(key)
    if limit is None or (tuning and key in tuning.settings):
        return seconds
    return min(seconds, limit)


def _is_tuned(
    written: Mapping[str, str], data: Mapping[str, str], durations: Mapping[str, float]
) -> bool:
    as_written = {key: parse_duration(written[key]) for key in durations if key in written}
    return written.get("threshold") != data.get("threshold") or any(
        seconds != as_written.get(key, 0.0) for key, seconds in durations.items()
    )


def fill_window(text: str, window: float) -> str:
    """Return a query with its window in the placeholder's stead; without one as it is."""
    return text.replace(WINDOW, format_duration(window)) if window else text


def _compared(query: str, threshold: Threshold | None) -> str:
    """Return the query with its threshold, in parentheses where that would bind to a part."""
    if threshold is None:
        return query
    try:
        loose = binds_loosely(parse(query))
    except ValueError:  # reported by its check, with the caret in the query
        loose = False
    whole = f"({query})" if loose else query
    return f"{whole} {threshold.operator} {format_number(threshold.value)}"


def _action(data: Mapping[str, Any]) -> Action:
    steps = (Step(s["do"], s.get("run", ""), s.get("expect", "")) for s in data.get("steps", ()))
    return Action(Priority(data["priority"]), data["action"].strip(), tuple(steps))


def _outcome(data: Mapping[str, str]) -> Outcome:
    return Outcome(data["who"].strip(), data["outcome"].strip(), data["kpi"].strip())


def _inhibition(data: Mapping[str, Any]) -> Inhibition:
    return Inhibition(data["alert"], tuple(data["equal"]))


def _example(data: Mapping[str, Any]) -> Example:
    return Example(
        name=data["name"],
        series=tuple(data["series"].items()),
        interval=parse_duration(data.get("interval", "1m")),
        at=parse_duration(data["at"]),
        fires=tuple(MappingProxyType(dict(labels)) for labels in data.get("fires", ())),
    )


def resolve_recording(document: Document, number: int) -> Recording:
    """Return the recording rule that stands at a place in a document.

    An environment's limits do not shorten its window: a mean over a day stays one.
    """
    data = document.data["recordings"][number]
    window = parse_duration(data["window"]) if "window" in data else 0.0
    return Recording(
        record=data["record"],
        expr=fill_window(data["expr"].strip(), window),
        unit=data.get("unit", ""),
        help=data["help"].strip(),
        labels=tuple(data["labels"]),
        position=document.position(["recordings", number, "expr"]),
        window_seconds=window,
        written=data["expr"].strip(),
        covers=tuple(data.get("covers", ())),
    )
