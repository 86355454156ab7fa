"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], suffix: str = "") -> str:
    """Return a hint with the known name that is closest, empty when none is close."""
    guesses = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean '{guesses[0]}{suffix}'?" if guesses else ""
