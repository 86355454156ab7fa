"""By when those who wait were told that they will hear again."""

from collections.abc import Mapping

from sothat.incidents.store.tables import INCIDENT
from sothat.model.policy import Priority
from sqlalchemy import Connection, select

# Of the others there may be thousands, and nobody sits and waits for news of them.
_AWAITED = (str(Priority.P1), str(Priority.P2))


def next_updates(connection: Connection) -> Mapping[str, int]:
    """Return when the next update is due, the earliest by priority, in nanoseconds.

    A priority of whose open incidents none owes an update is left out.
    """
    query = select(INCIDENT.c.priority, INCIDENT.c.document).where(
        INCIDENT.c.resolved_at.is_(None), INCIDENT.c.priority.in_(_AWAITED)
    )
    found: dict[str, int] = {}
    for priority, document in connection.execute(query):
        due = document.get("update_due")
        if due is not None:
            found[priority] = min(due, found.get(priority, due))
    return found
