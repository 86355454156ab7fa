"""When to poll next: on the tick, or later after polls that brought nothing."""

import math

# A target that gives nothing is asked less often, yet soon enough to see that it is back.
MOST_DOUBLINGS = 3
MAX_BACK_OFF_SECONDS = 300.0
# The part of a longer pause that chance decides: what fails together is not asked together.
_JITTER = 0.25


def pause(since_first: float, interval: float, fruitless: int, chance: float) -> float:
    """Return the seconds until the next poll.

    Args:
        since_first: Seconds from the start of the first poll until now.
        interval: Seconds from the start of one poll to the start of the next.
        fruitless: Number of polls in a row that failed and brought nothing.
        chance: A random number, at least 0 and below 1.
    """
    # Ticks that a slow poll has missed are skipped, not made up for.
    to_tick = (math.floor(since_first / interval) + 1) * interval - since_first
    doubled = interval * 2 ** min(fruitless - 1, MOST_DOUBLINGS)
    longer = min(doubled, max(interval, MAX_BACK_OFF_SECONDS))
    return to_tick if longer <= interval else longer * (1 - _JITTER * chance)
