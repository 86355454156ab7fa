"""What Alertmanager's API says, as typed data: version 2, as releases 0.25 to 0.31 answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sothat.incidents.times import parse_time


class NotV2(ValueError):  # noqa: N818 – it is named for what it says
    """The answer is not that of Alertmanager's API version 2; the text says why."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert goes: a receiver, and the labels of the group that it is told in."""

    receiver: str
    group: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that Alertmanager holds as firing; times in nanoseconds.

    Attributes:
        silenced_by: Ids of the silences that keep it from being told.
        quiet: Why else it is not told: ``inhibited`` or ``muted``; empty if it is.
    """

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: int
    generator_url: str = ""
    routes: tuple[Route, ...] = ()
    silenced_by: tuple[str, ...] = ()
    quiet: str = ""

    @property
    def suppressed(self) -> bool:
        """Return whether Alertmanager keeps it to itself."""
        return bool(self.silenced_by or self.quiet)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is in force."""

    id: str
    comment: str
    created_by: str
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class View:
    """All that the peers of one source say together.

    Attributes:
        alerts: What any of them holds, by fingerprint.
        complete: Every configured peer has answered.
        since: When the youngest of them started, nanoseconds: before that it knows nothing.
        patience: The longest time in seconds that a message may lawfully wait, by receiver.
    """

    alerts: Mapping[str, Known]
    silences: Mapping[str, Silence] = field(default_factory=dict)
    complete: bool = True
    since: int = 0
    patience: Mapping[str, float] = field(default_factory=dict)


def read_groups(answer: Any) -> dict[str, Known]:
    """Return the alerts in an answer of ``/api/v2/alerts/groups``, by fingerprint.

    Raises:
        NotV2: It has another shape.
    """
    found: dict[str, Known] = {}
    for group in _objects(answer, "groups"):
        route = Route(_receiver(group.get("receiver")), _texts(group.get("labels"), "labels"))
        for alert in _objects(group.get("alerts"), "alerts"):
            known = _known(alert)
            former = found.get(known.fingerprint)
            routes = (*(former.routes if former else ()), route)
            found[known.fingerprint] = replace(known, routes=routes)
    return found


def read_silences(answer: Any) -> dict[str, Silence]:
    """Return the silences in force in an answer of ``/api/v2/silences``, by id."""
    silences = (
        Silence(
            id=_text(item, "id"),
            comment=str(item.get("comment", "")),
            created_by=str(item.get("createdBy", "")),
            ends_at=_moment(item, "endsAt"),
        )
        for item in _objects(answer, "silences")
        if _state(item) == "active"
    )
    return {silence.id: silence for silence in silences}


def read_start(answer: Any) -> int:
    """Return when a peer started, from its answer of ``/api/v2/status``."""
    if not isinstance(answer, dict):
        raise NotV2("its status is not an object")
    started = _moment(answer, "uptime")
    if started is None:
        raise NotV2("its status does not say when it started")
    return started


def read_configuration(answer: Any) -> str:
    """Return the text of a peer's configuration, from its answer of ``/api/v2/status``."""
    config = answer.get("config") if isinstance(answer, dict) else None
    text = config.get("original") if isinstance(config, dict) else None
    return text if isinstance(text, str) else ""


def together(first: Known, second: Known) -> Known:
    """Return what two peers say of one alert: told by either is told."""
    later = max(first, second, key=lambda known: known.starts_at)
    routes = {(r.receiver, tuple(sorted(r.group.items()))): r for r in first.routes + second.routes}
    both = first.suppressed and second.suppressed
    return replace(
        later,
        routes=tuple(routes.values()),
        silenced_by=later.silenced_by if both else (),
        quiet=later.quiet if both else "",
    )


def _known(alert: Mapping[str, Any]) -> Known:
    starts = _moment(alert, "startsAt")
    if starts is None:
        raise NotV2("an alert has no startsAt")
    status = alert.get("status")
    status = status if isinstance(status, dict) else {}
    return Known(
        fingerprint=_text(alert, "fingerprint"),
        labels=_texts(alert.get("labels"), "labels"),
        annotations=_texts(alert.get("annotations"), "annotations"),
        starts_at=starts,
        generator_url=str(alert.get("generatorURL", "")),
        silenced_by=tuple(map(str, status.get("silencedBy") or ())),
        quiet=_quiet(status),
    )


def _quiet(status: Mapping[str, Any]) -> str:
    if status.get("inhibitedBy"):
        return "inhibited"
    if status.get("mutedBy"):
        return "muted"
    return ""


def _objects(value: Any, what: str) -> Iterator[Mapping[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise NotV2(f"its {what} are not a list")
    for item in value:
        if not isinstance(item, dict):
            raise NotV2(f"one of its {what} is not an object")
        yield item


def _receiver(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return str(value["name"])
    raise NotV2("a group has no receiver")


def _texts(value: Any, what: str) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise NotV2(f"its {what} are not a mapping of texts")
    return value


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise NotV2(f"something in it has no {key}")
    return value


def _state(item: Mapping[str, Any]) -> str:
    status = item.get("status")
    return str(status.get("state", "")) if isinstance(status, dict) else ""


def _moment(item: Mapping[str, Any], key: str) -> int | None:
    value = item.get(key)
    try:
        return parse_time(value) if isinstance(value, str) else None
    except ValueError as error:
        raise NotV2(f"its {key} cannot be read: {error}") from error
