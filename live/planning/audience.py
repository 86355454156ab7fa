"""Who hears of an alert, by day and by night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sothat.generator.routing.explaining import explain_path
from sothat.live.state import Routing, Rule

# Wednesdays are holidays least often.
_WEDNESDAY = 2
_NIGHT, _DAY = time(3, 0), time(11, 0)
_URGENT = frozenset({"critical", "page", "emergency"})


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of one alert.

    Attributes:
        team: Who owns it; empty: nobody says.
        receivers: Names of the receivers that are told by day.
        night: Whether somebody is paged for it at night.
        told: Whether anybody is ever told, by day or by night.
    """

    team: str
    receivers: frozenset[str]
    night: bool
    told: bool


class Audiences:
    """Tells the audience of alerts under one configuration."""

    def __init__(self, routing: Routing, policy: Mapping[str, Any], today: datetime) -> None:
        """Take the coming Wednesday for a day and a night like any other.

        Args:
            routing: Alertmanager's configuration.
            policy: The compiled policy; empty: severities tell what is urgent.
            today: When the question is asked, aware of its zone.
        """
        self._routing = routing
        self._policy = policy
        self._day, self._night = _instants(_zone(policy), today)

    def of(self, alert: Rule) -> Audience:
        """Return the audience of an alert, by its static labels."""
        day, night = self._receivers(alert, self._day), self._receivers(alert, self._night)
        return Audience(
            team=alert.labels.get("team", ""),
            receivers=day,
            night=bool(night) and self._urgent(alert),
            told=bool(day or night),
        )

    def _receivers(self, alert: Rule, at: datetime) -> frozenset[str]:
        path = explain_path(self._routing.configuration, alert.all_labels, at)
        return frozenset(each.receiver for each in path.deliveries if not each.reason)

    def _urgent(self, alert: Rule) -> bool:
        """Return whether the promise to acknowledge runs at all hours."""
        terms = self._policy.get("priorities", {}).get(alert.labels.get("priority", ""))
        if terms is None:
            return alert.labels.get("severity", "") in _URGENT
        hours = terms.get("clocks", {}).get("acknowledge", {}).get("hours", "")
        return self._never_closes(str(hours))

    def _never_closes(self, hours: str) -> bool:
        known = self._policy.get("hours", {}).get(hours)
        if not hours or known is None:
            return not hours
        return bool(known["start"] <= "03:00" and known["end"] > "03:00")


def _zone(policy: Mapping[str, Any]) -> tzinfo:
    calendar = policy.get("calendars", {}).get(policy.get("calendar", ""), {})
    try:
        return ZoneInfo(str(calendar.get("time_zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _instants(zone: tzinfo, today: datetime) -> tuple[datetime, datetime]:
    local = today.astimezone(zone)
    day = (local + timedelta(days=(_WEDNESDAY - local.weekday()) % 7)).date()
    at = (datetime.combine(day, hour, zone).astimezone(UTC) for hour in (_DAY, _NIGHT))
    return next(at), next(at)
