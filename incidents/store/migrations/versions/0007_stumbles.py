"""How often in a row the time of an incident could not be kept."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_STUMBLED = sa.text("stumbles > 0")


def upgrade() -> None:
    """Keep every row."""
    op.add_column(
        "incident", sa.Column("stumbles", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index(
        "incident_stumbles",
        "incident",
        ["attention_at"],
        sqlite_where=_STUMBLED,
        postgresql_where=_STUMBLED,
    )
