"""Whether what was promised was kept."""

import math

from sothat.reports.outline import Asked, Better
from sothat.reports.report import Verdict


def judged(asked: Asked, value: float | None, target: float | None = None) -> Verdict:
    """Return the verdict on a value; a value on the target keeps it.

    Args:
        asked: What was asked.
        value: What came; None, or not a number: no data.
        target: Instead of what is asked for; None: that.
    """
    if value is None or math.isnan(value):
        return Verdict.UNKNOWN
    limit = asked.target if target is None else target
    if limit is None:
        return Verdict.NONE
    kept = value >= limit if asked.better is Better.HIGHER else value <= limit
    return Verdict.KEPT if kept else Verdict.MISSED
