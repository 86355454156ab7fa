"""A database of a million tables: in time, in memory, truthful."""

import re
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from .servers import open_folder, postgresql_server

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(3000)]

_TABLES = 1_000_000
_BYTES = 12e9
_DEADLINE = 8
_LEAN = ["autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "full_page_writes=off"]
_FILL = """
CREATE PROCEDURE fill(a int, b int) LANGUAGE plpgsql AS $$ BEGIN
  FOR i IN a..b LOOP
    EXECUTE format('CREATE TABLE t%s (x int)', i);
    IF i % 1000 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$
"""


@pytest.fixture(scope="module")
def server():
    options = [part for one in _LEAN for part in ("-c", one)]
    with open_folder() as folder:
        if shutil.disk_usage(folder).free < _BYTES:
            pytest.skip("a million tables take 7 GB of temporary space")
        yield from _filled(folder, options)


def _filled(folder, options):
    with postgresql_server(folder, *options) as running:
        with closing(running.connect()) as admin:
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
            admin.execute("CREATE DATABASE many")
        with closing(running.connect(dbname="many")) as many:
            many.execute(_FILL)
        fillers = [
            threading.Thread(target=_fill, args=(running, half * _TABLES // 2)) for half in (0, 1)
        ]
        for filler in fillers:
            filler.start()
        for filler in fillers:
            filler.join()
        yield running


def _fill(server, start):
    with closing(server.connect(dbname="many")) as many:
        many.execute(f"CALL fill({start + 1}, {start + _TABLES // 2})")


def test_a_million_tables(server, tmp_path: Path, sothat):
    with closing(server.connect(dbname="many")) as many:
        statement = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'"
        assert many.execute(statement).fetchone()[0] == _TABLES
    (tmp_path / "exporter.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"
        f"  - {{type: postgresql, mode: scrape, deadline: {_DEADLINE}s, user: monitor,\n"
        f"     targets: [{{address: '127.0.0.1:{server.port}/many', name: db}}]}}\n"
    )
    process = sothat("export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0")
    for _ in range(3):
        begun = time.monotonic()
        text = process.metrics()
        took = time.monotonic() - begun
        assert took < _DEADLINE + 1
        assert 'postgresql_up{server="db"} 1' in text
        assert 'sothat_exporter_collector_success{collector="postgresql"} 1' in text
        assert 'postgresql_connections{server="db",state="active"}' in text
        assert len(re.findall(r"^postgresql_table_heap_bytes\{", text, re.MULTILINE)) in (0, 20)
        assert len(text.splitlines()) < 3000
        resident = psutil.Process(process.process.pid).memory_info().rss
        print(f"a scrape of {_TABLES:,} tables: {took:.1f} s, {resident / 1e6:.0f} MB resident")
        assert resident < 80e6
    # What the server could not say in time is told, and not asked for all the time.
    refused = re.findall(r'part_refusals_total\{part="(\w+)",reason="timeout".*\} (\d+)', text)
    assert {number for _, number in refused} <= {"1"}
