"""The schema: the migrations give exactly the declared tables, and lose nothing."""

import json
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sothat.incidents.incident import Promise, State
from sothat.incidents.store import browsing
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import configuration, migrate
from sothat.incidents.store.schema import whole
from sothat.incidents.store.tables import METADATA, SUPPLY
from sqlalchemy import MetaData, Select, func, insert, inspect, select

from .conftest import both


@both
def test_the_migrations_lead_to_the_declared_tables(store_url: str) -> None:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    migrate(engine, store_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), whole()) == []
        inspector = inspect(connection)
        for table in whole().tables.values():
            indexes = {str(i["name"]) for i in inspector.get_indexes(table.name)}
            assert indexes == {str(index.name) for index in table.indexes}
    engine.dispose()


def test_a_commit_on_sqlite_is_on_the_disk(tmp_path: Path) -> None:
    engine = writer_engine(f"sqlite:///{tmp_path}/incidents.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    engine.dispose()


def old_store(url: str) -> None:
    """Make a store as the first release wrote it, with something of everything in it."""
    engine = writer_engine(url)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        old = MetaData()
        old.reflect(connection)
        for table, rows in OLD.items():
            connection.execute(insert(old.tables[table]), list(rows))
    engine.dispose()


PROMISE = {
    "title": "Cold",
    "condition": "c",
    "action": "a",
    "so_that": "s",
    "runbook_url": "r",
    "dashboard_url": "d",
    "alertname": "Old",
}
LABELS = {"alertname": "Old", "site": "nul \0 ö \ud800", "priority": "P2"}
ALERT = {
    "source": "alertmanager",
    "fingerprint": "f1",
    "episode": 1,
    "newest": True,
    "firing": True,
    "starts_at": 5,
    "ends_at": None,
    "incident_id": 7,
    "labels": json.dumps(LABELS),
    "annotations": "{}",
    "generator_url": '""',
}
INCIDENT = {
    "key": '[["alertname","Old"]]',
    "state": "acknowledged",
    "priority": "P2",
    "team": "t",
    "promise": json.dumps(PROMISE),
    "labels": json.dumps(LABELS),
    "opened_at": 10,
    "acknowledge_due": None,
    "update_due": 30,
    "resolve_due": 40,
    "acknowledged_at": 20,
    "acknowledged_by": '"somebody"',
    "resolved_at": None,
    "resolved_by": '""',
    "firing": 1,
    "quiet_until": None,
    "truncated": 3,
}
OVER = {
    "state": "resolved",
    "resolved_at": 50,
    "resolved_by": '"sothat"',
    "firing": 0,
    "key": "[]",
}
OLD: dict[str, list[dict[str, object]]] = {
    "message": [
        {
            "id": 12,
            "received_at": 1,
            "source": "alertmanager",
            "outcome": "accepted",
            "body": b"{}",
            "problems": "[]",
        }
    ],
    "incident": [{"id": 7, **INCIDENT}, {"id": 9, **INCIDENT, **OVER}],
    "alert": [{"id": 30, **ALERT}],
    "timeline": [{"incident_id": 7, "at": 10, "kind": "opened", "actor": '"a"', "text": '"b"'}],
    "outbox": [
        {
            "incident_id": 7,
            "channel": "on-call",
            "reason": "opened",
            "priority": "P2",
            "state": "pending",
            "created_at": 10,
            "due_at": 10,
            "attempts": 0,
            "error": '""',
        }
    ],
    "tally": [{"series": "incidents_opened_total", "labels": '["P2","t"]', "value": 2}],
    "beat": [{"source": "webhook", "at": 10}],
}


def _count(table: str) -> Select[int]:
    return select(func.count()).select_from(METADATA.tables[table])


@both
def test_the_first_alerts_of_each_incident_are_those_that_fire(store_url: str) -> None:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    rows = [
        {
            **ALERT,
            "labels": LABELS,
            "annotations": {},
            "generator_url": "",
            "id": number,
            "fingerprint": str(number),
            "firing": number % 2 == 0,
            "incident_id": number % 3,
        }
        for number in range(1, 30)
    ]
    with engine.begin() as connection:
        connection.execute(insert(METADATA.tables["alert"]), rows)
        found = browsing.alerts_of(connection, [2, 1, 7], 7)
    engine.dispose()
    prints = {number: [int(a.fingerprint) for a in some] for number, some in found.items()}
    assert prints == {2: [2, 8, 14, 20, 26, 5, 11], 1: [4, 10, 16, 22, 28, 1, 7], 7: []}


@both
def test_a_store_of_the_first_release_keeps_everything(store_url: str) -> None:
    old_store(store_url)
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    with engine.connect() as connection:
        incident = browsing.incident(connection, 7)
        over = browsing.incident(connection, 9)
        alerts = browsing.alerts_of(connection, [7], 10)[7]
        entries = browsing.timeline(connection, 7, 10).items
        supply = dict(connection.execute(select(SUPPLY.c.name, SUPPLY.c.next)).all())
        counts = {
            t: connection.execute(select(func.count()).select_from(METADATA.tables[t])).scalar()
            for t in OLD
        }
    engine.dispose()
    assert counts == {table: len(rows) for table, rows in OLD.items()}
    assert supply == {"message": 13, "incident": 10, "alert": 31}
    assert incident is not None
    assert over is not None
    assert incident.labels == LABELS
    assert incident.promise == Promise(**PROMISE)
    assert (incident.update_due, incident.resolve_due, incident.truncated) == (30, 40, 3)
    assert (incident.state, incident.acknowledged_by) == (State.ACKNOWLEDGED, "somebody")
    assert [a.labels for a in alerts] == [LABELS]
    assert [n.text for n in entries] == ["b"]
    assert (over.state, over.resolved_by) == (State.RESOLVED, "sothat")
