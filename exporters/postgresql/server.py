"""One server: its connection, its parts, and what is true of it at this moment."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.labelling import labelled
from sothat.exporters.postgresql.address import Access, Address
from sothat.exporters.postgresql.answer import BrokenError, Connection, RefusedError, Row
from sothat.exporters.postgresql.part import Part, Reader, Session, text
from sothat.exporters.source import Sample

log = logging.getLogger(__name__)

_CANCELLED = "57014"
# Ours: the statement was not begun.
_NO_TIME = "no time"
# PostgreSQL's states for what a part may be refused for; anything else is "other".
_REFUSALS = {
    "42501": "permission",
    "42P01": "missing",
    "42703": "missing",
    "42883": "missing",
    "3F000": "missing",
    "55000": "missing",  # an extension that must be loaded at the start
    "55P03": "locked",
    _CANCELLED: "timeout",
    _NO_TIME: "timeout",
}
_FACTS = """
SELECT pg_is_in_recovery()::int, pg_has_role('pg_read_all_stats', 'USAGE')::int, current_database()
"""
# After failures, seconds until the next attempt: 1, 2, 4 … up to this.
_LONGEST_PAUSE = 30.0
# A slow part that takes too long is tried again after 2, 4, 8 … times the usual, up to this.
_LONGEST_REST = 32
# Less than this is no time to ask anything in.
_LEAST = 0.2


# Opens a connection with libpq's settings and a limit for statements.
Connect = Callable[[Mapping[str, str], float, Deadline], Connection]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may take; seconds.

    Attributes:
        connect: Opening a connection.
        details: From one reading of a slow part to the next.
    """

    connect: float = 3.0
    details: float = 60.0


@dataclass(slots=True)
class _Kept:
    """What a part brought, and when (monotonic).

    Attributes:
        complete: Whether nothing was refused.
        rest: Details' intervals from then until a slow part is asked again.
    """

    at: float
    samples: list[Sample]
    complete: bool = False
    rest: int = 1


