"""Planned work as customers see it: what the plan says is for them, once they were told."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sothat.incidents.communication.book import Service
from sothat.maintenance.notice import announce_by
from sothat.maintenance.plan import NOTICE_DAYS, Plan
from sothat.maintenance.reading import load_plan
from sothat.maintenance.records import Entry, Records
from sothat.maintenance.standing import Standing, State, standings
from sothat.model.policy import Policy
from sothat.model.problem import Unusable

_LOG = logging.getLogger(__name__)
# How long work that is over is still shown.
_LINGERS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Planned:
    """A work; moments are aware.

    Attributes:
        what: What is done, in customers' words; likewise ``impact`` and ``workaround``.
        announced: When they were told.
        days: Business days of notice that it needs.
        in_time: Whether they were told so many before.
        affects: Label sets of what it concerns.
        clients: Names of those who were told.
    """

    id: str
    what: str
    impact: str
    workaround: str
    starts: datetime
    ends: datetime
    state: State
    announced: datetime
    days: int
    in_time: bool
    affects: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    clients: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Return whether it is being done."""
        return self.state is State.RUNNING

    @property
    def over(self) -> bool:
        """Return whether it has ended, or does not take place."""
        return self.state not in (State.PLANNED, State.RUNNING)

    def touches(self, service: Service) -> bool:
        """Return whether a service may feel it: the two agree in labels that both name."""
        return any(_agree(one, other) for one in self.affects for other in service.when)


def _agree(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> bool:
    both = one.keys() & other.keys()
    return bool(both) and all(set(one[name]) & set(other[name]) for name in both)


class Calendar:
    """The plan and its record, read anew; while a file cannot be read, as they were last.

    Args:
        plan: The plan's file; None: nothing is ever planned.
        records: The record's file.
    """

    def __init__(self, plan: Path | None, records: Path | None, policy: Policy) -> None:
        self._plan = plan
        self._records = records
        self._policy = policy
        self._last: tuple[Plan, tuple[Entry, ...]] | None = None

    def planned(self, now: datetime) -> tuple[Planned, ...]:
        """Return what customers were told of, in the order of time; not what is long over."""
        self._read()
        if self._last is None:
            return ()
        plan, entries = self._last
        shown = (one for one in standings(plan, entries, now) if _is_shown(one, now))
        return tuple(_told(shown, plan, self._policy))

    def _read(self) -> None:
        if self._plan is None:
            return
        try:
            entries = Records(self._records).all() if self._records else ()
            self._last = (load_plan(self._plan), entries)
        except Unusable as error:
            message = error.problems[0].message
            _LOG.warning("the plan of maintenance cannot be read", extra={"reason": message})


def _is_shown(found: Standing, now: datetime) -> bool:
    return (
        found.announced is not None
        and bool(found.work.clients)
        and (found.ended or found.work.interval.end) > now - _LINGERS
    )


def _told(found: Iterator[Standing], plan: Plan, policy: Policy) -> Iterator[Planned]:
    for one in found:
        work = one.work
        if one.announced is None:
            continue
        yield Planned(
            id=work.id,
            what=work.told.what,
            impact=work.told.impact,
            workaround=work.told.workaround,
            starts=work.interval.start,
            ends=work.interval.end,
            state=one.state,
            announced=one.announced,
            days=NOTICE_DAYS[work.sort],
            in_time=_in_time(one, plan, policy),
            affects=work.affects,
            clients=work.clients,
        )


def _in_time(found: Standing, plan: Plan, policy: Policy) -> bool:
    try:
        by = announce_by(found.work, policy, plan.calendar)
    except Unusable:
        return False
    return found.announced is not None and found.announced <= by
