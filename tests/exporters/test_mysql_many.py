"""A server of very many tables: in time, in memory, in few series, and truthful."""

import re
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from .mariadb import Mariadb, owned_folder

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(1500)]

_TABLES = 20_000
_DEADLINE = 8
_FAST = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-fast-shutdown=2")


@pytest.fixture
def server():
    with tempfile.TemporaryDirectory(prefix="sothat-db-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        owned_folder(folder)
        running = Mariadb(folder, *_FAST, "--performance-schema=ON")
        running.start()
        try:
            running.run(
                "CREATE DATABASE many",
                "CREATE USER watcher@'127.0.0.1'",
                "GRANT PROCESS, BINLOG MONITOR, REPLICA MONITOR ON *.* TO watcher@'127.0.0.1'",
                "GRANT SELECT ON performance_schema.* TO watcher@'127.0.0.1'",
            )
            with closing(running.connect(database="many")) as admin, admin.cursor() as cursor:
                for n in range(_TABLES):
                    cursor.execute(f"CREATE TABLE t{n} (x int PRIMARY KEY, y int, KEY (y))")
            yield running
        finally:
            running.stop()


def test_very_many_tables(server, tmp_path, sothat):
    (tmp_path / "exporter.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Exporter\ncollectors:\n"
        f"  - {{type: mysql, mode: scrape, deadline: {_DEADLINE}s, user: watcher,\n"
        f"     targets: [{{address: '{server.address}', name: db}}]}}\n"
    )
    process = sothat("export", "--config", "exporter.yaml", "--listen", "127.0.0.1:0")
    for _ in range(3):
        begun = time.monotonic()
        text = process.metrics()
        took = time.monotonic() - begun
        resident = psutil.Process(process.process.pid).memory_info().rss
        print(f"a scrape of {_TABLES:,} tables: {took:.1f} s, {resident / 1e6:.0f} MB resident")
        assert took < _DEADLINE + 1
        assert resident < 80e6
        assert re.search(r'^mysql_server_up\{server="db"\} 1(\.0)?$', text, re.MULTILINE)
        assert 'mysql_server_part_success{part="connections",server="db"} 1' in text
        assert len(re.findall(r"^mysql_server_table_bytes\{", text, re.MULTILINE)) in (0, 20)
        assert len(text.splitlines()) < 2000
    failed = set(re.findall(r'part_failures_total\{part="([\w-]+)"', text))
    assert failed <= {"space", "index-use", "duplicate-indexes", "schema"}