class Server:
    """One server, on one connection that is kept from poll to poll.

    Args:
        name: The label of all its samples.
        parts: Those that are read.
        seats: Of each top list.
        connect: Opens connections.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        access: Access,
        parts: Sequence[Part],
        seats: int,
        patience: Patience,
        connect: Connect,
    ) -> None:
        self._connect = connect
        self._labels = {"server": name}
        self._address = address
        self._access = access
        self._patience = patience
        self._readers: dict[str, tuple[Part, Reader]] = {
            part.name: (part, part.open(seats)) for part in parts
        }
        self._busy = threading.Lock()
        self._retired = False
        self._line: Connection | None = None
        self._took = 0.0
        self._kept: dict[str, _Kept] = {}
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._failures = 0
        self._again = 0.0
        self._why = ""

    def poll(self, deadline: Deadline) -> list[Sample]:
        """Return all samples; those of a server that is down say so, and nothing else."""
        with self._busy:
            found = self._poll(deadline)
            if self._retired:
                self.hang_up()
        return found

    def retire(self) -> None:
        """Hang up for good; libpq bears one thread at a time, so a poll under way does it."""
        self._retired = True
        if self._busy.acquire(blocking=False):
            self.hang_up()
            self._busy.release()

    def _poll(self, deadline: Deadline) -> list[Sample]:
        try:
            found = self._up(deadline)
        except BrokenError as error:
            self.hang_up()
            self._note_failure(error, deadline.clock)
            found = [self._sample("up", 0), self._sample("unreachable", 1, reason=self._why)]
        found += self._refused()
        return found

    def hang_up(self) -> None:
        """Close the connection; the next poll opens another."""
        if self._line:
            self._line.close()
            self._line = None

    def _up(self, deadline: Deadline) -> list[Sample]:
        session = self._session(deadline)
        found = [
            self._sample("up", 1),
            self._sample("connect_duration_seconds", self._took),
        ]
        for part, reader in self._readers.values():
            now = deadline.clock.monotonic()
            kept = self._current(part, reader, session, now)
            found.append(self._sample("part_success", kept.complete, part=part.name))
            found.append(self._sample("part_age_seconds", now - kept.at, part=part.name))
            found += kept.samples
        self._note_success()
        return found

    def _session(self, deadline: Deadline) -> Session:
        """Return what parts ask with, on the connection there is, or on a new one if it is gone."""
        if self._line:
            try:
                return self._opened(self._line, deadline)
            except BrokenError as error:
                if error.reason == "timeout":
                    raise
                self.hang_up()
        return self._opened(self._connected(deadline), deadline)

    def _connected(self, deadline: Deadline) -> Connection:
        clock = deadline.clock
        begun = clock.monotonic()
        if begun < self._again:
            raise BrokenError(self._why, "not tried again yet")
        until = Deadline(min(deadline.at, begun + self._patience.connect), clock)
        parameters = self._access.parameters(self._address)
        self._line = self._connect(parameters, self._access.statement, until)
        self._took = clock.monotonic() - begun
        return self._line

    def _opened(self, line: Connection, deadline: Deadline) -> Session:
        def ask(statement: str, *parameters: str) -> Sequence[Row]:
            left = deadline.remaining()
            if left < _LEAST:
                raise RefusedError(_NO_TIME, "no time left")
            line.allow(left / 2)
            return line.rows(statement, *parameters)

        try:
            ((replica, monitor, database),) = ask(_FACTS)
        except RefusedError as error:
            reason = "timeout" if _REFUSALS.get(error.state) == "timeout" else "other"
            raise BrokenError(reason, str(error)) from error
        now = deadline.clock.time()
        return Session(line.version, replica == b"1", monitor == b"1", text(database), now, ask)

    def _current(self, part: Part, reader: Reader, session: Session, now: float) -> _Kept:
        """Return what a part brings now; a slow one, what it brought a while ago."""
        kept = self._kept.get(part.name)
        age = now - kept.at if kept else 0.0
        interval = self._patience.details
        if not kept or not part.slow or age >= kept.rest * interval:
            kept = self._kept[part.name] = self._read(part, reader, session, now)
        elif age >= interval:  # it is left alone, and what it brought until it was cut off is old
            kept.samples.clear()
        return kept

    def _read(self, part: Part, reader: Reader, session: Session, now: float) -> _Kept:
        """Return what a part brings; what it brought before it was refused counts."""
        before = self._kept.get(part.name)
        kept = _Kept(now, [])
        try:
            for sample in labelled(reader.read(session), self._labels):
                kept.samples.append(sample)
        except RefusedError as error:
            self._refuse(part, error)
            if error.state == _CANCELLED:  # the server has worked on it for nothing
                kept.rest = min(2 * (before.rest if before else 1), _LONGEST_REST)
        else:
            kept.complete = True
        return kept

    def _refuse(self, part: Part, error: RefusedError) -> None:
        reason = _REFUSALS.get(error.state, "other")
        if not self._refusals[part.name, reason]:
            details = {**self._labels, "part": part.name, "why": str(error)}
            log.warning("the server does not answer for a part", extra=details)
        self._refusals[part.name, reason] += 1

    def _refused(self) -> Iterator[Sample]:
        for (part, reason), number in self._refusals.items():
            yield self._sample("part_refusals_total", number, part=part, reason=reason)

    def _sample(self, name: str, value: float, **labels: str) -> Sample:
        return Sample(
            f"postgresql_{name}", value, {**self._labels, **labels} if labels else self._labels
        )

    def _note_failure(self, error: BrokenError, clock: Clock) -> None:
        now = clock.monotonic()
        if now < self._again:
            return
        if not self._failures:
            log.warning("the server is down", extra={**self._labels, "why": str(error)})
        self._why = error.reason
        self._again = now + min(2.0**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        self._kept.clear()

    def _note_success(self) -> None:
        if self._failures:
            log.info("the server is up again", extra=self._labels)
        self._failures, self._again = 0, 0.0
