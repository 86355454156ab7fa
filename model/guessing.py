"""What somebody may have meant by a name that is not known."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, suffix: str = "", otherwise: str = "") -> str:
    """Return a hint for a name that is not known.

    Args:
        name: The name as written.
        known: The names that there are.
        suffix: What stands behind each known name where it is written.
        otherwise: The hint when none of them is close.
    """
    guesses = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean '{guesses[0]}{suffix}'?" if guesses else otherwise
