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


def slip_of(name: str, known: Iterable[str]) -> str:
    """Return the known name of which one is a slip of the keyboard; empty when it is of none.

    Only slips inside one word count, and only what no two real words differ in: two neighbouring
    letters exchanged, or an inner letter doubled or left out. ``async`` is no slip of ``sync``,
    ``reads`` none of ``read``.
    """
    words = name.split("_")
    for other in known:
        if abs(len(other) - len(name)) <= 1 and other[:1] == name[:1]:
            others = other.split("_")
            apart = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
            if len(words) == len(others) and len(apart) == 1 and _is_slip(*apart[0]):
                return other
    return ""


def _is_slip(word: str, meant: str) -> bool:
    if not (word.isalpha() and meant.isalpha()) or min(len(word), len(meant)) < _SHARED:
        return False
    if len(word) == len(meant):
        return _exchanged(word, meant)
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    doubled = (i for i in range(1, len(longer) - 1) if longer[i] in (longer[i - 1], longer[i + 1]))
    return len(longer) == len(shorter) + 1 and any(
        longer[:i] + longer[i + 1 :] == shorter for i in doubled
    )


def _exchanged(word: str, meant: str) -> bool:
    apart = [i for i, (one, other) in enumerate(zip(word, meant, strict=True)) if one != other]
    return (
        len(apart) == 2  # noqa: PLR2004 – two letters
        and apart[1] == apart[0] + 1
        and word[apart[0]] == meant[apart[1]]
        and word[apart[1]] == meant[apart[0]]
    )
