"""A guess at what was meant, for hints."""

import difflib
from collections.abc import Iterable

_SHARED = 4
_LENGTH_APART = 6
_ALIKE = 0.75


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like one; empty when none is near.

    Comparing letter by letter is slow, and contracts have thousands of names: only those of about
    the same length that begin or end alike are looked at.
    """
    head, tail = name[:_SHARED], name[-_SHARED:]
    candidates = [
        other
        for other in known
        if abs(len(other) - len(name)) <= _LENGTH_APART
        and (other.startswith(head) or other.endswith(tail))
    ]
    found = difflib.get_close_matches(name, candidates, n=1, cutoff=_ALIKE)
    return found[0] if found else ""
