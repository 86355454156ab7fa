"""The streams of a broker, from the configuration."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.exporters.declare import gauge
from sothat.exporters.flows.rules import Rule
from sothat.exporters.mqtt.contract import VALUES
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Settings
from sothat.model.duration import parse_duration
from sothat.model.metric import Label, MetricFamily
from sothat.model.problem import Problem, Unusable

DEFAULT_STALE = "10m"
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_WORD = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"}
_PATH = {"type": "string", "minLength": 1, "maxLength": 200}
STREAMS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 100,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "topic"],
        "dependentRequired": {"help": ["metric"], "metric": ["help"]},
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"},
            "topic": _TEXT,
            "qos": {"enum": [0, 1, 2], "default": 0},
            "metric": _WORD,
            "help": _TEXT,
            "value": _PATH,
            "time": _PATH,
            "sequence": _PATH,
            "scale": {"type": "number", "default": 1},
            "low": {"type": "number"},
            "high": {"type": "number"},
            "judge": {
                "type": "object",
                "additionalProperties": False,
                "required": ["floor"],
                "properties": {"floor": {"type": "number", "minimum": 0}},
            },
            "stale_after": {**DURATION_SCHEMA, "default": DEFAULT_STALE},
        },
    },
}
_LEVEL = re.compile(r"\{[a-z][a-z0-9_]{0,62}\}|\+|#|[^{}+#]*")
_RESERVED = ("stream", "qos", "broker", "le")


def open_rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules of the setting ``streams``.

    Raises:
        Unusable: Some cannot work; all problems are named.
    """
    problems = [*_faults(settings)]
    if problems:
        raise Unusable(problems)
    return tuple(_rule(written) for written in settings.values["streams"])


def values_of(
    streams: Sequence[Mapping[str, Any]], rules: Sequence[Rule]
) -> Iterator[MetricFamily]:
    """Yield the families that values become."""
    for written, rule in zip(streams, rules, strict=True):
        if rule.metric:
            labels = [Label(name, "Level of the topic") for name in rule.labels]
            yield gauge(rule.metric, written["help"], labels, event=True)


def _rule(written: Mapping[str, Any]) -> Rule:
    judge = written.get("judge")
    return Rule(
        name=written["name"],
        levels=tuple(written["topic"].split("/")),
        metric=VALUES + written["metric"] if "metric" in written else "",
        value=_keys(written, "value"),
        time=_keys(written, "time"),
        sequence=_keys(written, "sequence"),
        scale=written.get("scale", 1.0),
        low=written.get("low", float("-inf")),
        high=written.get("high", float("inf")),
        floor=judge["floor"] if judge else None,
        stale_after=parse_duration(written.get("stale_after", DEFAULT_STALE)),
    )


def _keys(written: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(written[name].split(".")) if name in written else ()


def _faults(settings: Settings) -> Iterator[Problem]:
    names: set[str] = set()
    metrics: set[str] = set()
    for number, written in enumerate(settings.values["streams"]):
        path = [*settings.path, "streams", number]
        document = settings.document
        for key, taken in (("name", names), ("metric", metrics)):
            if written.get(key) in taken:
                message = f"another stream has the {key} '{written[key]}'"
                yield document.problem("name-clash", message, [*path, key])
            if key in written:
                taken.add(written[key])
        fault = _topic_fault(written["topic"])
        if fault:
            yield document.problem("bad-topic", fault, [*path, "topic"])
        if written.get("low", float("-inf")) > written.get("high", float("inf")):
            yield document.problem("out-of-range", "'low' is above 'high'", [*path, "low"])


def _topic_fault(topic: str) -> str:
    """Return what is wrong with a filter, empty where nothing is."""
    levels = topic.split("/")
    if any(not _LEVEL.fullmatch(level) for level in levels):
        return "a level is a text, {name}, + or #, as a whole"
    if "#" in levels[:-1]:
        return "# may only be the last level"
    named = [level.strip("{}") for level in levels if level.startswith("{")]
    if len(set(named)) < len(named):
        return "two levels have one name"
    if set(named) & set(_RESERVED):
        return f"levels cannot be named {', '.join(_RESERVED)}"
    return ""
