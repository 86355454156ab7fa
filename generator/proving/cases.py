"""What a generated test says: series go in, and at some times these alerts fire and no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a case shows of its alert."""

    FIRES = "fires"
    QUIET = "quiet"
    BOUNDARY = "boundary"
    GUARD = "guard"
    LABELS = "labels"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Look:
    """A look at an alert.

    Attributes:
        at: Seconds since the start, a multiple of the case's evaluation interval.
        fires: Labels of each alert that fires then, static ones left out; none: it is quiet.
    """

    at: float
    fires: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One test of one alert.

    Attributes:
        alert: The alert's name.
        name: What is shown, in words; unique among the alert's cases.
        interval: Seconds from one sample to the next.
        every: Seconds from one evaluation of the rules to the next.
        series: Pairs of selector and values in promtool's notation.
    """

    alert: str
    name: str
    purpose: Purpose
    interval: float
    every: float
    series: tuple[tuple[str, str], ...]
    looks: tuple[Look, ...]

    @property
    def is_crisp(self) -> bool:
        """Return whether the last quiet look before it fires is just one evaluation before."""
        first = next((i for i, look in enumerate(self.looks) if look.fires), 0)
        return first > 0 and self.looks[first].at - self.looks[first - 1].at <= self.every
