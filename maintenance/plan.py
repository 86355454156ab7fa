"""What is planned: work in a window, the times in which none may be, and routine work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sothat.service_levels.intervals import Interval


class Sort(StrEnum):
    """How much notice work needs: 5 business days, 10, or as much as there is."""

    STANDARD = "standard"
    EXTENDED = "extended"
    EMERGENCY = "emergency"


# Business days of notice.
NOTICE_DAYS: Mapping[Sort, int] = {Sort.STANDARD: 5, Sort.EXTENDED: 10, Sort.EMERGENCY: 0}


class Side(StrEnum):
    """When a check is made: before the work, or after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold before or after work.

    Attributes:
        name: Unique within the work.
        query: PromQL; every sample of its answer must hold. Empty: a person confirms.
        operator: One of ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``.
        value: What samples are compared with.
        confirm: What a person looks at; empty where Prometheus is asked.
    """

    name: str
    side: Side
    query: str = ""
    operator: str = ""
    value: float = 0.0
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What customers are told, and nothing else of a work.

    Attributes:
        what: What is done, in their words.
        impact: What they will notice.
        workaround: What they can do meanwhile; empty: nothing is needed.
    """

    what: str
    impact: str
    workaround: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """One planned work.

    Attributes:
        interval: When, as announced.
        window: The policy's window that it must lie in; empty: none.
        owner: The team that does it.
        preventive: Whether it prevents faults; otherwise it repairs one or changes something.
        affects: Label sets, each label with its admissible values; alerts that carry all labels of
            one set are silenced meanwhile.
        clients: Names of those who are told.
        internal: Why, back-out, risk: for us alone.
    """

    id: str
    title: str
    sort: Sort
    interval: Interval
    owner: str
    told: Told
    window: str = ""
    preventive: bool = True
    affects: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    clients: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    internal: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which no work but emergencies may be.

    Attributes:
        reason: Why, such as a client's year-end closing.
    """

    interval: Interval
    reason: str


@dataclass(frozen=True, slots=True)
class Routine:
    """Work that comes again and again, as a list to tick off.

    Attributes:
        every: ``day`` (business days count as any), ``week`` or ``month``.
        items: What is looked at or done.
        since: The first day that counts, in local time.
    """

    name: str
    every: str
    owner: str
    items: tuple[str, ...]
    since: date


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan file.

    Attributes:
        time_zone: Whose wall clock its times and days are of.
        calendar: Name of the policy's calendar for business days.
    """

    time_zone: str
    calendar: str
    works: tuple[Work, ...]
    freezes: tuple[Freeze, ...] = ()
    routines: tuple[Routine, ...] = ()

    def work(self, identity: str) -> Work | None:
        """Return the work with an identity."""
        return next((one for one in self.works if one.id == identity), None)
