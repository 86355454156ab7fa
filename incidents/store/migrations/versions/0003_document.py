"""Incidents as columns to search by and one document of the rest; ids by supply; stand-ins."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("resolved_at IS NULL")
_OVER = sa.text("resolved_at IS NOT NULL")
_QUIET = sa.text("quiet_until IS NOT NULL")
_AWAITED = sa.text("attention_at IS NOT NULL")
_FIRING = sa.text("firing")
_CHUNK = 1000
_KEPT = (
    *("id", "key", "state", "priority", "team", "opened_at", "acknowledge_due", "acknowledged_at"),
    *("resolved_at", "quiet_until", "firing"),
)
# These go into the document: JSON texts already, and plain numbers.
_TEXTS = ("promise", "labels", "acknowledged_by", "resolved_by")
_NUMBERS = ("update_due", "resolve_due", "truncated")


def upgrade() -> None:
    """Keep every row."""
    _supply()
    _incidents()
    _partial("alert_firing", "alert", ["id"], _FIRING)
    _overrides()


def _supply() -> None:
    table = op.create_table(
        "supply",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("next", sa.BigInteger(), nullable=False),
    )
    for name in ("message", "incident", "alert"):
        ids = sa.table(name, sa.column("id"))
        highest = op.get_bind().execute(sa.select(sa.func.max(ids.c.id))).scalar()
        op.bulk_insert(table, [{"name": name, "next": (highest or 0) + 1}])


def _incidents() -> None:
    for index in ("active", "board", "resolved", "quiet"):
        op.drop_index(f"incident_{index}", "incident")
    op.rename_table("incident", "incident_0001")
    fresh = op.create_table(
        "incident",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False, server_default='""'),
        sa.Column("outcome", sa.Text(), nullable=False, server_default='""'),
        sa.Column("source", sa.String(64), nullable=False, server_default="alertmanager"),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledge_due", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("attention_at", sa.BigInteger()),
        sa.Column("quiet_until", sa.BigInteger()),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("cause", sa.BigInteger()),
        sa.Column("document", sa.Text(), nullable=False),
    )
    for rows in _chunks():
        op.bulk_insert(fresh, rows)
    op.drop_table("incident_0001")
    _partial("incident_active", "incident", ["key"], _ACTIVE, unique=True)
    board = ["priority", "opened_at", "state", "acknowledge_due"]
    _partial("incident_board", "incident", board, _ACTIVE)
    _partial("incident_recent", "incident", ["key", "resolved_at"], _OVER)
    _partial("incident_quiet", "incident", ["quiet_until"], _QUIET)
    _partial("incident_attention", "incident", ["attention_at"], _AWAITED)
    op.create_index("incident_resolved", "incident", ["resolved_at"])


def _chunks() -> Iterator[list[dict[str, Any]]]:
    names = (*_KEPT, *_TEXTS, *_NUMBERS)
    old = sa.table("incident_0001", *map(sa.column, names))
    last = 0
    while True:
        query = sa.select(old).where(old.c.id > last).order_by(old.c.id).limit(_CHUNK)
        rows = op.get_bind().execute(query).all()
        if not rows:
            return
        yield [_fresh(row) for row in rows]
        last = rows[-1].id


def _fresh(row: Any) -> dict[str, Any]:
    old = row._asdict()
    rest = {name: json.loads(old[name]) for name in _TEXTS}
    rest |= {name: old[name] for name in _NUMBERS}
    labels = rest["labels"]
    return {
        **{name: old[name] for name in _KEPT},
        "site": json.dumps(labels.get("site", "")),
        "outcome": json.dumps(labels.get("outcome", "")),
        # Looked at once at the start: what time does next follows from that.
        "attention_at": old["opened_at"] if old["resolved_at"] is None else None,
        "document": json.dumps(rest, separators=(",", ":")),
    }


def _overrides() -> None:
    op.create_table(
        "override",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("rotation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
    )
    op.create_index("override_ends", "override", ["ends_at"])


def _partial(
    name: str, table: str, columns: list[str], condition: sa.TextClause, *, unique: bool = False
) -> None:
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
