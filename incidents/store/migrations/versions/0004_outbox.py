"""Pages have a recipient, and may wait: for a digest, an hour, the end of a window."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PENDING = sa.text("finished_at IS NULL")
_PERSONAL = sa.text("recipient <> ''")


def upgrade() -> None:
    """Keep every row."""
    op.add_column("outbox", sa.Column("recipient", sa.Text(), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    op.create_index(
        "outbox_due",
        "outbox",
        ["due_at", "channel"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "outbox_recipient",
        "outbox",
        ["recipient", "finished_at"],
        sqlite_where=_PERSONAL,
        postgresql_where=_PERSONAL,
    )
