"""Merging and splitting by hand: what concerns two incidents at once. Pure."""

from sothat.incidents.draft import Draft
from sothat.incidents.episode import Episode
from sothat.incidents.events import Merge, Split
from sothat.incidents.identity import split_key
from sothat.incidents.incident import Entry, Incident, Mark, Rules, State, Step
from sothat.incidents.moves import prioritise, recount
from sothat.incidents.opening import promise, shared
from sothat.incidents.payload import Sighting
from sothat.incidents.refusal import Refused
from sothat.incidents.timeline import over_words, with_note
from sothat.incidents.transition import settled


def merge(one: Incident, into: Incident, event: Merge, now: int, rules: Rules) -> tuple[Step, Step]:
    """Return what becomes of an incident that is merged, and of the one that takes it over.

    Raises:
        Refused: One of them is over, or they are the same.
    """
    if one.id == into.id:
        raise Refused("an incident cannot be merged into itself")
    for incident in (one, into):
        if incident.over:
            raise Refused(f"#{incident.id} is {over_words(incident)}: only open incidents merge")
    given, taking = Draft(one, now, rules), Draft(into, now, rules)
    _give(given, event)
    _take(taking, one, event)
    return settled(given), settled(taking)


def _give(draft: Draft, event: Merge) -> None:
    draft.change(
        state=State.CLOSED,
        resolved_at=draft.now,
        resolved_by=event.by,
        closed=Mark(draft.now, event.by),
        merged_into=event.into,
        firing=0,
        quiet_until=None,
        quiet_since=None,
        cause=None,
        held=(),
        held_until=None,
        reports=(),
    )
    recount(draft)
    draft.note(Entry.MERGED, event.by, with_note(f"merged into #{event.into}", event.note))


def _take(draft: Draft, one: Incident, event: Merge) -> None:
    into = draft.incident
    draft.change(
        firing=into.firing + one.firing,
        labels=shared([into.labels, one.labels]),
        reports=tuple(dict.fromkeys((*into.reports, *one.reports))),
    )
    if draft.incident.firing:
        draft.change(quiet_until=None, quiet_since=None)
    text = f"takes over #{one.id} ({one.promise.title})"
    draft.note(Entry.MERGED, event.by, with_note(text, event.note))
    draft.change_clocks(alerted=min(into.clocks.alerted, one.clocks.alerted))
    if one.priority < into.priority:
        prioritise(draft, one.priority, event.by, f"by #{one.id}, which was merged into it")


def split(
    whole: Incident,
    number: int,
    event: Split,
    parts: dict[str, tuple[Episode, Sighting]],
    now: int,
    rules: Rules,
) -> tuple[Step, Step]:
    """Return what is left of an incident, and the one that some of its alerts become.

    The new one keeps the clocks: no deadline gets later by splitting.

    Args:
        whole: The incident.
        number: The id of the new one.
        event: The command.
        parts: The newest episodes of all alerts of the incident, by fingerprint.
        now: The moment.
        rules: What incidents go by.

    Raises:
        Refused: It is over, an alert is not its own, or nothing would be left of it.
    """
    if whole.over:
        raise Refused(f"{over_words(whole)}; nothing is left to split")
    strangers = [name for name in event.fingerprints if name not in parts]
    if strangers:
        raise Refused(f"not among its alerts: {', '.join(sorted(strangers))}")
    gone = dict.fromkeys(event.fingerprints)
    if not gone or len(gone) == len(parts):
        raise Refused("name some of its alerts, but not all: something has to stay")
    left, taken = Draft(whole, now, rules), Draft(whole, now, rules)
    fire = sum(parts[name][0].firing for name in gone)
    _leave(left, number, fire, event)
    _start(taken, whole, number, [parts[name] for name in gone], event)
    return settled(left), settled(taken)


def _leave(draft: Draft, number: int, gone: int, event: Split) -> None:
    _fire(draft, draft.incident.firing - gone)
    text = f"{len(event.fingerprints)} of its alerts have become #{number}"
    draft.note(Entry.SPLIT, event.by, with_note(text, event.note))


def _start(
    draft: Draft,
    whole: Incident,
    number: int,
    parts: list[tuple[Episode, Sighting]],
    event: Split,
) -> None:
    labels = [sighting.labels for _, sighting in parts]
    first = parts[0][1]
    draft.change(
        id=number,
        key=split_key(whole.key, number),
        # Its own alerts' words and place: those that it came from may be another client's.
        promise=promise(first.labels, first.annotations),
        site=first.labels.get("site", ""),
        outcome=first.labels.get("outcome", ""),
        labels=shared(labels),
        split_from=whole.id,
        reports=(),
        truncated=0,
    )
    _fire(draft, sum(episode.firing for episode, _ in parts))
    text = f"split from #{whole.id}, whose clocks it keeps"
    draft.note(Entry.SPLIT, event.by, with_note(text, event.note))


def _fire(draft: Draft, firing: int) -> None:
    """Set how many alerts fire; with none, the hold-down begins."""
    count = max(0, firing)
    draft.change(firing=count)
    if not count and draft.incident.quiet_until is None:
        draft.change(quiet_since=draft.now, quiet_until=draft.now + draft.rules.hold)
    elif count:
        draft.change(quiet_until=None, quiet_since=None)
