"""When Prometheus was not recording: said in the report, not smoothed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sothat.service_levels.intervals import Interval, without


def gaps(moments: Sequence[float], step: float, bounds: Interval) -> tuple[Interval, ...]:
    """Return the time within bounds that no sample stands for.

    Args:
        moments: When there were samples, seconds since the epoch.
        step: Seconds between two questions; a sample stands for the step that it ends.
        bounds: The time that is asked for.
    """
    covered = [Interval(_at(moment - step), _at(moment)) for moment in moments]
    return tuple(gap for gap in without([bounds], covered) if gap.seconds > step)


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def share(found: Sequence[Interval], bounds: Interval) -> float:
    """Return the share of bounds that lies in no gap."""
    missing = sum(gap.seconds for gap in found)
    return 1 - missing / bounds.seconds if bounds.seconds else 1.0
