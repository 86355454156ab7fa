"""Incidents as the incident service remembers them: what happened, and what people did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sothat.incidents.client import Client, Refusal
from sothat.incidents.incident import ALERTMANAGER, SERVICE
from sothat.model.problem import unusable

# What shows that somebody did something about it, beside saying that he has seen it.
_DEEDS = frozenset(
    ("mitigated", "resolved", "verified", "update", "note", "cause", "priority", "merged", "split")
)
_PROGRAMS = frozenset(("", SERVICE, ALERTMANAGER))


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident; times in milliseconds since the epoch.

    Attributes:
        labels: What all of its alerts share.
        alerts: The names of its alerts.
        acknowledged: When somebody took it on; None: nobody did.
        ended: When it was resolved; None: it is not.
        acted: Whether a person did anything about it, beyond acknowledging it.
        by_itself: Whether it was resolved without a person.
        so_that: The outcome in words.
        lesson: What was learned, by its published review, or as a note that begins with
            ``Lesson:``; empty: nothing.
    """

    number: int
    title: str
    priority: str
    team: str
    outcome: str
    labels: Mapping[str, str]
    alerts: frozenset[str]
    opened: int
    acknowledged: int | None
    ended: int | None
    acted: bool
    by_itself: bool
    so_that: str = ""
    lesson: str = ""


class Store(Protocol):
    """Where incidents are listed; see `sothat.incidents.client.Client`."""

    def list_all(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the incidents that a query asks for."""

    def show(self, number: int) -> Mapping[str, Any]:
        """Return one incident with its timeline."""


def happened(store: Store, since: int, until: int) -> tuple[Happened, ...]:
    """Return the incidents opened from one time to another, those merged into others left out.

    Raises:
        Unusable: The service does not answer, or as no incident service does.
    """
    query = {"since": _written(since), "until": _written(until), "limit": 500}
    try:
        found = [one for one in store.list_all(query)["incidents"] if one["merged_into"] is None]
        return tuple(_happened(store.show(one["id"])) for one in found)
    except Refusal as error:
        raise unusable("no-answer", f"the incident service refuses: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        message = "the incident service's answer is of no known form"
        raise unusable("not-the-service", message) from error


def client(url: str, token: str) -> Store:
    """Return the client of a service."""
    return Client(url, token)


def _happened(one: Mapping[str, Any]) -> Happened:
    deeds = set(_deeds(one["timeline"]))
    ended = _moment(one["resolved_at"])
    labels = {str(k): str(v) for k, v in one["labels"].items()}
    return Happened(
        number=int(one["id"]),
        title=str(one["title"]),
        priority=str(one["priority"]),
        team=str(one["team"]),
        outcome=str(one["outcome"]),
        labels=labels,
        alerts=frozenset(_names(one["alerts"], labels)),
        opened=_moment(one["opened_at"]) or 0,
        acknowledged=_moment(one["acknowledged_at"]),
        ended=ended,
        acted=bool(deeds),
        by_itself=ended is not None and str(one["resolved_by"] or "") in _PROGRAMS,
        so_that=str(one.get("so_that", "")),
        lesson=_learned(one),
    )


def _deeds(timeline: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for entry in timeline:
        if entry["kind"] in _DEEDS and str(entry["actor"] or "") not in _PROGRAMS:
            yield str(entry["kind"])


def _learned(one: Mapping[str, Any]) -> str:
    """Return the lessons of the published review; without one what was noted, the latest first."""
    reviewed = [str(text).strip() for text in one.get("lessons", ())]
    return "; ".join(filter(None, reviewed)) or next(_lessons(one["timeline"]), "")


def _lessons(timeline: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what people noted as learned, the latest first, as the timeline is."""
    for entry in timeline:
        head, colon, text = str(entry.get("text", "")).partition(":")
        if colon and entry["kind"] == "note" and head.strip().casefold() == "lesson":
            yield text.strip()


def _names(alerts: Iterable[Mapping[str, Any]], shared: Mapping[str, str]) -> Iterator[str]:
    if "alertname" in shared:
        yield shared["alertname"]
    for alert in alerts:
        yield str(alert["labels"].get("alertname", ""))


def _written(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    return round(datetime.fromisoformat(text).timestamp() * 1000)
