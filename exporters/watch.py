"""Watching many servers: one session each, whose parts are read, refused and counted singly."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.declare import counter, gauge
from sothat.exporters.labelling import labelled
from sothat.exporters.source import Sample
from sothat.model.metric import Label, MetricFamily

log = logging.getLogger(__name__)

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)

SERVER = Label("server", "Name in the exporter's configuration or discovery file; else its address")
REASONS = ("denied", "off", "unsupported", "timeout", "lost", "malformed", "error")
_PART = Label("part", "Group of figures, as the setting `without` names it")
_REASON = Label(
    "reason",
    "denied: the user lacks a privilege; off: the server does not keep these figures; unsupported: "
    "this version has them not; timeout, lost: no answer in time, or no connection any more; "
    "malformed: no proper answer; error: anything else",
    REASONS,
)
# Connections are opened anew now and then, so that a name that has moved to another server is seen.
_CONNECTION_SECONDS = 600.0
_LONGEST_PAUSE = 30.0
# Polls that a part sits out after one time-out; doubled with each further one.
_LONGEST_REST = 32
_MOST_RECONNECTS = 2


class DownError(Exception):
    """The server cannot be asked: no connection, no sign-in, no answer."""


class LostError(Exception):
    """The session has ended in the middle of a question.

    Attributes:
        reason: timeout or lost.
    """

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class AbsentError(Exception):
    """The server does not answer one question; the session is as good as before.

    Attributes:
        reason: One of `REASONS`.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        self.reason = reason
        super().__init__(message or reason)


class Link(Protocol[S_co]):
    """The way to one server; there is never more than one connection."""

    def session(self, deadline: Deadline) -> S_co:
        """Return a session of one poll, on the open connection or on a new one.

        Raises:
            DownError: There is none to be had by the deadline.
        """

    def close(self) -> None:
        """Hang up. May be called from another thread, and twice."""


@dataclass(frozen=True, slots=True)
class Part(Generic[S]):
    """A group of figures that is read, switched and refused as one.

    Attributes:
        name: As the setting ``without`` names it.
        open: Returns a reader for one server, given the number of seats of top lists. The reader
            yields samples without the label of the server, and may raise `AbsentError`.
        slow: Whether it costs the server much: read less often, and kept meanwhile.
    """

    name: str
    families: tuple[MetricFamily, ...]
    open: Callable[[int], Callable[[S], Iterable[Sample]]]
    slow: bool = False


def plain(
    name: str,
    families: Sequence[MetricFamily],
    read: Callable[[S], Iterable[Sample]],
    *,
    slow: bool = False,
) -> Part[S]:
    """Return a part that remembers nothing."""
    return Part(name, tuple(families), lambda _: read, slow)


@dataclass(frozen=True, slots=True)
class Plan(Generic[S]):
    """How each server is watched.

    Attributes:
        prefix: Of the families, such as ``mysql_server``.
        seats: Of each top list.
        slow_seconds: How long figures of slow parts are kept.
    """

    prefix: str
    parts: Sequence[Part[S]]
    clock: Clock
    seats: int = 20
    slow_seconds: float = 300.0


@dataclass(slots=True)
class _Reading(Generic[S]):
    """What is known of one part of one server."""

    part: Part[S]
    read: Callable[[S], Iterable[Sample]]
    kept: list[Sample] | None = None
    due: float = -math.inf
    resting: int = 0
    rest: int = 0


