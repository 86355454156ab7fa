"""What is done with reports: each a change of the store, with what its reporter is told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sothat.incidents.communication.guard import findings
from sothat.incidents.communication.internals import of_house
from sothat.incidents.communication.telling import Office
from sothat.incidents.communication.wording import Text
from sothat.incidents.incident import Entry
from sothat.incidents.letters.seals import Seals
from sothat.incidents.refusal import Refused
from sothat.incidents.reports_in.accepting import Rating, join_incident, open_incident
from sothat.incidents.reports_in.mail import Mailed, mark
from sothat.incidents.reports_in.report import (
    Report,
    Sort,
    Way,
    accepted,
    answered,
    asked,
    fixed,
    refused,
)
from sothat.incidents.store.letters import EMAIL, Letter, post
from sothat.incidents.store.noting import note
from sothat.incidents.store.reports_in import (
    add_line,
    add_report,
    copy_of,
    fixed_by,
    lines,
    report_in,
    save_report,
)
from sothat.incidents.transaction import Transaction
from sqlalchemy import Connection

_PURPOSE = "report"


@dataclass(frozen=True, slots=True)
class Counter:
    """What the desk works with.

    Attributes:
        mail: Whether letters can be sent.
        address: Where answers to them go; empty: they cannot be answered.
    """

    office: Office
    seals: Seals
    mail: bool = False
    address: str = ""


def take_in_report(transaction: Transaction, report: Report, copy: str = "") -> int:
    """Keep a report; the same one again, known by ``copy``, is the one that is there.

    Returns:
        Its number.
    """
    known = copied(transaction.connection, copy)
    digest = _digest(copy) if copy else None
    return known or add_report(transaction, replace(report, at=transaction.now), digest)


def copied(connection: Connection, copy: str) -> int | None:
    """Return the report that is the same as one that comes with ``copy``; None: there is none."""
    return copy_of(connection, _digest(copy)) if copy else None


def copied_mail(connection: Connection, mail: Mailed) -> int | None:
    """Return the report that a mail has made, or has added to, when it came before."""
    return copied(connection, _copy(mail)) or mail.report


def _copy(mail: Mailed) -> str:
    return mail.message_id and f"mail:{mail.message_id}"


def _digest(copy: str) -> str:
    return hashlib.sha256(copy.encode("utf-8", "replace")).hexdigest()


def take_in_mail(transaction: Transaction, mail: Mailed, counter: Counter) -> int:
    """Keep a mail: a report, or more about one that is there; return the report's number.

    Whoever writes the number of another's report into a subject starts one of their own: only the
    reporter's address, with the seal of our letter, adds to a report.
    """
    if mail.report is not None and _is_reporters(transaction, mail, counter):
        _add_answer(transaction, mail.report, mail.sender, mail.text)
        return mail.report
    new = Report(
        id=0,
        at=0,
        way=Way.MAIL,
        sort=Sort.PROBLEM,
        title=mail.title,
        text=mail.text,
        reporter=mail.sender,
        name=mail.name,
    )
    number = take_in_report(transaction, new, _copy(mail))
    if (kept := report_in(transaction.connection, number)).at == transaction.now:
        _write(transaction, kept, "We have your report", _THANKS, counter)
    return number


def _is_reporters(transaction: Transaction, mail: Mailed, counter: Counter) -> bool:
    try:
        known = report_in(transaction.connection, mail.report or 0)
    except LookupError:
        return False
    seal = counter.seals.seal(_PURPOSE, known.id, known.reporter)[: len(mail.seal)]
    return bool(mail.seal) and mail.seal == seal and mail.sender == known.reporter


def _add_answer(transaction: Transaction, number: int, who: str, text: str) -> None:
    report = report_in(transaction.connection, number)
    said = lines(transaction.connection, number)
    if said and (said[-1].who, said[-1].text) == (who, text):
        return  # the mail server has brought it twice
    add_line(transaction, number, who, text)
    save_report(transaction, answered(report))
    if report.incident is not None:
        news = f"report {number}: its reporter has written again"
        note(transaction, report.incident, Entry.REPORTED, who, news)


def accept(
    transaction: Transaction,
    number: int,
    rating: Rating,
    into: int | None,
    by: str,
    counter: Counter,
) -> int:
    """Make a report an incident's; return the incident's number.

    Raises:
        Absent, NoSuchIncident: There is no such report or incident.
        Refused: It is decided already, or nobody can tell how bad it is.
    """
    report = report_in(transaction.connection, number)
    # Whether it waits is asked before anything is opened.
    accepted(report, 0)
    if into is None:
        into = open_incident(transaction, report, rating, counter.office.book)
    join_incident(transaction, report, into, by)
    kept = accepted(report, into)
    save_report(transaction, kept)
    add_line(transaction, number, by, f"accepted into #{into}")
    _write(transaction, kept, "We are working on it", _ACCEPTED, counter)
    return into


def refuse(transaction: Transaction, number: int, reason: str, by: str, counter: Counter) -> None:
    """Let nothing come of a report, and say why.

    Raises:
        Absent: There is no such report.
        Refused: It is decided already, or the reason has something internal in it.
    """
    report = report_in(transaction.connection, number)
    kept = refused(report, reason)
    _check(report, reason, counter)
    save_report(transaction, kept)
    add_line(transaction, number, by, f"refused: {reason}")
    _write(transaction, kept, "About your report", f"Nothing comes of it: {reason}", counter)


def ask(transaction: Transaction, number: int, question: str, by: str, counter: Counter) -> None:
    """Ask a reporter something.

    Raises:
        Absent: There is no such report.
        Refused: It is decided already, nobody can be asked, or the question has something internal.
    """
    report = report_in(transaction.connection, number)
    kept = asked(report)
    if not counter.mail:
        raise Refused("no mail server is configured: section 'letters'")
    _check(report, question, counter)
    save_report(transaction, kept)
    add_line(transaction, number, by, f"asked: {question}")
    _write(transaction, kept, "A question about your report", question, counter)


def plan_fix(transaction: Transaction, number: int, version: str, by: str) -> None:
    """Say which release fixes a bug.

    Raises:
        Absent: There is no such report.
        Refused: It is no bug that somebody works on, or is fixed already.
    """
    kept = fixed(report_in(transaction.connection, number), version)
    save_report(transaction, kept)
    add_line(transaction, number, by, f"fixed in {version}")
    if kept.incident is not None:
        text = f"report {number}: fixed in {version}"
        note(transaction, kept.incident, Entry.REPORTED, by, text)


def mark_release(
    transaction: Transaction, version: str, by: str, counter: Counter
) -> Sequence[int]:
    """Say that a release is out; tell everybody whose bug it fixes. Return their reports' numbers.

    Raises:
        Refused: It fixes nothing that anybody waits for.
    """
    found = fixed_by(transaction.connection, version)
    if not found:
        raise Refused(f"nobody waits for {version!r:.60}: no report says that it is fixed in it")
    for report in found:
        kept = replace(report, released_at=transaction.now)
        save_report(transaction, kept)
        add_line(transaction, report.id, by, f"{version} is out")
        if report.incident is not None:
            text = f"report {report.id}: {version}, which fixes it, is out"
            note(transaction, report.incident, Entry.REPORTED, by, text)
        text = f"Version {version} is out. It fixes what you reported."
        _write(transaction, kept, "What you reported is fixed", text, counter)
    return [report.id for report in found]


_THANKS = "Thank you. Somebody looks at it, and you hear from us."
_ACCEPTED = "Thank you. Our engineers are working on what you reported."


def _check(report: Report, text: str, counter: Counter) -> None:
    """Refuse what would tell a reporter something internal."""
    if not report.reporter:
        return
    office = counter.office
    found = findings(text, of_house(office.people, office.policy, office.book))
    if found:
        told = "; ".join(map(str, found))
        raise Refused(f"whoever reported it would read what is internal: {told}. Reword it")


def _write(
    transaction: Transaction, report: Report, about: str, text: str, counter: Counter
) -> None:
    if not report.reporter or not counter.mail:
        return
    seal = counter.seals.seal(_PURPOSE, report.id, report.reporter)
    subject = f"{about}: {report.title} {mark(report.id, seal)}"
    body = f"{text}\n\nYour report, no. {report.id}: {report.title}\n"
    headers = {"Reply-To": counter.address} if counter.address else {}
    if counter.address:
        body += "You can answer this letter; leave its subject as it is.\n"
    signature = counter.office.book.signature
    body += f"\n{signature}\n" if signature else ""
    post(transaction, [Letter(EMAIL, report.reporter, Text(subject, body), headers)])
