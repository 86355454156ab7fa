"""When a failed notification is tried again. Pure: the chance is passed in."""

MAX_ATTEMPTS = 10
_BASE_SECONDS = 5.0
_LONGEST_SECONDS = 900.0


def pause(attempt: int, chance: float, wanted: float | None = None) -> float:
    """Return the seconds until the next attempt.

    Args:
        attempt: How many attempts there have been, from 1.
        chance: From 0 to 1: spreads those that failed together over half of the pause.
        wanted: What the provider asked for; never less than that, and at most an hour.
    """
    full: float = min(_LONGEST_SECONDS, _BASE_SECONDS * 2 ** (attempt - 1))
    return max(full * (0.5 + chance / 2), min(wanted or 0.0, 3600.0))
