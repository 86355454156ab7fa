"""Incidents as cases of an analysis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sothat.incidents.access.scope import EVERYTHING, Scope
from sothat.incidents.analysis.figures import Case
from sothat.incidents.incident import Incident
from sothat.incidents.rehearsal import is_drill
from sothat.incidents.store.narrowing import narrowed
from sothat.incidents.store.reviewing import causes
from sothat.incidents.store.rows import incident_of
from sothat.incidents.store.tables import INCIDENT
from sqlalchemy import Connection, select

# More than this in one analysis is read in parts; see `Cases.cut`.
MOST_CASES = 20_000


@dataclass(frozen=True, slots=True)
class WantedCases:
    """Which incidents, opened from ``since`` until ``until`` (nanoseconds); empty: all of them."""

    since: int
    until: int
    teams: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    site: str = ""
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Cases:
    """What was found.

    Attributes:
        cut: Whether there are more, earlier ones than were read.
    """

    cases: Sequence[Case]
    cut: bool


def cases(connection: Connection, wanted: WantedCases, most: int = MOST_CASES) -> Cases:
    """Return the newest incidents of a time as cases; drills and merged ones are none."""
    columns = INCIDENT.c
    query = select(INCIDENT).where(
        columns.opened_at >= wanted.since, columns.opened_at < wanted.until
    )
    if wanted.teams:
        query = query.where(columns.team.in_(wanted.teams))
    if wanted.priorities:
        query = query.where(columns.priority.in_(wanted.priorities))
    if wanted.site:
        query = query.where(columns.site == wanted.site)
    query = narrowed(query, wanted.scope).order_by(columns.id.desc()).limit(most + 1)
    found = [incident_of(row) for row in connection.execute(query)]
    shown = [one for one in found[:most] if one.merged_into is None and not is_drill(one.labels)]
    named = causes(connection, [one.id for one in shown])
    return Cases(
        [replace(_case(one), cause=str(named.get(one.id, ""))) for one in shown], len(found) > most
    )


def _case(one: Incident) -> Case:
    return Case(
        id=one.id,
        key=one.key,
        opened=one.opened_at,
        acknowledged=one.clocks.answered_at or one.acknowledged_at,
        ended=None if one.resolved_at is None else one.clocks.ended_at or one.resolved_at,
        priority=str(one.priority),
        team=one.team,
        site=one.site,
        outcome=one.outcome,
        kind=one.promise.alertname or one.promise.title,
        title=one.promise.title,
    )
