"""What Alertmanager knows against what we know: which gaps there are, and which are due. Pure.

Three ways lead to a gap. A firing whose message was refused waits until its group is due again;
an end that falls into a silence, an inhibition or a muted window never comes; ``max_alerts`` cuts
both. A gap may also be a message that is still on its way, so each has to stay for as long as a
message may lawfully wait. Absence proves nothing while Alertmanager itself may not know yet.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from sothat.incidents.reconciler.view import Known, Route, Silence, View
from sothat.incidents.times import seconds


class Gap(StrEnum):
    """Kinds of gaps."""

    LOST = "lost-firing"
    ENDED = "swallowed-end"


@dataclass(frozen=True, slots=True)
class Held:
    """The newest episode of an alert as we hold it."""

    fingerprint: str
    firing: bool
    starts_at: int
    incident: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """How patient the comparison is, in seconds.

    Attributes:
        receivers: Names of the receivers that lead to us.
        default: The wait for a receiver of which Alertmanager tells none.
        slack: What comes on top of every wait, for the network and for clocks that differ.
        settle: How long after its start an Alertmanager may still lack what fires.
    """

    receivers: Set[str]
    default: float = 300.0
    slack: float = 30.0
    settle: float = 600.0


@dataclass(frozen=True, slots=True)
class LostFiring:
    """An alert fires, and no message of it ever came."""

    known: Known
    route: Route
    since: int


@dataclass(frozen=True, slots=True)
class SwallowedEnd:
    """An alert of ours is gone, and no message of its end ever came."""

    held: Held
    since: int


@dataclass(frozen=True, slots=True)
class Silenced:
    """The alerts of an incident are under other silences than before; none: they are told again."""

    incident: int
    silences: tuple[Silence, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a comparison leaves for the next one.

    Attributes:
        since: The gaps that are open, each with the moment since when.
        silenced: Ids of the silences over each incident's alerts.
    """

    since: Mapping[tuple[Gap, str], int] = field(default_factory=dict)
    silenced: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The repairs that are due, and what to remember."""

    lost: tuple[LostFiring, ...]
    ended: tuple[SwallowedEnd, ...]
    silenced: tuple[Silenced, ...]
    memory: Memory


def compare(
    ours: Mapping[str, Held], theirs: View, former: Memory, now: int, terms: Terms
) -> Comparison:
    """Return what has to be repaired.

    Args:
        ours: The newest episode of every alert that fires with us or with them, by fingerprint.
        theirs: What all peers say.
        former: What the comparison before left.
        now: The moment before the peers were asked, nanoseconds.
        terms: How long a gap may stay.
    """
    open_gaps = _Open(former, now)
    lost = tuple(
        LostFiring(known, route, since)
        for known, route in _lost(ours, theirs, terms)
        if now - (since := open_gaps.since(Gap.LOST, known.fingerprint))
        >= _wait(theirs, (route.receiver,), terms)
    )
    longest = _wait(theirs, terms.receivers, terms)
    ended = tuple(
        SwallowedEnd(held, since)
        for held in _gone(ours, theirs, now, terms)
        if now - (since := open_gaps.since(Gap.ENDED, held.fingerprint)) >= longest
    )
    over = _silences_over(ours, theirs)
    silenced = tuple(_changed(over, former.silenced, theirs))
    return Comparison(lost, ended, silenced, Memory(open_gaps.found, over))


class _Open:
    """The gaps of one comparison."""

    def __init__(self, former: Memory, now: int) -> None:
        self._former = former
        self._now = now
        self.found: dict[tuple[Gap, str], int] = {}

    def since(self, gap: Gap, fingerprint: str) -> int:
        """Return since when a gap is open; a clock that was set back begins it anew."""
        key = (gap, fingerprint)
        self.found[key] = min(self._former.since.get(key, self._now), self._now)
        return self.found[key]


def _wait(theirs: View, receivers: Collection[str], terms: Terms) -> int:
    waits = (theirs.patience.get(receiver, terms.default) for receiver in receivers)
    return seconds(max(waits, default=terms.default) + terms.slack)


def _lost(ours: Mapping[str, Held], theirs: View, terms: Terms) -> Iterator[tuple[Known, Route]]:
    for known in theirs.alerts.values():
        held = ours.get(known.fingerprint)
        if known.suppressed or (held is not None and held.firing):
            continue
        route = next((r for r in known.routes if r.receiver in terms.receivers), None)
        if route is not None:
            yield known, route


def _gone(ours: Mapping[str, Held], theirs: View, now: int, terms: Terms) -> Iterator[Held]:
    if not theirs.complete or now - theirs.since < seconds(terms.settle):
        return
    for held in ours.values():
        if held.firing and held.fingerprint not in theirs.alerts:
            yield held


def _silences_over(ours: Mapping[str, Held], theirs: View) -> Mapping[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for held in ours.values():
        known = theirs.alerts.get(held.fingerprint)
        if known is not None and known.silenced_by and held.firing and held.incident:
            found[held.incident] = found.get(held.incident, frozenset()) | set(known.silenced_by)
    return found


def _changed(
    over: Mapping[int, frozenset[str]], former: Mapping[int, frozenset[str]], theirs: View
) -> Iterator[Silenced]:
    for incident in sorted(over.keys() | former.keys()):
        ids = over.get(incident, frozenset())
        if ids != former.get(incident, frozenset()):
            known = (theirs.silences.get(i, Silence(i, "", "", None)) for i in sorted(ids))
            yield Silenced(incident, tuple(known))
