"""The slow log's length; never its text."""

from collections.abc import Iterator

from sothat.exporters.redis.part import sample, shown
from sothat.exporters.redis.session import Session
from sothat.exporters.source import Sample
from sothat.exporters.watch import AbsentError, plain


def read(session: Session) -> Iterator[Sample]:
    """Yield how many commands the slow log holds.

    Raises:
        AbsentError: The answer is no number.
    """
    length = session.execute("SLOWLOG", "LEN")
    if not isinstance(length, int):
        raise AbsentError("malformed", "SLOWLOG LEN is no number")
    yield sample("slow_log_entries", length)


PART = plain(
    "slow-log",
    (shown("slow_log_entries", "Slow commands that are remembered; at its limit, old ones go."),),
    read,
)
