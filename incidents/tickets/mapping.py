"""Which incidents get a ticket in a tracker, and what it says there. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sothat.incidents.incident import Incident, State
from sothat.incidents.labels import where
from sothat.incidents.notification import Notice, body
from sothat.incidents.tickets.denial import is_about
from sothat.incidents.tickets.marks import Mark, Sealer, marked
from sothat.incidents.tickets.tracker import Draft, Standing
from sothat.incidents.times import format_time
from sothat.model.policy import Priority

# What a text of the configuration may ask of an incident, ``{labels.NAME}`` besides.
PLACEHOLDERS = (
    *("id", "title", "priority", "team", "site", "outcome", "state", "url"),
    *("where", "opened_at", "key"),
)
_PLACEHOLDER = re.compile(r"\{([a-z_]+|labels\.[^{}]+)\}")
_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents get a ticket: what is empty asks for nothing.

    Attributes:
        labels: That the incident carries, all of them.
        after: Nanoseconds that it has to last for.
    """

    priorities: tuple[Priority, ...] = ()
    teams: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    after: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What goes between incidents and the tickets of one tracker.

    Attributes:
        name: Of the tracker in the configuration.
        sealer: Proves which words in a ticket are ours.
        owner: The team that is called when it does not let us in.
        queue: Where tickets go whose team is not in ``queues``.
        statuses: What the states of an incident are there; likewise ``priorities``.
        fields: Whatever else is set; texts in it may hold placeholders.
        hidden: Whether marks can be hidden: the system shows Markdown.
        at_most: How many tickets are made in a minute.
        every: Nanoseconds between two looks at what has changed there.
        external_url: Where people reach the service.
    """

    name: str
    sealer: Sealer
    owner: str = ""
    queue: str = ""
    queues: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    statuses: Mapping[State, str] = field(default_factory=lambda: _EMPTY)
    priorities: Mapping[Priority, str] = field(default_factory=lambda: _EMPTY)
    fields: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    wanted: Filter = Filter()
    hidden: bool = False
    at_most: int = 30
    every: int = 30_000_000_000
    external_url: str = ""


def key_of(incident: Incident) -> str:
    """Return what is written into the ticket of an incident, so that it can be found."""
    return f"sothat-{incident.opened_at:x}-{incident.id}"


def wants(terms: Terms, incident: Incident) -> bool:
    """Return whether an incident gets a ticket."""
    wanted = terms.wanted
    return (
        not is_about(incident, terms.name)
        and (not wanted.priorities or incident.priority in wanted.priorities)
        and (not wanted.teams or incident.team in wanted.teams)
        and (not wanted.sites or incident.site in wanted.sites)
        and all(incident.labels.get(name) == value for name, value in wanted.labels.items())
    )


def standing(terms: Terms, incident: Incident) -> Standing:
    """Return how the ticket of an incident has to stand."""
    return Standing(
        terms.statuses.get(incident.state, ""), terms.priorities.get(incident.priority, "")
    )


def draft(terms: Terms, incident: Incident) -> Draft:
    """Return the ticket that an incident gets."""
    values = _values(terms, incident)
    return Draft(
        key=values["key"],
        since=incident.opened_at,
        title=_one_line(f"[{incident.priority}] {incident.promise.title}"),
        text=marked(body(_notice(incident, values)), Mark(values["key"]), hidden=terms.hidden),
        queue=terms.queues.get(incident.team, terms.queue),
        team=incident.team,
        standing=standing(terms, incident),
        fields={name: _filled(value, values, incident) for name, value in terms.fields.items()},
    )


def strange_placeholders(node: Any) -> Iterator[str]:
    """Yield what a value of the configuration asks for and no incident has."""
    if isinstance(node, str):
        for name in _PLACEHOLDER.findall(node):
            if name not in PLACEHOLDERS and not name.startswith("labels."):
                yield name
    elif isinstance(node, Mapping):
        for inner in node.values():
            yield from strange_placeholders(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from strange_placeholders(inner)


def _values(terms: Terms, incident: Incident) -> dict[str, str]:
    return {
        "id": str(incident.id),
        "title": _one_line(incident.promise.title),
        "priority": str(incident.priority),
        "team": incident.team,
        "site": incident.site,
        "outcome": incident.outcome,
        "state": str(incident.state),
        "url": f"{terms.external_url}/incidents/{incident.id}" if terms.external_url else "",
        "where": where(incident.labels),
        "opened_at": format_time(incident.opened_at),
        "key": key_of(incident),
    }


def _notice(incident: Incident, values: Mapping[str, str]) -> Notice:
    promise = incident.promise
    return Notice(
        key=values["key"],
        incident=incident.id,
        reason="opened",
        priority=values["priority"],
        title=promise.title,
        team=incident.team,
        condition=promise.condition,
        action=promise.action,
        so_that=promise.so_that,
        url=values["url"],
        opened_at=values["opened_at"],
        labels=incident.labels,
        state=values["state"],
    )


def _filled(node: Any, values: Mapping[str, str], incident: Incident) -> Any:
    """Return a value with the placeholders in its texts filled in, once: what comes is text."""
    if isinstance(node, str):
        return _PLACEHOLDER.sub(lambda found: _value(found[1], values, incident), node)
    if isinstance(node, Mapping):
        return {name: _filled(inner, values, incident) for name, inner in node.items()}
    if isinstance(node, list):
        return [_filled(inner, values, incident) for inner in node]
    return node


def _value(name: str, values: Mapping[str, str], incident: Incident) -> str:
    if name.startswith("labels."):
        return incident.labels.get(name.removeprefix("labels."), "")
    return values[name]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:240]
