"""Short forms for writing metric contracts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, Unpack

from sothat.model.metric import Label, MetricFamily, MetricType, Presence

_UNITS = ("seconds", "bytes", "ratio", "celsius", "joules", "volts", "amperes", "watts", "dbm")


class When(TypedDict, total=False):
    """When a family has no series; by default never.

    Attributes:
        event: Until something has happened: to be there says something.
        feature: Where what it reports on is not there, or not switched on.
    """

    event: bool
    feature: bool


def gauge(
    name: str, help_text: str, labels: Sequence[Label] = (), **when: Unpack[When]
) -> MetricFamily:
    """Return a gauge; its unit is read from its name."""
    return _family(MetricType.GAUGE, name, help_text, labels, _presence(when))


def flag(
    name: str, help_text: str, labels: Sequence[Label] = (), **when: Unpack[When]
) -> MetricFamily:
    """Return a gauge that is 0 or 1; what is made of it is checked and proven as such."""
    return replace(gauge(name, help_text, labels, **when), unit="boolean")


def counter(
    name: str, help_text: str, labels: Sequence[Label] = (), **when: Unpack[When]
) -> MetricFamily:
    """Return a counter; its unit is read from its name."""
    return _family(MetricType.COUNTER, name, help_text, labels, _presence(when))


def histogram(
    name: str, help_text: str, buckets: Sequence[float], labels: Sequence[Label] = ()
) -> MetricFamily:
    """Return a histogram by its base name and upper bounds, ascending, without +Inf."""
    family = _family(MetricType.HISTOGRAM, name, help_text, labels, Presence.FEATURE)
    return replace(family, buckets=tuple(buckets))


def unit_of(name: str) -> str:
    """Return the base unit that a metric's name states, or nothing for plain counts."""
    words = name.removesuffix("_total").split("_")
    return next((word for word in reversed(words) if word in _UNITS), "")


def _presence(when: When) -> Presence:
    if when.get("feature"):
        return Presence.FEATURE
    return Presence.EVENT if when.get("event") else Presence.ALWAYS


def _family(
    kind: MetricType, name: str, help_text: str, labels: Sequence[Label], presence: Presence
) -> MetricFamily:
    return MetricFamily(name, kind, help_text, unit_of(name), tuple(labels), presence)
