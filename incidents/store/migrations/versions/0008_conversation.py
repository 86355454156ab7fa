"""Which message of a channel is about which incident, and what it shows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Keep every row."""
    op.create_table(
        "conversation",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("shown_state", sa.String(16), nullable=False),
        sa.Column("shown_priority", sa.String(2), nullable=False),
        sa.Column("shown_acknowledged_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("live_until", sa.BigInteger(), nullable=False),
    )
    columns = ["incident_id", "channel"]
    op.create_index("conversation_message", "conversation", columns, unique=True)
    op.create_index("conversation_live", "conversation", ["live_until"])
