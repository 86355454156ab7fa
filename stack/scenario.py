"""What a scenario of the demo is: a fault, and the signs by which it shows on its way round."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sothat.stack.part import Address

# The labels of what was hit, such as ``{"device": "…"}``.
Victim = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """The running stack as a fault sees it: where the parts listen, and its data folder."""

    addresses: Mapping[str, Address]
    data: Path


@dataclass(frozen=True, slots=True)
class Sign:
    """How the exporter shows the fault: a series of the victim whose value fits.

    Attributes:
        metric: The series' name.
        fits: Whether a value shows the fault.
    """

    metric: str
    fits: Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, from its beginning to the number on the board.

    Attributes:
        strike: Makes the fault when entered and heals it when left; gives what was hit.
        sign: How the exporter shows it.
        alert: Name of the alert that must fire.
        muted: Alerts that the fault raises too and that must be inhibited.
        alone: Whether any other incident means that the loop did not close.
    """

    name: str
    summary: str
    strike: Callable[[Site], AbstractContextManager[Victim]]
    sign: Sign
    alert: str
    muted: tuple[str, ...] = ()
    alone: bool = False
