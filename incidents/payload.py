"""Alertmanager's webhook payload, version 4, as typed data; what is not v4 is refused in words."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder
from sothat.incidents.times import parse_time

VERSION = "4"
_SENDERS = {VERSION: "Alertmanager's", "1": "Grafana's"}
_FINGERPRINT = re.compile(r"[0-9A-Za-z_.:-]{1,128}", re.ASCII)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NotV4(ValueError):  # noqa: N818 – it is named for what it says
    """The body is not a payload of version 4; the text says what it is instead."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One alert as one message reports it; times in nanoseconds, None where not known.

    Attributes:
        doubts: What of it could not be read and how it counts without, one sentence each.
    """

    fingerprint: str
    firing: bool
    starts_at: int | None
    ends_at: int | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of Alertmanager.

    Attributes:
        receiver: Name of the receiver, unescaped.
        truncated: How many alerts ``max_alerts`` cut off.
        problems: What was wrong with its alerts, one sentence each.
        group: The labels by which Alertmanager has grouped it.
    """

    receiver: str
    group_key: str
    external_url: str
    truncated: int
    sightings: tuple[Sighting, ...]
    problems: tuple[str, ...]
    group: Mapping[str, str] = field(default_factory=dict)


def parse_message(body: bytes, version: str = VERSION) -> Message:
    """Return the message in a request's body.

    An alert that cannot be told apart from others, or of which it is not clear whether it fires, is
    left out; whatever else cannot be read, the alert counts. ``problems`` names both.

    Raises:
        NotV4: The body is not Alertmanager's payload of the version.
    """
    try:
        return _plain_message(_PLAIN.decode(body), version)
    except (ValidationError, DecodeError, ValueError, RecursionError):
        # Something is unusual about it: it is looked at piece by piece, and said what.
        return _strange_message(body, version)


class _PlainAlert(Struct):
    """An alert with nothing unusual about it; what is unusual is read by other functions."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    fingerprint: str
    annotations: dict[str, str] = {}
    startsAt: str | None = None  # noqa: N815 – Alertmanager's name, likewise the next two
    endsAt: str | None = None  # noqa: N815
    generatorURL: str = ""  # noqa: N815


class _PlainMessage(Struct):
    """A message with nothing unusual about it."""

    version: str
    alerts: list[_PlainAlert]
    receiver: str = ""
    groupKey: str = ""  # noqa: N815
    externalURL: str = ""  # noqa: N815
    truncatedAlerts: int = 0  # noqa: N815
    groupLabels: dict[str, str] = {}  # noqa: N815


_PLAIN = Decoder(_PlainMessage)


def _plain_message(data: _PlainMessage, version: str) -> Message:
    if data.version != version:
        raise ValueError("another version")
    return Message(
        receiver=unescape(data.receiver),
        group_key=data.groupKey,
        external_url=data.externalURL,
        truncated=_count(data.truncatedAlerts),
        sightings=tuple(map(_plain_sighting, data.alerts)),
        problems=(),
        group=data.groupLabels,
    )


def _plain_sighting(alert: _PlainAlert) -> Sighting:
    """Return what an alert says.

    Raises:
        ValueError: Something is unusual about it after all.
    """
    if not alert.labels or not _FINGERPRINT.fullmatch(alert.fingerprint):
        raise ValueError("unusual")
    firing = alert.status == "firing"
    starts, ends = alert.startsAt, alert.endsAt
    return Sighting(
        fingerprint=alert.fingerprint,
        firing=firing,
        starts_at=None if starts is None else parse_time(starts),
        # While it fires, its end is only a guess of the sender's.
        ends_at=None if firing or ends is None else parse_time(ends),
        labels=alert.labels,
        annotations=alert.annotations,
        generator_url=alert.generatorURL,
    )


def _strange_message(body: bytes, wanted: str) -> Message:
    data = _object(body)
    version = data.get("version")
    what = f"this is not {_SENDERS.get(wanted, 'a known')} payload version {wanted}"
    if version != wanted:
        raise NotV4(f"{what}: its version is {version!r:.40}")
    alerts = data.get("alerts")
    if not isinstance(alerts, list):
        raise NotV4(f"{what}: 'alerts' is not a list")
    sightings: list[Sighting] = []
    problems: list[str] = []
    for number, alert in enumerate(alerts, start=1):
        try:
            sighting = _sighting(alert)
        except ValueError as error:
            problems.append(f"alert {number} of {len(alerts)} left out: {error}")
        else:
            sightings.append(sighting)
            problems += [f"alert {number} of {len(alerts)}: {text}" for text in sighting.doubts]
    return Message(
        receiver=unescape(_text(data.get("receiver"))),
        group_key=_text(data.get("groupKey")),
        external_url=_text(data.get("externalURL")),
        truncated=_count(data.get("truncatedAlerts")),
        sightings=tuple(sightings),
        problems=tuple(problems),
        group=_texts(data.get("groupLabels")),
    )


def unescape(receiver: str) -> str:
    r"""Return a receiver's name without the regular-expression escapes (``team-a\.prod``)."""
    return _ESCAPED.sub(r"\1", receiver) if "\\" in receiver else receiver


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotV4(f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise NotV4("the body is not a JSON object")
    return data


def _sighting(alert: Any) -> Sighting:
    if not isinstance(alert, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 – bad input, not a wrong call
    status = alert.get("status")
    if status not in ("firing", "resolved"):
        raise ValueError(f"its status is {status!r:.40}, neither firing nor resolved")
    labels = _labels(alert.get("labels"))
    firing = status == "firing"
    doubts: list[str] = []
    return Sighting(
        fingerprint=_fingerprint(alert.get("fingerprint"), labels),
        firing=firing,
        starts_at=_time(alert, "startsAt", doubts),
        # While it fires, its end is only a guess of the sender's.
        ends_at=None if firing else _time(alert, "endsAt", doubts),
        labels=labels,
        annotations=_annotations(alert.get("annotations"), doubts),
        generator_url=_text(alert.get("generatorURL")),
        doubts=tuple(doubts),
    )


def _labels(value: Any) -> Mapping[str, str]:
    if not value:
        raise ValueError("it has no labels")
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("its labels are not a mapping of texts")
    return value


def _annotations(value: Any, doubts: list[str]) -> Mapping[str, str]:
    if value is None:
        return {}
    texts = _texts(value)
    if texts != value:
        doubts.append("its annotations are not a mapping of texts: only what is text counts")
    return texts


def _time(alert: Mapping[str, Any], key: str, doubts: list[str]) -> int | None:
    value = alert.get(key)
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise ValueError("it is not a text")  # noqa: TRY004, TRY301 – bad input, as the rest
        return parse_time(value)
    except ValueError as error:
        doubts.append(f"its {key} cannot be read, so the time of receipt counts: {error}")
        return None


def _fingerprint(value: Any, labels: Mapping[str, str]) -> str:
    """Return Alertmanager's fingerprint; without a usable one, one made from the labels."""
    if isinstance(value, str) and _FINGERPRINT.fullmatch(value):
        return value
    canonical = json.dumps(sorted(labels.items()))
    return "labels:" + hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _texts(value: Any) -> Mapping[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    # To Python true is a number, but not to the store, which could not be read any more.
    number = isinstance(value, int) and not isinstance(value, bool)
    return value if number and 0 < value < 2**31 else 0
