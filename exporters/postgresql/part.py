"""What a part of a server's figures is: its families, and the statements that bring them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sothat.exporters.labelling import labelled
from sothat.exporters.postgresql.answer import RefusedError, Row
from sothat.exporters.source import Sample
from sothat.model.metric import Label, MetricFamily

SERVER = Label("server", "Name in the exporter's configuration or discovery file; else its address")
DATABASE = Label("database", "Database of the server")

# Beyond any release.
_NEVER = 1000


@dataclass(frozen=True, slots=True)
class Session:
    """What a part asks with.

    Attributes:
        version: The server's major version.
        replica: Whether it replays another server's log now.
        monitor: Whether our role sees all sessions (pg_monitor, pg_read_all_stats).
        database: The one that is connected to.
        now: Seconds since the epoch, by our clock.
        ask: Returns the rows of a statement with its parameters.
    """

    version: int
    replica: bool
    monitor: bool
    database: str
    now: float
    ask: Callable[..., Sequence[Row]]

    def insist_on_monitor(self) -> None:
        """Refuse to go on with a role that does not see others' sessions.

        Raises:
            RefusedError: It does not; what it would count were too few.
        """
        if not self.monitor:
            raise RefusedError("42501", "the role is not a member of pg_monitor")

    def of_database(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """Return samples with the label of the database that is connected to."""
        return labelled(samples, {"database": self.database})


class Reader(Protocol):
    """Reads one part of one server, poll after poll; may remember."""

    def read(self, session: Session) -> Iterable[Sample]:
        """Yield the samples, without the label of the server."""


@dataclass(frozen=True, slots=True)
class Part:
    """A group of figures that is read, switched and refused as one.

    Attributes:
        name: As the setting ``without`` names it.
        open: Returns a reader for one server, given the number of seats of its top lists.
        slow: Whether it reads whole catalogues: asked less often, and kept meanwhile.
    """

    name: str
    families: tuple[MetricFamily, ...]
    open: Callable[[int], Reader]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement whose columns are labels, then values.

    Attributes:
        labels: Names of the first columns.
        values: Family of each further column; the same family may come twice.
        since: First major version that it is for; ``until``: first that it is no longer for.
        monitor: Whether others' sessions must be seen; else what is counted would be too few.
    """

    values: tuple[str, ...]
    statement: str
    labels: tuple[str, ...] = ()
    since: int = 0
    until: int = _NEVER
    monitor: bool = False

    def fits(self, session: Session) -> bool:
        """Return whether this server is asked it."""
        return self.since <= session.version < self.until

    def samples(self, rows: Iterable[Row]) -> Iterator[Sample]:
        """Yield a sample for each value that is known."""
        first = len(self.labels)
        for row in rows:
            labels = dict(zip(self.labels, map(text, row[:first]), strict=True))
            yield from known(self.values, row[first:], labels)


@dataclass(frozen=True, slots=True)
class Readings:
    """The reader of parts that need no memory."""

    readings: tuple[Reading, ...]

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield what the statements for this server bring."""
        for reading in self.readings:
            if reading.fits(session):
                if reading.monitor:
                    session.insist_on_monitor()
                yield from reading.samples(session.ask(reading.statement))


def plain(
    name: str, families: Sequence[MetricFamily], *readings: Reading, slow: bool = False
) -> Part:
    """Return a part that is statements and nothing more."""
    reader = Readings(readings)
    return Part(name, tuple(families), lambda _: reader, slow)


def known(names: Iterable[str], values: Row, labels: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the values that are not NULL."""
    for name, value in zip(names, values, strict=True):
        if value is not None:
            yield Sample(name, float(value), labels)


def text(value: bytes | None) -> str:
    """Return a column as text, whatever the database's encoding."""
    return (value or b"").decode("utf-8", "replace")


def array(values: Iterable[object]) -> str:
    """Return numbers, or names without quotes, as an array is written."""
    return "{" + ",".join(map(str, values)) + "}"
