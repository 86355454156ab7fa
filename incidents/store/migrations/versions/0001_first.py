"""The first schema: messages, alerts, incidents, timeline, outbox, tallies, beats."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("resolved_at IS NULL")
_NEWEST = sa.text("newest")
_PENDING = sa.text("finished_at IS NULL")
_QUIET = sa.text("quiet_until IS NOT NULL")


def upgrade() -> None:
    """Create everything."""
    _messages()
    _incidents()
    _alerts()
    _timeline()
    _outbox()
    op.create_table(
        "tally",
        sa.Column("series", sa.String(128), primary_key=True),
        sa.Column("labels", sa.Text(), primary_key=True),
        sa.Column("value", sa.Float(), nullable=False),
    )
    op.create_table(
        "beat",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
    )


def _incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledge_due", sa.BigInteger()),
        sa.Column("update_due", sa.BigInteger()),
        sa.Column("resolve_due", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("resolved_by", sa.Text(), nullable=False),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.BigInteger()),
        sa.Column("truncated", sa.Integer(), nullable=False),
    )
    _partial("incident_active", "incident", ["key"], _ACTIVE, unique=True)
    board = ["priority", "opened_at", "state", "acknowledge_due"]
    _partial("incident_board", "incident", board, _ACTIVE)
    _partial("incident_quiet", "incident", ["quiet_until"], _QUIET)
    op.create_index("incident_resolved", "incident", ["resolved_at"])


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.Column("firing", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("annotations", sa.Text(), nullable=False),
        sa.Column("generator_url", sa.Text(), nullable=False),
    )
    _partial("alert_newest", "alert", ["fingerprint", "source"], _NEWEST, unique=True)
    op.create_index("alert_incident", "alert", ["incident_id"])


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("timeline_incident", "timeline", ["incident_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
    )
    _partial("outbox_pending", "outbox", ["channel", "priority", "id"], _PENDING)
    op.create_index("outbox_incident", "outbox", ["incident_id"])


def _partial(
    name: str, table: str, columns: list[str], condition: sa.TextClause, *, unique: bool = False
) -> None:
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
