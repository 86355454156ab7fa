"""What a caller sees of the store: the one place that narrows a query to a scope."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sothat.incidents.access.scope import SITE_LABEL, Scope
from sothat.incidents.incident import Incident
from sothat.incidents.store.pairs import carries, carries_text
from sothat.incidents.store.tables import INCIDENT
from sqlalchemy import ColumnElement, Connection, Select, Text, exists, literal, or_, select
from sqlalchemy import type_coerce as seen_as


def narrowed(
    query: Select[Any], scope: Scope, incident: ColumnElement[Any] | None = None
) -> Select[Any]:
    """Return a query that finds only what is within a scope.

    Args:
        query: Over incidents, or over what belongs to them.
        scope: Whatever lies outside it is not found.
        incident: The column with the incident's number; None: the query is over incidents.
    """
    if not scope.limited:
        return query
    if incident is None:
        return query.where(*_within(scope))
    own = select(1).where(INCIDENT.c.id == incident, *_within(scope))
    return query.where(exists(own.correlate_except(INCIDENT)))


def visible(connection: Connection, numbers: Iterable[int], scope: Scope) -> frozenset[int]:
    """Return those of some incidents that are there and within a scope."""
    query = select(INCIDENT.c.id).where(INCIDENT.c.id.in_(list(numbers)))
    return frozenset(connection.execute(narrowed(query, scope)).scalars())


def masked(
    connection: Connection, incidents: Sequence[Incident], scope: Scope
) -> Sequence[Incident]:
    """Return incidents that name no other one outside a scope."""
    if not scope.limited:
        return incidents
    named = {number for incident in incidents for number in _others(incident).values()}
    known = visible(connection, named, scope)
    return [_without(incident, known) for incident in incidents]


def _without(incident: Incident, known: frozenset[int]) -> Incident:
    unknown = [name for name, number in _others(incident).items() if number not in known]
    blank: dict[str, Any] = dict.fromkeys(unknown)
    return replace(incident, **blank) if blank else incident


def _others(incident: Incident) -> dict[str, int]:
    named = {name: getattr(incident, name) for name in ("cause", "merged_into", "split_from")}
    return {name: number for name, number in named.items() if number is not None}


def _within(scope: Scope) -> Iterator[ColumnElement[bool]]:
    columns = INCIDENT.c
    if scope.teams:
        yield columns.team.in_(scope.teams)
    if scope.sites:
        # The column has the first alert's site; the shared labels say whether all have it.
        shared = literal(f'"{SITE_LABEL}":') + seen_as(columns.site, Text)
        yield columns.site.in_(scope.sites)
        yield carries_text(columns.labels, shared)
    if scope.clients:
        yield or_(*(carries(columns.labels, (scope.client_label, one)) for one in scope.clients))
