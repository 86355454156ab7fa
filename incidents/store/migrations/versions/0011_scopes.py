"""Who sees what: the labels of incidents as a column, the scope of tokens."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_CHUNK = 1000
_INCIDENT = sa.table("incident", *map(sa.column, ("id", "document", "labels")))


def upgrade() -> None:
    """Keep every row; what no token limits sees everything, as before."""
    op.add_column("token", sa.Column("scope", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("incident", sa.Column("labels", sa.Text(), nullable=False, server_default="{}"))
    last = 0
    while rows := _after(last):
        op.get_bind().execute(_FILL, [_labels(row) for row in rows])
        last = rows[-1].id


_FILL = (
    sa.update(_INCIDENT)
    .where(_INCIDENT.c.id == sa.bindparam("number"))
    .values(labels=sa.bindparam("own"))
)


def _after(last: int) -> list[sa.Row[tuple[int, str]]]:
    query = sa.select(_INCIDENT.c.id, _INCIDENT.c.document).where(_INCIDENT.c.id > last)
    return list(op.get_bind().execute(query.order_by(_INCIDENT.c.id).limit(_CHUNK)))


def _labels(row: sa.Row[tuple[int, str]]) -> dict[str, object]:
    labels = json.loads(row.document).get("labels", {})
    return {"number": row.id, "own": json.dumps(labels, separators=(",", ":"))}
