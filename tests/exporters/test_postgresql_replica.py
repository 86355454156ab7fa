"""A primary and its replica: lag, a way that is cut, and a fail-over."""

import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.postgresql.collector import COLLECTOR
from sothat.exporters.postgresql.contract import contract
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, Settings
from sothat.runtime.documents import parse_document

from .servers import (
    free,
    open_folder,
    postgresql_binaries,
    postgresql_server,
    running,
    stop,
    unprivileged,
)

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pair():
    """Give a primary, and the port of its replica."""
    with open_folder() as folder, postgresql_server(folder) as primary:
        with closing(primary.connect()) as admin:
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
        data, port, programs = folder / "replica", free(), postgresql_binaries()
        copy = [programs / "pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port)]
        copy += ["-U", "tester", "-D", data, "-R", "-X", "stream", "-c", "fast", "-C", "-S", "one"]
        subprocess.run(copy, check=True, capture_output=True, cwd=folder, **unprivileged())
        command = [programs / "postgres", "-D", data, "-p", str(port), "-k", str(folder), "-F"]
        process = running(command, folder, lambda: primary.connect(port=port), folder)
        yield primary, port
        stop(process, signal.SIGINT)


def poll(port):
    text = f"{{type: postgresql, targets: ['127.0.0.1:{port}'], user: monitor}}"
    settings = Settings(parse_document(text, "x.yaml"), ())
    clock = SystemClock()
    with closing(COLLECTOR.open(settings, Context("pg", Path(), {}, clock))) as source:
        samples = list(source.collect(Deadline(clock.monotonic() + 8, clock)))
    assert not Screen(contract()).screen(samples).complaints
    refused = [s.labels for s in samples if s.name == "postgresql_part_refusals_total"]
    assert [labels["part"] for labels in refused] in ([], ["statements"])
    return {
        s.name.removeprefix("postgresql_"): s.value
        for s in samples
        if "replica" in s.labels or set(s.labels) <= {"server", "slot", "type"}
    }


def test_both_tell_of_their_side_and_a_fail_over_is_seen(pair, until):
    primary, port = pair
    with closing(primary.connect()) as admin:
        admin.execute("INSERT INTO t SELECT generate_series(1, 1000)")
        until(lambda: poll(primary.port).get("replica_lag_bytes") == 0)
        sender, replica = poll(primary.port), poll(port)
        assert sender["is_replica"] == 0
        assert sender["replicas"] == sender["replica_streaming"] == sender["slot_active"] == 1
        assert sender["replica_lag_seconds"] == 0
        assert "replay_lag_seconds" not in sender
        assert replica["is_replica"] == replica["receiver_connected"] == 1
        assert replica["replay_lag_seconds"] == replica["replay_lag_bytes"] == 0
        assert replica["wal_written_bytes_total"] > 0

        with closing(primary.connect(port=port)) as on_replica:
            on_replica.execute("SELECT pg_wal_replay_pause()")
            admin.execute("INSERT INTO t SELECT generate_series(1, 1000)")
            until(lambda: poll(port)["replay_lag_bytes"] > 0)
            assert poll(port)["replay_paused"] == 1
            assert poll(port)["replay_lag_seconds"] > 0
            assert poll(primary.port)["replica_lag_bytes"] > 0
            on_replica.execute("SELECT pg_wal_replay_resume()")
            until(lambda: poll(port)["replay_lag_seconds"] == 0)

        # To have replayed all that came means nothing once nothing comes any more.
        primary.pause()
        try:
            with closing(primary.connect(port=port)) as on_replica:
                on_replica.execute("SELECT pg_promote()")
            assert poll(port)["is_replica"] == 0
            assert "receiver_connected" not in poll(port)
        finally:
            primary.resume()
        until(lambda: poll(primary.port)["slot_active"] == 0)
        admin.execute("INSERT INTO t VALUES (1)")
        assert poll(primary.port)["slot_retained_bytes"] > 0
        assert poll(primary.port)["replicas"] == 0


def test_a_replica_whose_primary_is_gone_is_behind_though_it_has_replayed_all():
    with open_folder() as folder, postgresql_server(folder) as primary:
        with closing(primary.connect()) as admin:
            admin.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
            admin.execute("INSERT INTO t VALUES (1)")
        stop(primary.process, signal.SIGINT)
        (primary.folder / "standby.signal").touch()
        primary.process = primary.start()
        found = poll(primary.port)
    assert found["is_replica"] == 1
    assert found["receiver_connected"] == 0
    assert found.get("replay_lag_seconds") != 0
