"""What people report, and what was said about it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COPIED = sa.text("copy_of IS NOT NULL")
_TEXTS = ("title", "text", "reporter", "name", "service", "site", "impact", "urgency", "version")


def upgrade() -> None:
    """Keep every row."""
    op.create_table(
        "report_in",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("sort", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("incident_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fixed_in", sa.Text(), nullable=False),
        sa.Column("released_at", sa.BigInteger()),
        sa.Column("copy_of", sa.String(64)),
    )
    op.create_index("report_in_state", "report_in", ["state", "id"])
    op.create_index("report_in_fixed", "report_in", ["fixed_in"])
    op.create_index(
        "report_in_copy",
        "report_in",
        ["copy_of"],
        unique=True,
        sqlite_where=_COPIED,
        postgresql_where=_COPIED,
    )
    op.create_table(
        "report_line",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("report_line_report", "report_line", ["report_id"])
