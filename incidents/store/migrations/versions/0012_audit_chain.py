"""The audit log as a chain that nobody edits: each entry sealed with the one before it."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_CONTENT = (
    *("at", "caller", "role", "action", "incident_id", "outcome", "detail"),
    *("idempotency_key", "request_digest", "subject"),
)
_AUDIT = sa.table("audit", *map(sa.column, ("id", "number", "digest", *_CONTENT)))
_CHUNK = 1000


def upgrade() -> None:
    """Seal what is there as it is now, and guard it."""
    op.add_column("audit", sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("audit", sa.Column("digest", sa.String(64), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("subject", sa.Text(), nullable=False, server_default='""'))
    number, digest = _seal_all()
    op.create_index("audit_number", "audit", ["number"], unique=True)
    marks = op.create_table(
        "audit_mark",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    start, head = (
        {"id": 0, "number": 0, "digest": ""},
        {"id": 1, "number": number, "digest": digest},
    )
    op.bulk_insert(marks, [start, head])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _seal_all() -> tuple[int, str]:
    number, digest, last = 0, "", 0
    while rows := _after(last):
        sealed = []
        for row in rows:
            number, last = number + 1, row.id
            content = [getattr(row, name) for name in _CONTENT]
            text = json.dumps([digest, number, *content], separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            sealed.append({"row": row.id, "its_number": number, "its_digest": digest})
        op.get_bind().execute(_SEAL, sealed)
    return number, digest


_SEAL = (
    sa.update(_AUDIT)
    .where(_AUDIT.c.id == sa.bindparam("row"))
    .values(number=sa.bindparam("its_number"), digest=sa.bindparam("its_digest"))
)


def _after(last: int) -> list[sa.Row[tuple[object, ...]]]:
    query = sa.select(_AUDIT).where(_AUDIT.c.id > last).order_by(_AUDIT.c.id).limit(_CHUNK)
    return list(op.get_bind().execute(query))


_REFUSAL = "entries of the audit log are neither changed nor removed"
_GONE = "OLD.number <= coalesce((SELECT number FROM audit_mark WHERE id = 0), 0)"
_SQLITE = (
    f"""CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN NOT ({_GONE})
    BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF {_GONE} THEN RETURN OLD; END IF;
      END IF;
      RAISE EXCEPTION '{_REFUSAL}';
    END $$""",
    """CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_guard()""",
    """CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()""",
)


def _guards(dialect: str) -> tuple[str, ...]:
    return _SQLITE if dialect == "sqlite" else _POSTGRESQL
