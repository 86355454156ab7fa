"""A message applied to what is known: alerts observed, incidents opened and moved. Pure.

What a message says of one incident is one event, however many alerts it names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sothat.incidents.correlation import cause_of
from sothat.incidents.episode import Change, Episode, begun, observe, over, unseen
from sothat.incidents.events import Alight, Ended, Event, Fired, Received, Spent
from sothat.incidents.home import home
from sothat.incidents.identity import KeyOf, keys_of
from sothat.incidents.incident import ALERTMANAGER, SERVICE, Entry, Incident, Note, Rules
from sothat.incidents.labels import describe
from sothat.incidents.payload import Message, Sighting
from sothat.incidents.transition import open_incident, transition
from sothat.incidents.working_set import WorkingSet

WATCHDOG = "Watchdog"
SOURCE = "alertmanager"


def apply_message(
    work: WorkingSet, message: Message, number: int, now: int, rules: Rules, source: str = SOURCE
) -> bool:
    """Apply one message to the working set; return whether it changed anything.

    Args:
        work: What is known; changed in place.
        message: The message.
        number: Its row in the store, for the timeline.
        now: The moment of receipt.
        rules: What the incidents go by.
        source: Name of the source.
    """
    return _Application(work, message, number, now, rules, source).run()


def beats(message: Message) -> bool:
    """Return whether a message carries the watchdog's sign of life."""
    return any(s.firing and s.labels.get("alertname") == WATCHDOG for s in message.sightings)


@dataclass(slots=True)
class _Begun:
    """The alerts of a message that begin to fire in one incident."""

    key: str
    alerts: list[Alight] = field(default_factory=list)
    causes: list[int | None] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


