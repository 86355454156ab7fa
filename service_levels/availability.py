"""Monthly availability, what a client gets back for it, and the error budget; all explained.

Planned work is left out of both sides: it is no outage, and no time in which service was owed.
A month in which a contract began or ended counts from or up to that moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from sothat.model.policy import Calendar, Contract, Credit
from sothat.service_levels.deadline import Line
from sothat.service_levels.intervals import Interval, common, merged, total, without
from sothat.service_levels.words import duration, percent, span
from sothat.service_levels.zones import zone_named

# A month has about 2.7 million seconds: seven decimals of a share tell less than one apart.
_DIGITS = 10_000_000


@dataclass(frozen=True, slots=True)
class Availability:
    """How much of the time that was owed a service was there.

    Attributes:
        period: The time looked at.
        owed: The period without planned work.
        down: When the service was owed and out.
        share: 1 minus ``down`` of ``owed``, exact; 1 where nothing was owed.
        lines: Where the share comes from, interval by interval.
    """

    period: Interval
    owed: tuple[Interval, ...]
    down: tuple[Interval, ...]
    share: Fraction
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """An error budget of a calendar month, in seconds.

    Attributes:
        whole: What the objective allows.
        used: Outages so far.
        left: What is left of it; negative when it is overdrawn.
        lines: Where the figures come from.
    """

    whole: float
    used: float
    left: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Credited:
    """What a client gets back for a month.

    Attributes:
        share: Of the month's fee.
        tier: Which tier applies; None when the promise was kept.
        text: Why, for people.
    """

    share: float
    tier: Credit | None
    text: str


def availability(
    calendar: Calendar,
    period: Interval,
    outages: Iterable[Interval],
    planned: Sequence[Interval] = (),
) -> Availability:
    """Return the availability of a service in a period.

    Args:
        calendar: In whose local time it is explained.
        period: A month, or the part of it in which the service was owed.
        outages: When the service was out, in any order; they may overlap.
        planned: Planned work.

    Raises:
        Unusable: The calendar's zone is not known.
    """
    owed = without((period,), planned)
    known = merged(outages)
    down = common(known, owed)
    seconds = sum(one.microseconds for one in owed)
    share = 1 - Fraction(sum(one.microseconds for one in down), seconds) if seconds else Fraction(1)
    lines = (
        _headline(calendar, period, total(owed), total(down), share),
        *_left_out(calendar, common(planned, (period,)), known),
        *_outages(calendar, down),
    )
    return Availability(period, owed, down, share, lines)


def _headline(
    calendar: Calendar, period: Interval, owed: float, down: float, share: Fraction
) -> Line:
    text = (
        f"{span(period, zone_named(calendar.time_zone))}: {_figure(share)} "
        f"available, out for {duration(down)} of {duration(owed)}."
    )
    return Line("availability", period, owed, text)


def _left_out(
    calendar: Calendar, planned: Sequence[Interval], outages: Sequence[Interval]
) -> Iterator[Line]:
    zone = zone_named(calendar.time_zone)
    for one in planned:
        out = total(common(outages, (one,)))
        during = f", {duration(out)} of outage in it not counted" if out else ""
        yield Line("planned", one, one.seconds, f"{span(one, zone)}: planned work{during}.")


def _outages(calendar: Calendar, down: Sequence[Interval]) -> Iterator[Line]:
    zone = zone_named(calendar.time_zone)
    for one in down:
        yield Line("outage", one, one.seconds, f"{span(one, zone)}: out, {duration(one.seconds)}.")


def credited(contract: Contract, reached: Availability) -> Credited:
    """Return what a client gets back: the largest credit among the tiers that apply."""
    applying = [tier for tier in contract.credits if reached.share < exact(tier.below)]
    tier = max(applying, key=lambda tier: tier.credit, default=None)
    figure = _figure(reached.share)
    if tier is None:
        return Credited(0.0, None, f"{figure} available: no tier of '{contract.name}' applies.")
    text = (
        f"{figure} available is below {percent(tier.below)}: "
        f"'{contract.name}' gives {percent(tier.credit)} of the fee back."
    )
    return Credited(tier.credit, tier, text)


def kept(contract: Contract, reached: Availability) -> bool:
    """Return whether a contract's availability was reached."""
    return reached.share >= exact(contract.availability)


def budget(objective: float, reached: Availability) -> Budget:
    """Return the error budget of a period.

    Args:
        objective: The share that is promised, below 1.
        reached: The availability of the whole month, with the outages so far.
    """
    owed, down = total(reached.owed), total(reached.down)
    whole = float((1 - exact(objective)) * Fraction(owed))
    left = whole - down
    state = f"{duration(left)} are left" if left >= 0 else f"overdrawn by {duration(-left)}"
    text = (
        f"{percent(objective)} of {duration(owed)} allow {duration(whole)} of outage; "
        f"{duration(down)} are used, {state}."
    )
    return Budget(whole, down, left, (Line("budget", reached.period, whole, text), *reached.lines))


def _figure(share: Fraction) -> str:
    """Return an availability, rounded down: what falls short of a promise never looks like it."""
    return percent(floor(share * _DIGITS) / _DIGITS, digits=8)


def exact(share: float) -> Fraction:
    """Return a share as it is written: 99.9 % is 999 of 1000, which no float is."""
    return Fraction(str(share))
