"""Drills: incidents that are none, led as if they were. Pure.

What an alert's labels say: ``drill`` names the drill; ``drill_participants`` who takes part, and
then nobody else hears of it. A drill is never told to customers, and counts in no figure.
"""

from collections.abc import Mapping

DRILL = "drill"
PARTICIPANTS = "drill_participants"


def is_drill(labels: Mapping[str, str]) -> bool:
    """Return whether an incident with these labels is a drill."""
    return DRILL in labels


def participants(labels: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the users or roles that take part; None: it is told to whoever is told of others."""
    if DRILL not in labels or PARTICIPANTS not in labels:
        return None
    names = (name.strip() for name in labels[PARTICIPANTS].split(","))
    return tuple(dict.fromkeys(name for name in names if name))
