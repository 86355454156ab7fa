"""How many tickets a tracker was given in the minute that is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Keep every row; the first ticket begins a minute."""
    for column in (
        sa.Column("minute_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("minute_made", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("tracker", column)
