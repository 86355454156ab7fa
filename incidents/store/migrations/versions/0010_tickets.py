"""Tickets of incidents in other systems, and how far each of those has come."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_AWAITED = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Keep every row."""
    op.create_table(
        "ticket",
        sa.Column("incident_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("tracker", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        *(_text(name) for name in ("reference", "url", "name")),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False, server_default=""),
        sa.Column("leased_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("turn", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("told", sa.BigInteger(), nullable=False, server_default="0"),
        _text("version"),
        _text("error", '""'),
        _text("document", "{}"),
    )
    op.create_index(
        "ticket_due",
        "ticket",
        ["tracker", "due_at"],
        sqlite_where=_AWAITED,
        postgresql_where=_AWAITED,
    )
    op.create_index("ticket_reference", "ticket", ["tracker", "reference"])
    op.create_table(
        "tracker",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("scanned", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger()),
        sa.Column("poll_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("resume_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("denied_at", sa.BigInteger()),
        sa.Column("succeeded_at", sa.BigInteger()),
    )


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)
