"""What open incidents report as down, and what follows from them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CAUSED = sa.text("cause IS NOT NULL")


def upgrade() -> None:
    """Keep every row."""
    op.create_table(
        "outage",
        sa.Column("incident_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), primary_key=True),
    )
    op.create_index("outage_key", "outage", ["key"])
    op.create_index(
        "incident_cause", "incident", ["cause"], sqlite_where=_CAUSED, postgresql_where=_CAUSED
    )
