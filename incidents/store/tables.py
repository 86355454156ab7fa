"""The tables. Text from outside is kept as JSON text: NUL and lone surrogates survive."""

import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


def encode(value: Any) -> str:
    """Return a JSON value as ASCII text, one text for one value."""
    return encode_bytes(value).decode("ascii")


def encode_bytes(value: Any) -> bytes:
    """Return the bytes of a JSON value's text.

    orjson is quicker but neither escapes beyond ASCII nor takes lone surrogates; where it would
    give another text than the standard library, that one counts.
    """
    try:
        text = orjson.dumps(value, default=_plain)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=_plain).encode("ascii")
    if text.isascii():
        return text
    return json.dumps(orjson.loads(text), separators=(",", ":")).encode("ascii")


def decode(text: str) -> Any:
    """Return the JSON value in a text of `encode`."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _plain(value: Any) -> Any:
    """Return what JSON has for a value of ours that it has no form for."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


class Json(TypeDecorator[Any]):
    """Any JSON value as ASCII text: lossless in every database, whatever a label holds."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 – SQLAlchemy's
        """Return the value as text."""
        return None if value is None else encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 – SQLAlchemy's
        """Return the value in a text."""
        return None if value is None else decode(value)


# SQLite gives a rowid only to INTEGER; other databases need the wide type.
_ID = BigInteger().with_variant(Integer(), "sqlite")
METADATA = MetaData()


def new_id() -> Column[int]:
    """Return the column of a number that the database gives, once."""
    return Column("id", _ID, primary_key=True, autoincrement=True)


MESSAGE = Table(
    "message",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("received_at", BigInteger, nullable=False),
    Column("source", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("problems", Json, nullable=False),
)

INCIDENT = Table(
    "incident",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("team", Text, nullable=False),
    Column("site", Json, nullable=False, server_default='""'),
    Column("outcome", Json, nullable=False, server_default='""'),
    # What all of its alerts have in common: by it a caller sees the incident, or does not.
    Column("labels", Json, nullable=False, server_default="{}"),
    Column("source", String(64), nullable=False, server_default="alertmanager"),
    Column("opened_at", BigInteger, nullable=False),
    Column("acknowledge_due", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("resolved_at", BigInteger),
    Column("attention_at", BigInteger),
    Column("quiet_until", BigInteger),
    Column("firing", Integer, nullable=False),
    Column("cause", BigInteger),
    # How often in a row its time could not be kept; `timers` alone writes it.
    Column("stumbles", Integer, nullable=False, server_default="0"),
    # Every other field of `Incident`, by name; see `rows`.
    Column("document", Json, nullable=False),
)
_ACTIVE = INCIDENT.c.resolved_at.is_(None)
# At most one unresolved incident for a key: the database itself forbids a double.
Index(
    "incident_active", INCIDENT.c.key, unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
)
Index(
    "incident_board",
    *(INCIDENT.c.priority, INCIDENT.c.opened_at, INCIDENT.c.state, INCIDENT.c.acknowledge_due),
    sqlite_where=_ACTIVE,
    postgresql_where=_ACTIVE,
)
_OVER = INCIDENT.c.resolved_at.is_not(None)
# Partial: SQLite would look up what is not resolved in it, too, and then sort all of that.
Index("incident_resolved", INCIDENT.c.resolved_at, sqlite_where=_OVER, postgresql_where=_OVER)
# The newest resolved incident of a key, which may open again.
Index(
    "incident_recent",
    *(INCIDENT.c.key, INCIDENT.c.resolved_at),
    sqlite_where=_OVER,
    postgresql_where=_OVER,
)
_QUIET = INCIDENT.c.quiet_until.is_not(None)
Index("incident_quiet", INCIDENT.c.quiet_until, sqlite_where=_QUIET, postgresql_where=_QUIET)
_AWAITED = INCIDENT.c.attention_at.is_not(None)
Index(
    "incident_attention",
    INCIDENT.c.attention_at,
    sqlite_where=_AWAITED,
    postgresql_where=_AWAITED,
)

_STUMBLED = INCIDENT.c.stumbles > 0
Index(
    "incident_stumbles",
    INCIDENT.c.attention_at,
    sqlite_where=_STUMBLED,
    postgresql_where=_STUMBLED,
)

_CAUSED = INCIDENT.c.cause.is_not(None)
Index("incident_cause", INCIDENT.c.cause, sqlite_where=_CAUSED, postgresql_where=_CAUSED)

# What open incidents report as down; see `sothat.incidents.correlation`.
OUTAGE = Table(
    "outage",
    METADATA,
    Column("incident_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
)
Index("outage_key", OUTAGE.c.key)

ALERT = Table(
    "alert",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("source", String(64), nullable=False),
    Column("fingerprint", String(128), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("newest", Boolean, nullable=False),
    Column("firing", Boolean, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("incident_id", BigInteger, nullable=False),
    Column("labels", Json, nullable=False),
    Column("annotations", Json, nullable=False),
    Column("generator_url", Json, nullable=False),
)
Index(
    "alert_newest",
    *(ALERT.c.fingerprint, ALERT.c.source),
    unique=True,
    sqlite_where=ALERT.c.newest,
    postgresql_where=ALERT.c.newest,
)
Index("alert_incident", ALERT.c.incident_id)
Index("alert_firing", ALERT.c.id, sqlite_where=ALERT.c.firing, postgresql_where=ALERT.c.firing)

TIMELINE = Table(
    "timeline",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("incident_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", Json, nullable=False),
    Column("text", Json, nullable=False),
)
Index("timeline_incident", TIMELINE.c.incident_id)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("incident_id", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("finished_at", BigInteger),
    Column("error", Json, nullable=False),
    # The user whose contact the channel is; empty for a channel of the configuration.
    Column("recipient", Text, nullable=False, server_default=""),
    # Why it waits, which channels failed before, whether an attempt may have arrived.
    Column("details", Json, nullable=False, server_default="{}"),
)
_PENDING = OUTBOX.c.finished_at.is_(None)
Index(
    "outbox_pending",
    *(OUTBOX.c.channel, OUTBOX.c.priority, OUTBOX.c.id),
    sqlite_where=_PENDING,
    postgresql_where=_PENDING,
)
Index("outbox_incident", OUTBOX.c.incident_id)
Index(
    "outbox_due",
    *(OUTBOX.c.due_at, OUTBOX.c.channel),
    sqlite_where=_PENDING,
    postgresql_where=_PENDING,
)
_PERSONAL = OUTBOX.c.recipient != ""
Index(
    "outbox_recipient",
    *(OUTBOX.c.recipient, OUTBOX.c.finished_at),
    sqlite_where=_PERSONAL,
    postgresql_where=_PERSONAL,
)

TALLY = Table(
    "tally",
    METADATA,
    Column("series", String(128), primary_key=True),
    Column("labels", Json, primary_key=True),
    Column("value", Float, nullable=False),
)

BEAT = Table(
    "beat",
    METADATA,
    Column("source", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# Who may call API and pages: only digests of tokens are kept.
TOKEN = Table(
    "token",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Json, nullable=False),
    Column("revoked_at", BigInteger),
    # Teams, sites and clients; none: everything.
    Column("scope", Json, nullable=False, server_default="{}"),
)
Index("token_digest", TOKEN.c.digest, unique=True)

# A browser that has shown a token. It ends with the token: the digest is then no longer known.
SESSION = Table(
    "session",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("token_digest", String(64), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    # Who it is, where not a token but a provider says so.
    Column("person", Json),
    Column("seen_at", BigInteger, nullable=False, server_default="0"),
)
Index("session_expires", SESSION.c.expires_at)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("caller", Json, nullable=False),
    Column("role", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("incident_id", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("detail", Json, nullable=False),
    # A caller's own key of a command, and what it was the key of: a repeat is carried out once.
    Column("idempotency_key", Json),
    Column("request_digest", String(64), nullable=False),
    # The place in the chain, and what seals it; see `sealing`.
    Column("number", BigInteger, nullable=False, server_default="0"),
    Column("digest", String(64), nullable=False, server_default=""),
    # Whom a provider has identified: names may change hands.
    Column("subject", Json, nullable=False, server_default='""'),
)
Index("audit_number", AUDIT.c.number, unique=True)
_KEYED = AUDIT.c.idempotency_key.is_not(None)
Index(
    "audit_key",
    *(AUDIT.c.caller, AUDIT.c.idempotency_key),
    unique=True,
    sqlite_where=_KEYED,
    postgresql_where=_KEYED,
)
Index("audit_incident", AUDIT.c.incident_id)

# Where the chain of the audit log begins (0) and ends (1).
AUDIT_MARK = Table(
    "audit_mark",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)

# The next free id of a table. Ids come from here and not from the highest row, which retention may
# have removed: a number is given once.
SUPPLY = Table(
    "supply",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

# Somebody stands in for whoever a rotation names.
OVERRIDE = Table(
    "override",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("rotation", Json, nullable=False),
    Column("person", Json, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Json, nullable=False),
)
Index("override_ends", OVERRIDE.c.ends_at)
