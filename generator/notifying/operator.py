"""Routing in the terms of the Prometheus operator: an AlertmanagerConfig's spec.

The operator's fields are Alertmanager's in camelCase; what is a file there is the key of a Secret
here. Its time intervals know no location, so they are written out in UTC.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from sothat.generator.notifying.intervals import Period, utc_periods
from sothat.generator.notifying.matching import Matcher
from sothat.generator.notifying.plan import Plan
from sothat.generator.notifying.recurrence import DAYS, Recurrence, clock
from sothat.generator.notifying.routes import Route
from sothat.model.duration import format_duration

# The Secret beside the manifest that holds all secrets, each under the name of its file.
SECRET = "sothat-secrets"  # noqa: S105 – the name of a Secret, no secret
# Fields that are not called as camelCase would have it.
_IRREGULAR: Mapping[str, str] = MappingProxyType(
    {
        "api_url": "apiURL",
        "chat_id": "chatID",
        "require_tls": "requireTLS",
        "webhook_url": "webhookURL",
    }
)
_FILE = "_file"
# A secret address has a field of its own, for the plain one is no secret.
_SECRET_FIELDS: Mapping[str, str] = MappingProxyType({"url_file": "urlSecret"})
# What Alertmanager has as a mapping of the user's own keys.
_PAIRS = frozenset(["headers", "details"])
_NOT_OF_KEYS = re.compile(r"[^-._a-zA-Z0-9]")


def spec_of(plan: Plan) -> dict[str, Any]:
    """Return the spec of the manifest."""
    spec: dict[str, Any] = {
        "route": _route(plan.route),
        "receivers": [_fields(receiver) for receiver in plan.receivers],
        "inhibitRules": [
            {
                "sourceMatch": _matchers(rule.source),
                "targetMatch": _matchers(rule.target),
                "equal": list(rule.equal),
            }
            for rule in plan.rules
        ],
        "timeIntervals": [_interval(each) for each in plan.recurrences],
    }
    return {key: value for key, value in spec.items() if value}


def secret_key(path: str) -> str:
    """Return the key of the Secret that holds what is in a file."""
    return _NOT_OF_KEYS.sub("-", PurePosixPath(path).name)


def secret_files(receiver: Any) -> Iterator[str]:
    """Yield the paths of all secrets of a receiver."""
    if isinstance(receiver, Mapping):
        for key, value in receiver.items():
            if key.endswith(_FILE):
                yield str(value)
            elif key not in _PAIRS:
                yield from secret_files(value)
    elif isinstance(receiver, (list, tuple)):
        for inner in receiver:
            yield from secret_files(inner)


def _fields(value: Any) -> Any:
    """Return a part of Alertmanager's configuration with the operator's names."""
    if isinstance(value, Mapping):
        return dict(_field(key, inner) for key, inner in value.items())
    return [_fields(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _field(key: str, value: Any) -> tuple[str, Any]:
    if key in _PAIRS:
        return key, [{"key": name, "value": text} for name, text in value.items()]
    if key.endswith(_FILE):
        name = _SECRET_FIELDS.get(key) or _camel(key.removesuffix(_FILE))
        return name, {"name": SECRET, "key": secret_key(value)}
    return _camel(key), _fields(value)


def _camel(key: str) -> str:
    if key in _IRREGULAR:
        return _IRREGULAR[key]
    first, *others = key.split("_")
    return first + "".join(part.title() for part in others)


def _route(route: Route) -> dict[str, Any]:
    timing = route.timing
    node: dict[str, Any] = {
        "receiver": route.receiver,
        "matchers": _matchers(route.matchers),
        "groupBy": list(route.group_by),
        "groupWait": format_duration(timing.group_wait) if timing else "",
        "groupInterval": format_duration(timing.group_interval) if timing else "",
        "repeatInterval": format_duration(timing.repeat_interval) if timing else "",
        "continue": route.goes_on,
        "activeTimeIntervals": list(route.active),
        "muteTimeIntervals": list(route.muted),
        "routes": [_route(child) for child in route.routes],
    }
    return {key: value for key, value in node.items() if value}


def _matchers(matchers: Iterable[Matcher]) -> list[dict[str, str]]:
    return [{"name": m.label, "value": m.value, "matchType": m.operator} for m in matchers]


def _interval(recurrence: Recurrence) -> dict[str, Any]:
    periods = [_period(period) for period in utc_periods(recurrence)]
    return {"name": recurrence.name, "timeIntervals": periods}


def _period(period: Period) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "times": [{"startTime": clock(a), "endTime": clock(b)} for a, b in period.times],
        "weekdays": [DAYS[day] for day in period.weekdays],
        "daysOfMonth": [{"start": first, "end": last} for first, last in period.days],
        "months": [str(month) for month in period.months],
        "years": [str(year) for year in period.years],
    }
    return {key: value for key, value in parts.items() if value}
