"""What every on-call system has: people, layers of turns, schedules, chains. Frozen, no I/O.

Readers (`sothat.incidents.moving.importers`) make this of an export; `composing` makes our
configuration of it. Local times are naive and belong to the zone that stands beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from sothat.incidents.moving.reading import TWICE, Node, Records

# Ids of those who have the duty together; empty: nobody.
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the other system.

    Attributes:
        place: Where in the export they stand.
        email: Empty: none in the export.
        zone: IANA name, empty: none in the export.
        others: Further ways to reach them, as ``(sort, address)``.
    """

    id: str
    name: str
    place: str
    email: str = ""
    zone: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A time of every week.

    Attributes:
        day: Day of the week on which it starts, 0 is Monday.
        start: Minutes after midnight.
        minutes: How long it is, a week at most.
    """

    day: int
    start: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A time that is written out: who, from one aware moment to another."""

    starts: datetime
    ends: datetime
    group: Group


@dataclass(frozen=True, slots=True)
class Layer:
    """Groups in turn, handed over at local times.

    Attributes:
        zone: IANA name.
        starts: Local time of the first hand-over.
        shift: How long a turn is on the wall clock.
        groups: In turn.
        spans: When it has the duty; empty: always.
        ends: Local time from which on it has nobody.
        turns: Times that are written out and go before the groups'; the later before the earlier.
    """

    name: str
    place: str
    zone: str
    starts: datetime = datetime(1970, 1, 1)  # noqa: DTZ001 – local
    shift: timedelta = timedelta(days=1)
    groups: tuple[Group, ...] = ()
    spans: tuple[Span, ...] = ()
    ends: datetime | None = None
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who is on call when.

    Attributes:
        tracks: Each has one group on call at a time, by its first layer that has anybody; all
            tracks are on call at once.
        covers: Overrides of all tracks; the later before the earlier.
    """

    id: str
    name: str
    place: str
    zone: str
    tracks: tuple[tuple[Layer, ...], ...]
    covers: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Who is asked so long after the start, if nobody has answered.

    Attributes:
        schedules: Ids; whoever is on call by each is asked.
        people: Ids.
    """

    after: timedelta
    schedules: tuple[str, ...]
    people: Group
    place: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps in order of time, repetitions written out."""

    id: str
    name: str
    place: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the export that our language does not say.

    Attributes:
        place: ``file#/pointer``.
        what: What does not carry over.
        instead: What a person can do about it.
        about: Id of the schedule or chain beside which it is noted.
        kept: Nothing is lost, but somebody should know.
    """

    place: str
    what: str
    instead: str
    about: str = ""
    kept: bool = False


def strange(records: Records) -> Iterator[Loss]:
    """Yield what is to be said of the records that no reader has a use for."""
    for node in records.get("", ()):
        yield Loss(node.place, "not known here", "look at it", kept=True)
    for node in records.get(TWICE, ()):
        what = f"'{node.text('id')}' stands twice in the export, and differs: the first counts"
        yield Loss(node.place, what, "export it anew, or look at it")


@dataclass(frozen=True, slots=True)
class Move:
    """All that an export says, and what could not be taken over."""

    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    schedules: tuple[Schedule, ...] = ()
    chains: tuple[Chain, ...] = ()
    losses: tuple[Loss, ...] = ()


class Importer(Protocol):
    """One system's reader; an extension module offers it as ``IMPORTER``."""

    @property
    def title(self) -> str:
        """Return the system's name, for people."""

    @property
    def hint(self) -> str:
        """Return what its export is, in a few words."""

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say.

        Args:
            exports: The roots of the files.
            now: The aware moment of reading: turns that are over are left out.

        Raises:
            Unusable: An export has another shape; the problem names the pointer.
        """
        ...
