"""Who is asked next while nobody has taken an incident. Pure.

A ladder has levels, each with the time after the page at which it is asked, by priority and in
hours. A level at which nobody can be reached is passed over at once, and says so. An escalation
stands still while somebody has the incident, and counts on from there when they lose it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sothat.incidents.incident import (
    SERVICE,
    Entry,
    Escalation,
    Incident,
    Note,
    Page,
    Pause,
    Reason,
    Rules,
)
from sothat.incidents.recipients import TECHNICAL, calls, holds
from sothat.incidents.rehearsal import participants
from sothat.incidents.roster import Asked, Roster, apart
from sothat.model.policy import Level

# A step that so many windows of maintenance have put off is put off no further.
_WINDOWS = 8


@dataclass(frozen=True, slots=True)
class Climb:
    """What an escalation does at a moment: its state afterwards, whom it pages, what it says."""

    escalation: Escalation
    pages: tuple[Page, ...] = ()
    notes: tuple[Note, ...] = ()


def started(now: int, told: tuple[str, ...] = ()) -> Escalation:
    """Return an escalation that runs from now on: at the opening, and when the priority rises."""
    return Escalation(since=now, began=now, told=told)


def beginning(now: int, cause: int | None) -> Escalation:
    """Return the escalation of an incident that opens: it waits while its cause is open."""
    return Escalation() if cause else started(now)


def stopped(escalation: Escalation, now: int) -> Escalation:
    """Return an escalation that stands still: somebody has the incident, or it is over."""
    if escalation.since is None:
        return escalation
    pauses = (*escalation.pauses, Pause(now))
    return replace(escalation, since=None, spent=escalation.elapsed(now), pauses=pauses)


def resumed(escalation: Escalation, now: int) -> Escalation:
    """Return an escalation that counts on from where it stood: the acknowledgement has lapsed."""
    if escalation.since is not None:
        return escalation
    if not escalation.began:
        return started(now, escalation.told)
    *before, last = escalation.pauses or (Pause(now),)
    return replace(escalation, since=now, pauses=(*before, replace(last, end=now)))


def next_step_at(incident: Incident, rules: Rules) -> int | None:
    """Return when the next level is asked, None if none will be."""
    roster = rules.roster
    if roster is None or not _runs(incident):
        return None
    ladders = rules.policy.ladders_of(incident.team)
    firsts = (next(_ahead(incident, ladder, rules), None) for ladder in ladders)
    return min((_due(incident, level, roster) for level in firsts if level), default=None)


def due_steps(incident: Incident, now: int, rules: Rules, urged: Collection[str] = ()) -> Climb:
    """Return what an escalation does now.

    Args:
        incident: As it is.
        now: The moment.
        rules: The policy's ladders, and the roster; without one there is no escalation.
        urged: Ladders of which the next level is asked now, because nobody got the last page.
    """
    climb = Climb(incident.escalation)
    roster = rules.roster
    if roster is None or not _runs(incident):
        return climb
    ladders = rules.policy.ladders_of(incident.team)
    for ladder in {**dict.fromkeys(ladders), **dict.fromkeys(urged)}:
        climb = _Ladder(incident, ladder, now, rules, roster).climbed(climb, urged=ladder in urged)
    return climb


def _runs(incident: Incident) -> bool:
    return (
        incident.escalation.since is not None
        and incident.acknowledged_at is None
        and not incident.over
        and not incident.holds
        # A drill is carried to nobody but those who take part, and they have been told.
        and participants(incident.labels) is None
    )


def _ahead(incident: Incident, ladder: str, rules: Rules) -> Iterator[Level]:
    """Yield the levels of a ladder that have not been asked and can be, in order."""
    done = incident.escalation.done
    for level in rules.policy.escalation.get(ladder, ()):
        if incident.priority in level.after and not (done and f"{ladder}/{level.name}" in done):
            yield level


def _due(incident: Incident, level: Level, roster: Roster) -> int:
    """Return when a level is asked, in the hours of its time.

    Time in which somebody had the incident does not count, nor a window that mutes its alerts.
    """
    escalation = incident.escalation
    term = level.after[incident.priority]
    began = escalation.began or (escalation.since or 0) - escalation.spent
    pauses = tuple((p.start, p.end) for p in escalation.pauses if p.end is not None)
    due = roster.due_at(term, began, pauses)
    for _ in range(_WINDOWS):
        muted = roster.muted_times(incident.labels, began, due)
        later = roster.due_at(term, began, apart((*pauses, *muted))) if muted else due
        if later == due:
            break
        due = later
    return due


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One ladder of one incident at one moment."""

    incident: Incident
    name: str
    now: int
    rules: Rules
    roster: Roster

    def climbed(self, climb: Climb, *, urged: bool) -> Climb:
        """Ask the levels that are due, and beyond them until somebody can be reached."""
        for level in _ahead(self.incident, self.name, self.rules):
            if not urged and _due(self.incident, level, self.roster) > self.now:
                return climb
            asked = self._asked(level)
            pages = tuple(calls(self.incident, asked, Reason.ESCALATED, self.now, self.roster))
            climb = _added(
                climb, f"{self.name}/{level.name}", pages, self._told(level, asked, pages)
            )
            urged = not pages
        return self._ended(climb) if urged else climb

    def _asked(self, level: Level) -> tuple[Asked, ...]:
        """Return whom a level asks; at the first of all, where no seat does, whoever is on call."""
        team = self.incident.team
        ladder = self.rules.policy.escalation[self.name]
        seated = self.roster.seated(team, level.name, self.now)
        if self.name != TECHNICAL or level != ladder[0]:
            return seated
        return (
            seated if any(one.users for one in seated) else (self.roster.on_duty(team, self.now),)
        )

    def _told(self, level: Level, asked: Sequence[Asked], pages: Sequence[Page]) -> Iterator[Note]:
        where = f"{self.name} escalation, {level.name}"
        if pages:
            yield self._note(f"{where}: {', '.join(one.member for one in asked if one.users)}")
            yield from map(self._note, holds(pages))
            return
        reasons = [one.why or f"'{one.member}' wants no {self.incident.priority}" for one in asked]
        why = "; ".join(reasons) or f"{self.incident.team} has nobody there"
        yield self._note(f"{where}: nobody can be reached ({why}); the next level is asked at once")

    def _ended(self, climb: Climb) -> Climb:
        """Turn to the last resort: the ladder has ended with nobody who could be reached."""
        last = self.roster.last_resort
        text = f"{self.name} escalation: nobody is left to ask"
        text += f"; {', '.join(last)} is told" if last else ""
        page = Page(self.incident.id, "", Reason.ESCALATED, self.incident.priority, self.now)
        pages = tuple(replace(page, channel=channel) for channel in last)
        return _added(climb, "", pages, (self._note(text),))

    def _note(self, text: str) -> Note:
        return Note(self.incident.id, self.now, Entry.ESCALATED, SERVICE, text)


def _added(climb: Climb, step: str, pages: Sequence[Page], notes: Iterable[Note]) -> Climb:
    """Return a climb with one more step; nobody is paged twice by the steps of one moment."""
    known = {page.channel for page in climb.pages}
    told = (page.channel for page in pages if page.recipient)
    escalation = replace(
        climb.escalation,
        done=(*climb.escalation.done, *([step] if step else [])),
        told=tuple(dict.fromkeys((*climb.escalation.told, *told))),
    )
    fresh = (page for page in pages if page.channel not in known)
    return Climb(escalation, (*climb.pages, *fresh), (*climb.notes, *notes))
