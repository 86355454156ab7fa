"""Short forms for writing metric contracts."""

from collections.abc import Sequence
from dataclasses import replace

from sothat.model.metric import Label, MetricFamily, MetricType, Presence

_UNITS = ("seconds", "bytes", "ratio", "celsius", "joules", "volts", "amperes", "watts", "dbm")


def gauge(
    name: str,
    help_text: str,
    labels: Sequence[Label] = (),
    *,
    event: bool = False,
    feature: bool = False,
) -> MetricFamily:
    """Return a gauge; its unit is read from its name."""
    return _family(MetricType.GAUGE, name, help_text, labels, _presence(event, feature))


def flag(
    name: str,
    help_text: str,
    labels: Sequence[Label] = (),
    *,
    event: bool = False,
    feature: bool = False,
) -> MetricFamily:
    """Return a gauge that is 0 or 1; what is made of it is checked and proven as such."""
    return replace(gauge(name, help_text, labels, event=event, feature=feature), unit="boolean")


def counter(
    name: str,
    help_text: str,
    labels: Sequence[Label] = (),
    *,
    event: bool = False,
    feature: bool = False,
) -> MetricFamily:
    """Return a counter; its unit is read from its name."""
    return _family(MetricType.COUNTER, name, help_text, labels, _presence(event, feature))


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


def _presence(event: bool, feature: bool) -> Presence:  # noqa: FBT001 – both are named above
    if feature:
        return Presence.FEATURE
    return Presence.EVENT if event else Presence.ALWAYS


def _family(
    kind: MetricType, name: str, help_text: str, labels: Sequence[Label], presence: Presence
) -> MetricFamily:
    return MetricFamily(name, kind, help_text, unit_of(name), tuple(labels), presence)
