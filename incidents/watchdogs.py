"""Sources that have to be heard of: one that is silent for too long is an incident like any other.

The service writes the message that the silent source cannot send any more: an alert that fires,
and ends once the source is heard of again. It goes the way of all messages, so that clocks, pages
and escalation are those of the team that it names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sothat.incidents.own_alerts import Told, own_message
from sothat.incidents.times import format_time

NAME = "SourceSilent"
# The source of these messages, and the receiver that shows on timelines.
SOURCE = "watchdogs"
_PREFIX = "watchdog-"


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that is not heard of.

    Attributes:
        since: When it was last heard of, nanoseconds.
        limit: The longest time without a beat, nanoseconds.
    """

    source: str
    since: int
    limit: int


def silent(
    watched: Mapping[str, int], beats: Mapping[str, int], started: int, now: int
) -> Iterator[Silence]:
    """Yield the sources that have been silent for too long.

    Args:
        watched: The longest time without a beat, by source.
        beats: When each was last heard of.
        started: When this process began to listen: nobody is late before that.
        now: The moment.
    """
    for source, limit in watched.items():
        since = max(beats.get(source, started), 0)
        if now - max(since, started) > limit:
            yield Silence(source, since, limit)


def fingerprint(source: str) -> str:
    """Return the fingerprint of the alert that a source is silent."""
    return _PREFIX + source


def source_of(print_: str) -> str:
    """Return the source that a fingerprint tells of."""
    return print_.removeprefix(_PREFIX)


def message(source: str, silence: Silence | None, now: int, team: str = "") -> bytes:
    """Return the message that says that a source is silent, or that it is heard of again.

    Args:
        source: The source.
        silence: None: it is heard of again.
        now: The moment.
        team: Who is called; empty: every team is.
    """
    labels = {"alertname": NAME, "source": source, "priority": "P2"}
    since = now if silence is None else silence.since
    told = Told(
        receiver=SOURCE,
        group={"alertname": NAME, "source": source},
        labels=labels | ({"team": team} if team else {}),
        annotations={
            "summary": f"No sign of life from {source}",
            "description": f"The watchdog of {source} was last heard of at {format_time(since)}.",
            "if": f"The watchdog of {source} is not heard of for too long",
            "do": "Whoever is on call finds out why: Prometheus, Alertmanager, or the way between",
            "so_that": "An outage of the monitoring is found before a customer finds one",
        },
        fingerprint=fingerprint(source),
        since=since,
    )
    return own_message(told, now, firing=silence is not None)