class _Application:
    """One message on its way into the working set."""

    def __init__(
        self,
        work: WorkingSet,
        message: Message,
        number: int,
        now: int,
        rules: Rules,
        source: str,
    ) -> None:
        self._work = work
        self._message = message
        self._number = number
        self._now = now
        self._rules = rules
        self._source = source
        self._key_of: KeyOf = keys_of(source, message, rules)
        self._begun: dict[int, _Begun] = {}
        self._opening: dict[str, int] = {}
        self._ended: dict[int, list[Spent]] = {}
        self._told: list[Note] = []
        self._concerned: dict[int, None] = {}
        self._changed = False

    def run(self) -> bool:
        """Apply it; return whether it changed anything."""
        # What fires comes first: what a message renews must not end in the middle of it.
        for firing in (True, False):
            for sighting in self._message.sightings:
                if sighting.firing is firing:
                    self._observe(sighting)
        if self._changed:
            self._move_all()
        if self._message.truncated:
            self._note_truncation()
        return self._changed

    def _observe(self, sighting: Sighting) -> None:
        if sighting.labels.get("alertname") == WATCHDOG:
            return
        known = self._work.episodes.get(sighting.fingerprint)
        change = observe(known, sighting, self._now)
        if change is Change.NOTHING:
            return
        self._changed = True
        if change is Change.FIRED:
            self._fire(known, sighting)
        elif known is not None:
            self._end(known, sighting)
        else:
            self._end_unseen(sighting)

    def _fire(self, known: Episode | None, sighting: Sighting) -> None:
        work, labels = self._work, sighting.labels
        key = self._key_of(labels)
        number = home(work, known, key, self._now, self._rules)
        if number is None:
            number = self._opening.get(key) or work.new_incident()
            self._opening[key] = number
        unended = known is not None and known.firing
        counted = known is not None and unended and known.incident == number
        if known is not None and unended and not counted:
            # It fires anew in another incident: in the former one it has ended.
            self._spend(known.incident, sighting)
        episode = begun(work.new_episode(), known, sighting, number, self._now)
        self._begin(known, episode, sighting)
        group = self._begun.setdefault(number, _Begun(key))
        group.alerts.append(Alight(labels, sighting.annotations, episode.number, counted))
        graph = self._rules.graph
        group.causes.append(cause_of(labels, work.outages, graph, number))
        group.reports += graph.reported(labels)
        self._doubt(number, sighting)

    def _begin(self, known: Episode | None, episode: Episode, sighting: Sighting) -> None:
        if known is not None:
            self._work.replaced.add(known.id)
        self._work.episodes[episode.fingerprint] = episode
        self._work.sightings[episode.id] = (episode, sighting)

    def _end(self, known: Episode, sighting: Sighting) -> None:
        work = self._work
        episode = over(known, sighting, self._now)
        work.episodes[episode.fingerprint] = episode
        if episode.id in work.sightings:
            work.sightings[episode.id] = (episode, work.sightings[episode.id][1])
        work.touched[episode.id] = episode
        self._spend(episode.incident, sighting)
        self._doubt(episode.incident, sighting)

    def _spend(self, incident: int, sighting: Sighting) -> None:
        if incident in self._work.incidents or incident in self._begun:
            spent = Spent(sighting.labels)
            self._ended.setdefault(incident, []).append(spent)

    def _end_unseen(self, sighting: Sighting) -> None:
        """Keep an end without a beginning: it opens nothing, its key's incident learns of it."""
        work = self._work
        self._begin(None, unseen(work.new_episode(), sighting, self._now), sighting)
        active = work.active.get(self._key_of(sighting.labels))
        if active is None or not self._at_home(work.incidents[active], sighting):
            return
        text = f"{describe(sighting.labels)} has ended; its beginning was never sent"
        self._told.append(Note(active, self._now, Entry.ENDED, ALERTMANAGER, text))
        self._doubt(active, sighting)
        self._concerned[active] = None

    def _at_home(self, incident: Incident, sighting: Sighting) -> bool:
        """Return whether an alert may be named to whoever sees an incident of one place."""
        names = ("site", self._rules.client_label)
        shared = {name: incident.labels[name] for name in names if name in incident.labels}
        return all(sighting.labels.get(name) == value for name, value in shared.items())

    def _doubt(self, incident: int, sighting: Sighting) -> None:
        for doubt in sighting.doubts:
            text = f"{describe(sighting.labels)}: {doubt}"
            self._told.append(Note(incident, self._now, Entry.NOTE, SERVICE, text))

    def _move_all(self) -> None:
        self._concerned |= dict.fromkeys((*self._begun, *self._ended))
        fresh = {number for number in self._begun if number not in self._work.incidents}
        for number in self._concerned:
            if number not in fresh:
                # The receipt is told first: the rest follows from it.
                self._move(number, self._received())
        for number, group in self._begun.items():
            self._kindle(number, group)
        for number, alerts in self._ended.items():
            if number in self._work.incidents:
                self._move(number, Ended(tuple(alerts)))
        self._work.notes += self._told

    def _kindle(self, number: int, group: _Begun) -> None:
        event = Fired(
            alerts=tuple(group.alerts),
            source=self._source,
            receiver=self._message.receiver,
            cause=_common(group.causes),
            reports=tuple(dict.fromkeys(group.reports)),
        )
        if number in self._work.incidents:
            self._move(number, event)
            return
        step = open_incident(number, group.key, event, self._received(), self._now, self._rules)
        self._work.take(None, step)

    def _received(self) -> Received:
        message = self._message
        return Received(self._number, message.receiver, len(message.sightings), message.truncated)

    def _move(self, incident: int, event: Event) -> None:
        before = self._work.incidents[incident]
        self._work.take(before, transition(before, event, self._now, self._rules))

    def _note_truncation(self) -> None:
        """Tell the incidents that the message repeats that it was cut, once for each count."""
        keys = {self._key_of(sighting.labels) for sighting in self._message.sightings}
        for key in sorted(keys):
            active = self._work.active.get(key)
            if active is None or active in self._concerned:
                continue
            if self._work.incidents[active].truncated != self._message.truncated:
                self._move(active, self._received())
                self._changed = True


def _common(causes: Iterable[int | None]) -> int | None:
    """Return what all alerts follow from, None if one of them does not follow from anything."""
    found = set(causes)
    return None if None in found else min(one for one in found if one is not None)


def keys_needed(messages: Sequence[Message], rules: Rules) -> set[str]:
    """Return the keys of the parts whose outage may be the cause of what messages tell."""
    return {
        key
        for message in messages
        for sighting in message.sightings
        if sighting.firing
        for key in rules.graph.needed(sighting.labels)
    }
