"""A drill is begun: an alert of the service's own, of which only those who take part hear."""

import json
from dataclasses import dataclass
from uuid import uuid4

from sothat.incidents.delivery import read_delivery, take_in
from sothat.incidents.incident import Entry
from sothat.incidents.payload import parse_message
from sothat.incidents.rehearsal import DRILL, PARTICIPANTS
from sothat.incidents.sources.source import Source
from sothat.incidents.store.noting import note
from sothat.incidents.store.tables import ALERT
from sothat.incidents.times import format_nanoseconds
from sothat.incidents.transaction import Transaction
from sothat.model.policy import Priority
from sqlalchemy import Connection, select

# No Alertmanager knows of these alerts: what is compared with one leaves them alone.
SOURCE = "drill"
_OWN = Source(SOURCE, parse_message)
_ALERT = "SothatRehearsal"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is rehearsed.

    Attributes:
        title: What is supposed to have happened.
        participants: Users or roles.
        scenario: What those who take part are told.
    """

    title: str
    participants: tuple[str, ...]
    priority: Priority = Priority.P1
    team: str = ""
    site: str = ""
    scenario: str = ""


def new_name() -> str:
    """Return a name that no other drill has."""
    return f"drill-{uuid4().hex[:12]}"


def rehearse(transaction: Transaction, wanted: Rehearsal, by: str, name: str) -> None:
    """Open the incident of a drill.

    Args:
        transaction: The transaction.
        wanted: What is rehearsed.
        by: Who begins it.
        name: Of the drill, its own.
    """
    delivery = read_delivery(message(wanted, name, transaction.now), _OWN)
    take_in(transaction, [delivery])
    number = drill_named(transaction.connection, name)
    text = f"a drill begins; {', '.join(wanted.participants)} take part, nobody else is paged"
    note(transaction, number, Entry.MAJOR, by, text)


def drill_named(connection: Connection, name: str) -> int:
    """Return the incident of a drill."""
    query = select(ALERT.c.incident_id).where(
        ALERT.c.newest, ALERT.c.source == SOURCE, ALERT.c.fingerprint == name
    )
    return int(connection.execute(query).scalar_one())


def message(wanted: Rehearsal, drill: str, now: int) -> bytes:
    """Return a drill as the message that its alert is."""
    # Without a team there is none of the policy: nobody is told of a drill by its team.
    given = {"team": wanted.team, "site": wanted.site}
    labels = {
        "alertname": _ALERT,
        DRILL: drill,
        PARTICIPANTS: ",".join(wanted.participants),
        "priority": str(wanted.priority),
        **{name: value for name, value in given.items() if value},
    }
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {
            "summary": f"DRILL: {wanted.title}",
            "description": wanted.scenario,
            "so_that": "Whoever leads an incident has done it before",
        },
        "startsAt": format_nanoseconds(now),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": drill,
    }
    body = {
        "version": "4",
        "groupKey": drill,
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": SOURCE,
        "groupLabels": {DRILL: drill},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [alert],
    }
    return json.dumps(body).encode()
