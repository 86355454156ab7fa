"""What is resolved has an index of its own, so that what is not is found by the board's."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_OVER = sa.text("resolved_at IS NOT NULL")


def upgrade() -> None:
    """SQLite would look unresolved incidents up in the former index, and then sort them all."""
    op.drop_index("incident_resolved", "incident")
    op.create_index(
        "incident_resolved",
        "incident",
        ["resolved_at"],
        sqlite_where=_OVER,
        postgresql_where=_OVER,
    )
