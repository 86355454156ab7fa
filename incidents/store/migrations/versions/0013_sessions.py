"""Sessions of people whom a provider has identified; when a session was last used."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Keep those who are signed in: their idle time begins now."""
    op.add_column("session", sa.Column("person", sa.Text()))
    column = sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("session", column)
    seen = sa.table("session", sa.column("seen_at"))
    op.execute(sa.update(seen).values(seen_at=time.time_ns()))