class Watch(Generic[S]):
    """One server, poll after poll. For one thread at a time.

    Attributes:
        why: Why it is down; empty while it is not.
    """

    def __init__(self, name: str, link: Link[S], plan: Plan[S]) -> None:
        self._labels = {"server": name}
        self._link = link
        self._plan = plan
        self._readings = [_Reading(part, part.open(plan.seats)) for part in plan.parts]
        self._failures: Counter[tuple[str, str]] = Counter()
        self._refusals = 0
        self._not_before = -math.inf
        self.why = ""
        self._reconnects = 0

    def samples(self, deadline: Deadline) -> list[Sample]:
        """Return what the server tells; one that is down is ``…_up 0`` and nothing else."""
        clock = self._plan.clock
        begun = clock.monotonic()
        if begun < self._not_before:
            return [self._own("up", 0)]
        self._reconnects = 0
        try:
            found = list(self._found(deadline))
        except DownError as error:
            self._down(str(error))
            return [self._own("up", 0)]
        self._up()
        took = clock.monotonic() - begun
        own = (self._own("up", 1), self._own("poll_duration_seconds", took))
        return [*own, *labelled(found, self._labels)]

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    def _found(self, deadline: Deadline) -> Iterator[Sample]:
        session = self._link.session(deadline)
        for reading in self._readings:
            session, found, success = self._part(reading, session, deadline)
            yield from found
            yield Sample(f"{self._plan.prefix}_part_success", success, {"part": reading.part.name})
        for (part, reason), number in self._failures.items():
            labels = {"part": part, "reason": reason}
            yield Sample(f"{self._plan.prefix}_part_failures_total", number, labels)

    def _part(
        self, reading: _Reading[S], session: S, deadline: Deadline
    ) -> tuple[S, list[Sample], bool]:
        now = self._plan.clock.monotonic()
        if now < reading.due:
            return session, reading.kept or [], reading.kept is not None
        reading.kept = None
        if reading.resting:
            reading.resting -= 1
            return session, [], False
        try:
            self._check_time(deadline)
            found = list(reading.read(session))
        except AbsentError as error:
            self._fail(reading, error.reason)
            if reading.part.slow and not reading.rest:  # to be told so may cost as much
                reading.due = now + self._plan.slow_seconds
            return session, [], False
        except LostError as error:
            self._fail(reading, error.reason)
            self._reconnects += 1
            self._link.close()
            return self._link.session(deadline), [], False
        reading.rest = 0
        if reading.part.slow:
            reading.kept, reading.due = found, now + self._plan.slow_seconds
        return session, found, True

    def _check_time(self, deadline: Deadline) -> None:
        if deadline.expired() or self._reconnects > _MOST_RECONNECTS:
            raise AbsentError("timeout", "no time is left")

    def _fail(self, reading: _Reading[S], reason: str) -> None:
        self._failures[reading.part.name, reason] += 1
        if reason == "timeout":  # the server may still be at it
            reading.rest = min(_LONGEST_REST, max(1, reading.rest * 2))
            reading.resting = reading.rest

    def _down(self, why: str) -> None:
        self._link.close()
        for reading in self._readings:
            reading.kept, reading.due = None, -math.inf
        pause = min(_LONGEST_PAUSE, 2.0 ** min(self._refusals, 10))
        self._not_before = self._plan.clock.monotonic() + (pause if self._refusals else 0.0)
        self._refusals += 1
        if why != self.why:  # …_up 0 cannot say why
            log.warning("a server is down", extra={**self._labels, "why": why})
        self.why = why

    def _up(self) -> None:
        if self.why:
            log.info("a server is up again", extra=self._labels)
        self.why, self._refusals, self._not_before = "", 0, -math.inf

    def _own(self, name: str, value: float) -> Sample:
        return Sample(f"{self._plan.prefix}_{name}", value, self._labels)


class Aged:
    """Says when a connection has been open for long enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = -math.inf

    def renew(self) -> None:
        """Note that the connection is new."""
        self._until = self._clock.monotonic() + _CONNECTION_SECONDS

    def over(self) -> bool:
        """Return whether the connection is to be opened anew."""
        return self._clock.monotonic() >= self._until


def own_families(prefix: str, kind: str) -> tuple[MetricFamily, ...]:
    """Return the families that every watched server has."""
    return (
        gauge(f"{prefix}_up", f"Whether {kind} can be connected to and answers.", [SERVER]),
        gauge(
            f"{prefix}_poll_duration_seconds",
            "How long the poll took, a connection to be made included; absent while down.",
            [SERVER],
            event=True,
        ),
        gauge(
            f"{prefix}_part_success",
            "Whether a group of figures could be read; absent while the server is down.",
            [SERVER, _PART],
            event=True,
        ),
        counter(
            f"{prefix}_part_failures_total",
            "Polls in which a group of figures could not be read, by reason.",
            [SERVER, _PART, _REASON],
            event=True,
        ),
    )
