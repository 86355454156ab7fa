"""What people do with major incidents, in a transaction of the store."""

from collections.abc import Iterable
from dataclasses import replace

from sothat.incidents import events
from sothat.incidents.commands import carry_out
from sothat.incidents.incident import SERVICE, Entry, Incident, Reason
from sothat.incidents.major import work
from sothat.incidents.major.major import (
    PART_NAMES,
    Major,
    MajorState,
    Part,
    declared,
    ended,
    given,
    proposed,
    taken_back,
    want_led,
)
from sothat.incidents.major.work import Decision, Task, TaskKind, TaskState
from sothat.incidents.recipients import calls, pages
from sothat.incidents.refusal import Refused
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.store import majors
from sothat.incidents.store.noting import note, send
from sothat.incidents.timeline import with_note
from sothat.incidents.transaction import Transaction


def propose(
    transaction: Transaction, incident: Incident, why: tuple[str, ...], rules: MajorRules
) -> None:
    """Propose to lead an incident as a major one: on its timeline, and paged, once."""
    majors.keep_major(transaction, proposed(incident.id, why, transaction.now))
    text = f"a major incident is proposed; {'; '.join(why)}"
    note(transaction, incident.id, Entry.MAJOR, SERVICE, text)
    told, doubts = pages(incident, Reason.MAJOR, transaction.now, transaction.rules)
    send(transaction, told)
    for doubt in doubts:
        note(transaction, incident.id, doubt.kind, doubt.actor, doubt.text)
    known = {page.channel for page in told}
    call(transaction, incident, rules.propose_to, known)


def call(
    transaction: Transaction,
    incident: Incident,
    names: Iterable[str],
    known: Iterable[str] = (),
) -> None:
    """Page users or roles about a major incident, each by what they want used.

    Args:
        transaction: The transaction.
        incident: The incident.
        names: Whom.
        known: Channels that have just been told.
    """
    rota = transaction.rules.rota
    asked = [rota.known(name) for name in dict.fromkeys(names)]
    found = calls(incident, asked, Reason.MAJOR, transaction.now, rota)
    told = set(known)
    send(transaction, tuple(page for page in found if page.channel not in told))


def declare(
    transaction: Transaction,
    incident: Incident,
    by: str,
    said: str,
    bridge: str,
    rules: MajorRules,
) -> None:
    """Declare a major incident: its roles are given by the rota, its first tasks are there.

    Raises:
        Refused: It is declared already, or the incident is over.
    """
    if incident.over:
        raise Refused("the incident is over: nothing is left to lead")
    before = majors.major(transaction.connection, incident.id)
    record = before or Major(incident.id, MajorState.DECLINED)
    now = transaction.now
    due = rules.updates.get(incident.priority)
    after = declared(record, by, bridge or rules.bridge, now, None if due is None else now + due)
    after = _seated(transaction, after, rules)
    majors.keep_major(transaction, after)
    note(transaction, incident.id, Entry.MAJOR, by, with_note("major incident declared", said))
    for one in after.holders:
        text = f"{one.person} is {PART_NAMES[one.part]}, by the rota"
        note(transaction, incident.id, Entry.MAJOR, SERVICE, text)
    if before is None or before.declared_at is None:
        _prepare(transaction, incident, by, rules)
    call(transaction, incident, [one.person for one in after.holders])


def _seated(transaction: Transaction, record: Major, rules: MajorRules) -> Major:
    """Return a major incident with whoever the rota names in its roles."""
    for part, seat in rules.seats.items():
        person = transaction.rules.rota.sitting(seat, transaction.now).member
        if person:
            record = given(record, part, person, transaction.now, person)
    return record


def _prepare(transaction: Transaction, incident: Incident, by: str, rules: MajorRules) -> None:
    wanted = ((TaskKind.TASK, rules.tasks), (TaskKind.CONTINUITY, rules.continuity))
    for kind, texts in wanted:
        for text in texts:
            majors.add_task(transaction, Task(0, incident.id, kind, text, "", transaction.now, by))


def decline(transaction: Transaction, incident: Incident, by: str, said: str) -> None:
    """Decline a proposal; it is not proposed again.

    Raises:
        Absent, Refused: There is no proposal.
    """
    record = majors.the_major(transaction.connection, incident.id)
    majors.keep_major(transaction, ended(record, MajorState.DECLINED, by, transaction.now))
    text = with_note("not led as a major incident", said)
    note(transaction, incident.id, Entry.MAJOR, by, text)


def stand_down(transaction: Transaction, incident: Incident, by: str, said: str) -> None:
    """End the leading of a major incident; the incident itself goes on as it is.

    Raises:
        Absent, Refused: It is not led.
    """
    record = majors.the_major(transaction.connection, incident.id)
    majors.keep_major(transaction, ended(record, MajorState.STOOD_DOWN, by, transaction.now))
    open_tasks = [
        task
        for task in majors.tasks(transaction.connection, incident.id)
        if task.state is TaskState.OPEN
    ]
    left = f"; {len(open_tasks)} tasks are still open" if open_tasks else ""
    text = with_note(f"major incident stood down{left}", said)
    note(transaction, incident.id, Entry.MAJOR, by, text)


