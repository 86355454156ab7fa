"""Routing in the terms of Alertmanager's own configuration."""

from collections.abc import Iterable
from typing import Any

from sothat.generator.notifying.inhibiting import Rule
from sothat.generator.notifying.intervals import Period, Range, local_periods
from sothat.generator.notifying.matching import Matcher
from sothat.generator.notifying.plan import Plan
from sothat.generator.notifying.recurrence import DAYS, Recurrence, clock
from sothat.generator.notifying.routes import Route
from sothat.model.duration import format_duration
from sothat.model.policy import Timing


def configuration_of(plan: Plan) -> dict[str, Any]:
    """Return the configuration."""
    config: dict[str, Any] = {
        "route": _route(plan.route),
        "receivers": list(plan.receivers),
        "inhibit_rules": [_rule(rule) for rule in plan.rules],
        "time_intervals": [_interval(each) for each in plan.recurrences],
    }
    return {key: value for key, value in config.items() if value}


def _route(route: Route) -> dict[str, Any]:
    node: dict[str, Any] = {
        "receiver": route.receiver,
        "matchers": _matchers(route.matchers),
        "group_by": list(route.group_by),
        **(_timing(route.timing) if route.timing else {}),
        "continue": route.goes_on,
        "active_time_intervals": list(route.active),
        "mute_time_intervals": list(route.muted),
        "routes": [_route(child) for child in route.routes],
    }
    return {key: value for key, value in node.items() if value}


def _timing(timing: Timing) -> dict[str, str]:
    return {
        "group_wait": format_duration(timing.group_wait),
        "group_interval": format_duration(timing.group_interval),
        "repeat_interval": format_duration(timing.repeat_interval),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "source_matchers": _matchers(rule.source),
        "target_matchers": _matchers(rule.target),
        "equal": list(rule.equal),
    }


def _matchers(matchers: Iterable[Matcher]) -> list[str]:
    return [str(matcher) for matcher in matchers]


def _interval(recurrence: Recurrence) -> dict[str, Any]:
    periods = [_period(period) for period in local_periods(recurrence)]
    return {"name": recurrence.name, "time_intervals": periods}


def _period(period: Period) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "times": [{"start_time": clock(a), "end_time": clock(b)} for a, b in period.times],
        "weekdays": [DAYS[day] for day in period.weekdays],
        "days_of_month": [_range_text(days) for days in period.days],
        "months": [str(month) for month in period.months],
        "years": [str(year) for year in period.years],
        "location": period.location,
    }
    return {key: value for key, value in parts.items() if value}


def _range_text(days: Range) -> str:
    """Return a range as Alertmanager writes it, one day as that day."""
    first, last = days
    return str(first) if first == last else f"{first}:{last}"
