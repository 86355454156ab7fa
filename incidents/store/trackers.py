"""How each tracker stands: paused, not letting us in, or due to be asked what has changed."""

from dataclasses import dataclass

from sothat.incidents.store.ticket_tables import TRACKER
from sothat.incidents.times import seconds
from sothat.incidents.transaction import Transaction
from sqlalchemy import select, update


@dataclass(frozen=True, slots=True)
class Poll:
    """That a tracker is to be asked what has changed.

    Attributes:
        since: From when on, by its own clock; None: nobody has asked yet.
    """

    since: int | None


def take_poll(transaction: Transaction, tracker: str, every: int) -> Poll | None:
    """Take it upon this process to ask a tracker; None: it is not due, another one has."""
    now = transaction.now
    query = select(TRACKER.c.since, TRACKER.c.poll_at).where(TRACKER.c.name == tracker)
    row = transaction.connection.execute(query).one()
    if row.poll_at > now:
        return None
    _set(transaction, tracker, poll_at=now + every)
    return Poll(row.since)


def polled(transaction: Transaction, tracker: str, since: int, *, more: bool) -> None:
    """Keep from when on a tracker is asked next; at once if there is more."""
    change = {"since": since} | ({"poll_at": transaction.now} if more else {})
    _set(transaction, tracker, **change)


def hold(transaction: Transaction, tracker: str, pause: float) -> None:
    """Ask nothing of a tracker for some seconds, as it has failed."""
    until = transaction.now + seconds(pause)
    failures = TRACKER.c.failures + 1
    _set(transaction, tracker, resume_at=until, poll_at=until, failures=failures)


def failures_of(transaction: Transaction, tracker: str) -> int:
    """Return how often in a row a tracker has failed."""
    query = select(TRACKER.c.failures).where(TRACKER.c.name == tracker)
    return int(transaction.connection.execute(query).scalar_one())


def shut(transaction: Transaction, tracker: str, pause: float) -> bool:
    """Stop asking a tracker that does not let us in; return whether it did until now."""
    fresh = _denied_at(transaction, tracker) is None
    hold(transaction, tracker, pause)
    if fresh:
        _set(transaction, tracker, denied_at=transaction.now)
    return fresh


def succeed(transaction: Transaction, tracker: str) -> bool:
    """Keep that a tracker did what it was asked; return whether it had not let us in before."""
    denied = _denied_at(transaction, tracker) is not None
    _set(transaction, tracker, succeeded_at=transaction.now, failures=0, denied_at=None)
    return denied


def try_again(transaction: Transaction, tracker: str) -> None:
    """Ask a tracker at once that did not let us in: somebody may have renewed the credentials."""
    if _denied_at(transaction, tracker) is not None:
        _set(transaction, tracker, resume_at=0, poll_at=0)


def _denied_at(transaction: Transaction, tracker: str) -> int | None:
    query = select(TRACKER.c.denied_at).where(TRACKER.c.name == tracker)
    found: int | None = transaction.connection.execute(query).scalar()
    return found


def _set(transaction: Transaction, tracker: str, **change: object) -> None:
    here = update(TRACKER).where(TRACKER.c.name == tracker)
    transaction.connection.execute(here.values(change))
