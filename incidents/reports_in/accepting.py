"""A report that becomes an incident's: of a new one, on the way that alerts go, or of one there is.

The way of alerts is the one that pages, starts the clocks and escalates: nothing of that is done
here a second time. A new incident is the report's own whatever `identity` says: what two people
report may look alike and be two matters.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sothat.incidents.commands import NoSuchIncident
from sothat.incidents.communication.book import Book
from sothat.incidents.delivery import Delivery, take_in
from sothat.incidents.incident import Entry
from sothat.incidents.payload import Message, Sighting
from sothat.incidents.refusal import Refused
from sothat.incidents.reports_in.report import Report
from sothat.incidents.store import browsing
from sothat.incidents.store.noting import note
from sothat.incidents.store.tables import ALERT
from sothat.incidents.transaction import Transaction
from sothat.model.guessing import did_you_mean
from sothat.model.policy import Policy, Priority
from sqlalchemy import select

SOURCE = "reports"
_ALERT = "ReportByPerson"


@dataclass(frozen=True, slots=True)
class Rating:
    """How bad it is, and whose business: outright, or by impact and urgency.

    Attributes:
        team: Name in the policy; empty: the one of the service that the report is about.
    """

    priority: Priority | None = None
    impact: str = ""
    urgency: str = ""
    team: str = ""


def rated(rating: Rating, report: Report, policy: Policy) -> Priority:
    """Return the priority that impact and urgency give by the policy's matrix, or the one given.

    Raises:
        Refused: Neither is said, or the matrix has no such row or column.
    """
    if rating.priority is not None:
        return rating.priority
    impact, urgency = rating.impact or report.impact, rating.urgency or report.urgency
    row = policy.matrix.get(impact)
    if row is None:
        hint = _hint(impact, policy.matrix)
        raise Refused(f"how many it concerns (impact) is not said in the policy's words; {hint}")
    if urgency not in row:
        raise Refused(f"how soon it matters (urgency) is not said; {_hint(urgency, row)}")
    return row[urgency]


def _hint(name: str, known: Mapping[str, object]) -> str:
    names = ", ".join(known) or "none: say a priority"
    return did_you_mean(name, known, otherwise=f"there are: {names}")


def open_incident(transaction: Transaction, report: Report, rating: Rating, book: Book) -> int:
    """Open an incident of a report; return its number.

    Raises:
        Refused: Nobody can tell how bad it is, or whose business.
    """
    policy = transaction.rules.policy
    service = book.services.get(report.service)
    team = rating.team or (service.team if service else "")
    if team not in policy.teams:
        hint = _hint(team, policy.teams)
        raise Refused(f"whose business it is (team) is not said; {hint}")
    labels = {
        "alertname": _ALERT,
        "report": str(report.id),
        "priority": str(rated(rating, report, policy)),
        "team": team,
        "impact": rating.impact or report.impact,
        "urgency": rating.urgency or report.urgency,
        "site": report.site,
        "service": report.service,
    }
    annotations = {
        "summary": report.title,
        "description": report.text,
        "so_that": service.so_that if service else "",
    }
    return _take_in(transaction, report, _given(labels), _given(annotations))


def _take_in(
    transaction: Transaction, report: Report, labels: Mapping[str, str], texts: Mapping[str, str]
) -> int:
    name = f"report-{report.id}"
    group = {"report": str(report.id)}
    seen = Sighting(name, True, transaction.now, None, labels, texts)  # noqa: FBT003 – it fires
    message = Message(SOURCE, name, "", 0, (seen,), (), group)
    body = json.dumps({"report": report.id, "labels": labels, "annotations": texts}).encode()
    rules = replace(transaction.rules, identity=None)
    inner = replace(transaction, rules=rules)
    take_in(inner, [Delivery(body, message, source=SOURCE)])
    transaction.paged |= inner.paged
    query = select(ALERT.c.incident_id).where(ALERT.c.source == SOURCE, ALERT.c.newest)
    found = transaction.connection.execute(query.where(ALERT.c.fingerprint == name)).scalar_one()
    return int(found)


def join_incident(transaction: Transaction, report: Report, number: int, by: str) -> None:
    """Make a report an incident's that is there.

    Raises:
        NoSuchIncident: There is none of this number.
    """
    if browsing.incident(transaction.connection, number) is None:
        raise NoSuchIncident(f"there is no incident {number}")
    note(transaction, number, Entry.REPORTED, by, f"report {report.id}: {report.title}")


def _given(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {name: text for name, text in texts.items() if text}
