"""A message applied to what is known: alerts observed, incidents opened and moved. Pure.

The working set is the part of the store that a batch of messages concerns, held in memory: it is
loaded by one set of queries, changed here, and written back by another.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sothat.incidents.episode import Change, Episode, observe
from sothat.incidents.events import Ended, Event, Fired, Received
from sothat.incidents.incident import SERVICE, Entry, Incident, Note, Page, Rules, State, Step
from sothat.incidents.labels import describe
from sothat.incidents.payload import Message, Sighting
from sothat.incidents.tallies import Delta, moved
from sothat.incidents.transition import open_incident, transition

WATCHDOG = "Watchdog"


@dataclass(slots=True)
class WorkingSet:
    """What is known, and what has changed since it was loaded.

    Attributes:
        episodes: Newest episode of each alert that was asked for, by fingerprint.
        incidents: By id: the unresolved ones of the keys, and those of the episodes.
        active: Ids of unresolved incidents by key.
        new_incident: Gives the next free id; likewise ``new_episode``.
        sightings: What each new episode looked like, by the episode's id.
        touched: Ids of known episodes that changed; ``replaced``: that are no longer the newest.
    """

    episodes: dict[str, Episode]
    incidents: dict[int, Incident]
    active: dict[str, int]
    new_incident: Callable[[], int]
    new_episode: Callable[[], int]
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    sightings: dict[int, tuple[Episode, Sighting]] = field(default_factory=dict)
    touched: dict[int, Episode] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)
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
        if after.state is not State.RESOLVED:
            self.active[after.key] = after.id
        elif self.active.get(after.key) == after.id:
            del self.active[after.key]
        self.tallies.update(moved(before, after))


def incident_key(labels: Mapping[str, str], grouping: Sequence[str]) -> str:
    """Return the identity of the incident that an alert belongs to, as canonical text."""
    return json.dumps([[name, labels.get(name, "")] for name in grouping], separators=(",", ":"))


def apply_message(work: WorkingSet, message: Message, number: int, now: int, rules: Rules) -> bool:
    """Apply one message to the working set; return whether it changed anything.

    Args:
        work: What is known; changed in place.
        message: The message.
        number: Its row in the store, for the timeline.
        now: The moment of receipt.
        rules: Policy and hold-down.
    """
    concerned: dict[int, None] = {}
    first = len(work.notes)
    before = (len(work.sightings), len(work.touched), len(work.notes))
    # What fires comes first: an incident must not end in the middle of a message that renews it.
    for sighting in sorted(message.sightings, key=lambda s: not s.firing):
        if sighting.labels.get("alertname") == WATCHDOG:
            continue
        for incident in _apply(work, sighting, now, rules):
            concerned[incident] = None
            work.notes += _doubts(sighting, incident, now)
    event = Received(number, message.receiver, len(message.sightings), message.truncated)
    for incident in concerned:
        _move(work, incident, event, now, rules)
    if message.truncated:
        _note_truncation(work, message, concerned, event, now, rules)
    # The receipt is told first: the rest follows from it.
    work.notes[first:] = sorted(work.notes[first:], key=lambda n: n.kind is not Entry.RECEIVED)
    return before != (len(work.sightings), len(work.touched), len(work.notes))


def beats(message: Message) -> bool:
    """Return whether a message carries the watchdog's sign of life."""
    return any(s.firing and s.labels.get("alertname") == WATCHDOG for s in message.sightings)


def _apply(work: WorkingSet, sighting: Sighting, now: int, rules: Rules) -> Sequence[int]:
    known = work.episodes.get(sighting.fingerprint)
    seen = observe(known, sighting, now, 0)
    match seen.change:
        case Change.NOTHING:
            return ()
        case Change.ENDED:
            return _end(work, seen.episode, sighting, now, rules)
        case Change.ENDED_UNSEEN:
            return _end_unseen(work, seen.episode, sighting, now, rules)
        case Change.FIRED | Change.FIRED_AGAIN:
            return _fire(work, known, seen.episode, sighting, now, rules)


def _doubts(sighting: Sighting, incident: int, now: int) -> Iterator[Note]:
    for doubt in sighting.doubts:
        yield Note(incident, now, Entry.NOTE, SERVICE, f"{describe(sighting.labels)}: {doubt}")


def _move(work: WorkingSet, incident: int, event: Event, now: int, rules: Rules) -> None:
    before = work.incidents[incident]
    work.take(before, transition(before, event, now, rules))


def _fire(
    work: WorkingSet,
    known: Episode | None,
    episode: Episode,
    sighting: Sighting,
    now: int,
    rules: Rules,
) -> Sequence[int]:
    key = incident_key(sighting.labels, rules.policy.grouping)
    active = work.active.get(key)
    unended = known is not None and known.firing
    counted = unended and known is not None and known.incident == active
    event = Fired(sighting.labels, sighting.annotations, episode.number, counted)
    concerned = []
    if unended and not counted and known is not None and known.incident in work.incidents:
        # It fires anew in another incident: in the former one it has ended.
        _move(work, known.incident, Ended(sighting.labels), now, rules)
        concerned.append(known.incident)
    if active is None:
        active = work.new_incident()
        work.take(None, open_incident(active, key, event, now, rules))
    else:
        _move(work, active, event, now, rules)
    _begin(work, known, replace(episode, incident=active), sighting)
    return [*concerned, active]


def _begin(work: WorkingSet, known: Episode | None, episode: Episode, sighting: Sighting) -> None:
    if known is not None:
        work.replaced.add(known.id)
    fresh = replace(episode, id=work.new_episode())
    work.episodes[fresh.fingerprint] = fresh
    work.sightings[fresh.id] = (fresh, sighting)


def _end(
    work: WorkingSet, episode: Episode, sighting: Sighting, now: int, rules: Rules
) -> Sequence[int]:
    work.episodes[episode.fingerprint] = episode
    if episode.id in work.sightings:
        work.sightings[episode.id] = (episode, work.sightings[episode.id][1])
    work.touched[episode.id] = episode
    if episode.incident not in work.incidents:
        return ()
    _move(work, episode.incident, Ended(sighting.labels), now, rules)
    return [episode.incident]


def _end_unseen(
    work: WorkingSet, episode: Episode, sighting: Sighting, now: int, rules: Rules
) -> Sequence[int]:
    """Keep an end without a beginning; it opens nothing, an incident of its key learns of it."""
    _begin(work, None, episode, sighting)
    active = work.active.get(incident_key(sighting.labels, rules.policy.grouping))
    if active is None:
        return ()
    text = f"{describe(sighting.labels)} has ended; its beginning was never sent"
    work.notes.append(Note(active, now, Entry.ENDED, "alertmanager", text))
    return [active]


def _note_truncation(
    work: WorkingSet,
    message: Message,
    concerned: Mapping[int, None],
    event: Received,
    now: int,
    rules: Rules,
) -> None:
    """Tell the incidents that the message repeats that it was cut, once for each count."""
    keys = {incident_key(s.labels, rules.policy.grouping) for s in message.sightings}
    for key in sorted(keys):
        active = work.active.get(key)
        if active is None or active in concerned:
            continue
        if work.incidents[active].truncated != message.truncated:
            _move(work, active, event, now, rules)
