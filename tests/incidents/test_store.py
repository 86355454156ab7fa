"""The schema: the migrations give exactly the declared tables."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.tables import METADATA
from sqlalchemy import inspect


def test_the_migrations_lead_to_the_declared_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/incidents.db"
    engine = writer_engine(url)
    migrate(engine, url)
    migrate(engine, url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        inspector = inspect(connection)
        for table in METADATA.tables.values():
            indexes = {str(i["name"]) for i in inspector.get_indexes(table.name)}
            assert indexes == {str(index.name) for index in table.indexes}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    engine.dispose()
