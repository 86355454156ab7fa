"""Tickets of incidents, and how far each tracker has come: the tables."""

from sothat.incidents.store.tables import METADATA, Json
from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

TICKET = Table(
    "ticket",
    METADATA,
    Column("incident_id", BigInteger, primary_key=True, autoincrement=False),
    Column("tracker", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("reference", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("stage", String(16), nullable=False),
    # When it is to be looked at; nothing: when something happens.
    Column("due_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    # Who works on it, and until when nobody else does.
    Column("holder", String(64), nullable=False, server_default=""),
    Column("leased_until", BigInteger, nullable=False, server_default="0"),
    # Counts what has made it due, so that nothing that happens meanwhile is missed.
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("told", BigInteger, nullable=False, server_default="0"),
    Column("version", Text, nullable=False, server_default=""),
    Column("error", Json, nullable=False, server_default='""'),
    Column("document", Json, nullable=False, server_default="{}"),
)
_AWAITED = TICKET.c.due_at.is_not(None)
Index(
    "ticket_due",
    *(TICKET.c.tracker, TICKET.c.due_at),
    sqlite_where=_AWAITED,
    postgresql_where=_AWAITED,
)
Index("ticket_reference", TICKET.c.tracker, TICKET.c.reference)

# How far each tracker has come; all replicas go by it.
TRACKER = Table(
    "tracker",
    METADATA,
    Column("name", Text, primary_key=True),
    # The last timeline entry that was looked at for tickets.
    Column("scanned", BigInteger, nullable=False),
    # From which moment on its changes are asked for, by its own clock; and when they are next.
    Column("since", BigInteger),
    Column("poll_at", BigInteger, nullable=False, server_default="0"),
    # Nothing is asked of it before that.
    Column("resume_at", BigInteger, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("denied_at", BigInteger),
    Column("succeeded_at", BigInteger),
    # The minute in which new tickets are counted: when it began, and how many there were.
    Column("minute_at", BigInteger, nullable=False, server_default="0"),
    Column("minute_made", Integer, nullable=False, server_default="0"),
)
