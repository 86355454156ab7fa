"""What is said to people outside: announcements, subscriptions, letters."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("finished_at IS NULL")


def upgrade() -> None:
    """Keep every row."""
    _announcement()
    _subscription()
    _letter()


def _announcement() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("audience", sa.String(64), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("announcement_incident", "announcement", ["incident_id"])
    op.create_index("announcement_audience", "announcement", ["audience", "at"])


def _subscription() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
    )
    op.create_index("subscription_state", "subscription", ["state"])
    op.create_index("subscription_address", "subscription", ["address"])


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
    )
    op.create_index(
        "letter_due",
        "letter",
        ["due_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("letter_subscription", "letter", ["subscription_id"])
