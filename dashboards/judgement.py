"""Judges numbers as the alerts do: a panel's thresholds are those of the alerts it names."""

from collections.abc import Iterable
from dataclasses import dataclass

from sothat.dashboards.palette import ATTENTION, BAD, GOOD, PLAIN
from sothat.model.alert import Alert, Threshold
from sothat.model.policy import Priority


@dataclass(frozen=True, slots=True)
class Bands:
    """Colours by value.

    Attributes:
        base: Colour below the first step.
        steps: Lower bound and colour of each band above, ascending.
        words: The limits in words, such as ``alert below 95%``; empty where nothing is judged.
    """

    base: str = PLAIN
    steps: tuple[tuple[float, str], ...] = ()
    words: str = ""

    @property
    def limits(self) -> tuple[tuple[float, str], ...]:
        """Return each limit with the colour of its worse side, as a line on a graph shows it."""
        if not self.steps or self.base in (GOOD, PLAIN):
            return self.steps
        below = [self.base, *(colour for _, colour in self.steps[:-1])]
        return tuple((value, colour) for (value, _), colour in zip(self.steps, below, strict=True))


UNJUDGED = Bands()
_URGENT = frozenset({Priority.P1, Priority.P2})


def bands_of(alerts: Iterable[Alert]) -> Bands:
    """Return the bands of the alerts that carry a threshold.

    All of them must look in one direction; the most urgent wins where several share a limit.

    Args:
        alerts: Alerts on the shown figure, any order.

    Raises:
        ValueError: Some alerts fire above their threshold and others below.
    """
    judged = [(a, a.condition.threshold) for a in alerts if a.condition.threshold]
    if not judged:
        return UNJUDGED
    above = {_fires_above(threshold) for _, threshold in judged}
    if len(above) > 1:
        names = ", ".join(alert.name for alert, _ in judged)
        raise ValueError(f"{names} fire in opposite directions and cannot share a panel")
    limits = sorted(
        (_limit(threshold), urgency(alert.action.priority)) for alert, threshold in judged
    )
    words = "; ".join(dict.fromkeys(limit_in_words(threshold) for _, threshold in judged))
    return _rising(limits, words) if above == {True} else _falling(limits, words)


def limit_in_words(threshold: Threshold) -> str:
    """Return ``alert above 85%`` and the like, with the value as the catalogue has it."""
    value = threshold.text.removeprefix(threshold.operator).strip()
    where = {">": "above", ">=": "from", "<": "below", "<=": "down from", "==": "at", "!=": "off"}
    return f"alert {where[threshold.operator]} {value}"


def _fires_above(threshold: Threshold) -> bool:
    if threshold.operator == "==":
        return threshold.value > 0
    return threshold.operator in {">", ">=", "!="}


def _limit(threshold: Threshold) -> float:
    """Return where the colour changes; states are whole numbers, so off zero means from one on."""
    if threshold.operator == "!=" or (threshold.operator == "==" and threshold.value == 0):
        return threshold.value + 1
    if threshold.operator == ">" and threshold.value == 0:
        return 1e-9
    return threshold.value


def urgency(priority: Priority) -> str:
    """Return the colour of a value for which an alert of a priority fires."""
    return BAD if priority in _URGENT else ATTENTION


def _rising(limits: list[tuple[float, str]], words: str) -> Bands:
    steps: dict[float, str] = {}
    worst = ATTENTION
    for value, colour in limits:
        worst = BAD if BAD in (worst, colour) else ATTENTION
        steps[value] = worst
    return Bands(GOOD, tuple(steps.items()), words)


def _falling(limits: list[tuple[float, str]], words: str) -> Bands:
    """Return bands where low is bad: a limit's colour reaches down to the next limit below."""
    mirrored = _rising([(-value, colour) for value, colour in reversed(limits)], "").steps
    colours = [colour for _, colour in mirrored]
    above = [*colours[-2::-1], GOOD]
    values = [-value for value, _ in reversed(mirrored)]
    return Bands(colours[-1], tuple(zip(values, above, strict=True)), words)