def give(transaction: Transaction, incident: Incident, by: str, part: Part, person: str) -> None:
    """Give somebody a role, and tell them.

    Raises:
        Absent, Refused: They have it already, or nothing is led.
    """
    before = majors.the_major(transaction.connection, incident.id)
    former = before.who(part) if part is not Part.EXPERT else ()
    majors.keep_major(transaction, given(before, part, person, transaction.now))
    text = f"{person} is {PART_NAMES[part]}"
    text += f", in place of {', '.join(former)}" if former else ""
    note(transaction, incident.id, Entry.MAJOR, by, text)
    call(transaction, incident, [person])


def take_back(
    transaction: Transaction, incident: Incident, by: str, part: Part, person: str
) -> None:
    """Take a role back from somebody.

    Raises:
        Absent, Refused: They do not have it.
    """
    before = majors.the_major(transaction.connection, incident.id)
    majors.keep_major(transaction, taken_back(before, part, person))
    note(transaction, incident.id, Entry.MAJOR, by, f"{person} is no longer {PART_NAMES[part]}")


def meet(transaction: Transaction, incident: Incident, by: str, link: str) -> None:
    """Say where people meet.

    Raises:
        Absent, Refused: Nothing is led.
    """
    before = majors.the_major(transaction.connection, incident.id)
    want_led(before)
    majors.keep_major(transaction, replace(before, bridge=link))
    note(transaction, incident.id, Entry.MAJOR, by, f"bridge: {link}" if link else "no bridge")


def decide(transaction: Transaction, incident: Incident, by: str, text: str, reason: str) -> None:
    """Write a decision down; it is never changed.

    Raises:
        Absent, Refused: Nothing is led.
    """
    want_led(majors.the_major(transaction.connection, incident.id))
    one = Decision(0, incident.id, transaction.now, by, text, reason)
    majors.add_decision(transaction, one)
    words = f"decided: {text}" + (f" (because {reason})" if reason else "")
    note(transaction, incident.id, Entry.MAJOR, by, words)


def add_task(
    transaction: Transaction, incident: Incident, by: str, text: str, owner: str, kind: TaskKind
) -> None:
    """Add a task.

    Raises:
        Absent, Refused: Nothing is led.
    """
    want_led(majors.the_major(transaction.connection, incident.id))
    one = Task(0, incident.id, kind, text, owner, transaction.now, by)
    number = majors.add_task(transaction, one)
    words = f"task {number}{f' for {owner}' if owner else ''}: {text}"
    note(transaction, incident.id, Entry.MAJOR, by, words)


def change_task(
    transaction: Transaction,
    incident: Incident,
    by: str,
    number: int,
    state: TaskState | None,
    owner: str | None,
    said: str = "",
) -> None:
    """Give a task to somebody, or end it.

    Raises:
        Absent: There is none of this number.
        Refused: It is that already.
    """
    before = majors.the_task(transaction.connection, number)
    after = before if owner is None else replace(before, owner=owner)
    if state is not None:
        after = work.ended(after, state, by, said, transaction.now)
    if after == before:
        raise Refused(f"task {number} is like that already")
    majors.keep_task(transaction, after)
    who = f" ({after.owner})" if after.owner else ""
    text = f"task {number} {after.state}{who}: {after.text}"
    note(transaction, incident.id, Entry.MAJOR, by, with_note(text, said))


def update(
    transaction: Transaction, incident: Incident, by: str, text: str, rules: MajorRules
) -> None:
    """Tell those within the house how it stands; the clock of the next update starts anew.

    Raises:
        Absent, Refused: Nothing is led.
    """
    before = majors.the_major(transaction.connection, incident.id)
    want_led(before)
    carry_out(transaction, incident.id, events.Update(by, text))
    every = rules.updates.get(incident.priority)
    due = None if every is None else transaction.now + every
    majors.keep_major(transaction, replace(before, update_due=due, nagged=False))


def hand_over(
    transaction: Transaction,
    incident: Incident,
    by: str,
    taking: Iterable[tuple[Part, str]],
    summary: str,
) -> None:
    """Hand roles over, with what whoever takes over must know.

    Raises:
        Absent, Refused: Nothing is led, or somebody has the role already.
    """
    record = majors.the_major(transaction.connection, incident.id)
    names: list[str] = []
    words: list[str] = []
    for part, person in taking:
        rostered = person if record.relief.get(part) == person else ""
        record = given(record, part, person, transaction.now, rostered)
        names.append(person)
        words.append(f"{person} is {PART_NAMES[part]}")
    majors.keep_major(transaction, record)
    text = f"handed over: {', '.join(words)}. {summary}"
    note(transaction, incident.id, Entry.MAJOR, by, text)
    call(transaction, incident, names)
