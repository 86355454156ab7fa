"""The part of the store that a batch concerns, held in memory. No I/O.

It is loaded by one set of queries, changed by pure functions, and written back by another.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sothat.incidents.episode import Episode
from sothat.incidents.incident import Incident, Note, Page, Step
from sothat.incidents.payload import Sighting
from sothat.incidents.tallies import Delta, moved


@dataclass(slots=True)
class WorkingSet:
    """What is known, and what has changed since it was loaded.

    Attributes:
        episodes: Newest episode of each alert that was asked for, by fingerprint.
        incidents: By id: the unresolved ones of the keys, and those of the episodes.
        active: Ids of unresolved incidents by key.
        new_incident: Gives the next free id; likewise ``new_episode`` and ``new_message``.
        given: Tells which id is next now, by each table of which one was taken.
        recent: Ids of the newest incidents that are over, by key.
        outages: Ids of open incidents by the keys of the parts that they report as down.
        sightings: What each new episode looked like, by the episode's id.
        touched: Ids of known episodes that changed; ``replaced``: that are no longer the newest.
        moved: Known episodes by id that now belong to another incident.
        taken_over: Incidents all of whose alerts now belong to another one.
        ended: Incidents that are over now and reported something as down.
    """

    episodes: dict[str, Episode]
    incidents: dict[int, Incident]
    active: dict[str, int]
    new_incident: Callable[[], int]
    new_episode: Callable[[], int]
    new_message: Callable[[], int] = int
    given: Callable[[], Mapping[str, int]] = dict
    recent: dict[str, int] = field(default_factory=dict)
    outages: dict[str, int] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    sightings: dict[int, tuple[Episode, Sighting]] = field(default_factory=dict)
    touched: dict[int, Episode] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    taken_over: dict[int, int] = field(default_factory=dict)
    reported: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    tallies: Counter[Delta] = field(default_factory=Counter)

    def take(self, before: Incident | None, step: Step) -> None:
        """Keep the outcome of a transition."""
        after = step.incident
        self.notes += step.notes
        self.pages += step.pages
        if after is before:
            return
        self.incidents[after.id] = after
        (self.created if before is None else self.changed).add(after.id)
        if not after.over:
            self.active[after.key] = after.id
        elif before is None or not before.over:
            self._settle(after)
        if after.reports != (before.reports if before else ()):
            self._report(before, after)
        earlier = self.incidents.get(self.recent.get(after.key, 0))
        self.tallies.update(moved(before, after, earlier))

    def _settle(self, after: Incident) -> None:
        if self.active.get(after.key) == after.id:
            del self.active[after.key]
        self.recent[after.key] = after.id

    def _report(self, before: Incident | None, after: Incident) -> None:
        for key in before.reports if before else ():
            if self.outages.get(key) == after.id:
                del self.outages[key]
        for key in after.reports:
            self.outages.setdefault(key, after.id)
        self.reported[after.id] = after.reports
