"""When the database goes away: 503 meanwhile, nothing lost, and work goes on by itself."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ..exporters.servers import (  # noqa: TID252 – tests of one tree
    free,
    open_folder,
    postgresql_binaries,
    postgresql_server,
    running,
    stop,
    unprivileged,
)
from .conftest import CONFIG, SQLITE, Running, alert, eventually, fresh_database, message


def serving(data: Path, url: str) -> Running:
    (data / "incidents.yaml").write_text(CONFIG.replace(SQLITE, url))
    service = Running(data)
    service.start()
    return service


def test_a_restart_of_postgresql_is_a_503_and_then_works_again(data: Path) -> None:
    with open_folder() as folder, postgresql_server(folder) as server:
        service = serving(data, fresh_database(server))
        assert service.post(message(alert())).status_code == 200
        stop(server.process, signal.SIGINT)
        assert service.post(message(alert("Other"))).status_code == 503
        assert service.get("/-/ready").status_code == 503
        assert service.get("/-/healthy").status_code == 200
        server.process = server.start()
        eventually(lambda: service.post(message(alert("Other"))).status_code == 200)
        assert service.get("/-/ready").status_code == 200
        eventually(lambda: len(service.incidents()) == 2)
        eventually(lambda: service.metrics()["incidents_outbox_pending"] == 0)
        assert service.stop() == 0


def test_a_server_that_can_only_be_read_is_a_503(data: Path) -> None:
    with open_folder() as folder, postgresql_server(folder) as server:
        url = fresh_database(server)
        service = serving(data, url)
        assert service.post(message(alert())).status_code == 200
        name = url.rpartition("/")[2]
        with server.connect() as admin:
            admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            admin.execute(others, [name])
        eventually(lambda: service.post(message(alert("Other"))).status_code == 503)
        assert service.post(message(alert("Other"))).status_code == 503
        with server.connect() as admin:
            admin.execute("SET default_transaction_read_only = off")
            admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
        eventually(lambda: service.post(message(alert("Other"))).status_code == 200)
        assert service.stop() == 0


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Give a disk of its own that servers may write to; skip where none can be mounted."""
    with open_folder() as folder:
        options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "none", folder]
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("no right to mount a disk")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_of_postgresql_is_a_503_and_then_works_again(data: Path) -> None:
    with small_disk(160) as folder, postgresql_server(folder, "-c", "max_wal_size=48MB") as server:
        service = serving(data, fresh_database(server))
        assert service.post(message(alert(site="before"))).status_code == 200
        ballast = folder / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        outcomes = [
            (site, service.post(message(alert(site=site), padding=os.urandom(100_000).hex())))
            for site in (f"s{n}" for n in range(5))
        ]
        assert {answer.status_code for _, answer in outcomes[1:]} == {503}
        assert "No space left on device" in outcomes[-1][1].json()["error"]
        assert service.get("/-/healthy").status_code == 200
        assert service.get("/").status_code == 200
        ballast.unlink()
        sites = {site for site, answer in outcomes if answer.status_code == 503}
        for site in sites:
            eventually(lambda site=site: service.post(message(alert(site=site))).ok)
        found = [one["labels"]["site"] for one in service.incidents()]
        assert sorted(found) == sorted({"before", *(site for site, _ in outcomes)})
        eventually(lambda: service.metrics()["incidents_outbox_pending"] == 0)
        assert service.stop() == 0


@contextmanager
def standby(primary: Any, folder: Path) -> Iterator[Any]:
    """Give a hot standby of a server: what the server confirms is on both."""
    data, port = folder / "standby", free()
    where = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "tester"]
    copy = [
        postgresql_binaries() / "pg_basebackup",
        *where,
        "-D",
        data,
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
    ]
    subprocess.run(copy, check=True, capture_output=True, cwd=folder, **unprivileged())
    data.chmod(0o700)
    command = [postgresql_binaries() / "postgres", "-D", data, "-p", str(port), "-k", str(folder)]

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=port, user="tester", dbname="postgres", autocommit=True
        )

    process = running(command, folder, connect, folder)
    try:
        yield port, connect
    finally:
        stop(process, signal.SIGINT)


@pytest.mark.slow
def test_a_fail_over_loses_nothing(data: Path) -> None:
    with open_folder() as folder, postgresql_server(folder) as server:
        url = fresh_database(server)
        with standby(server, folder) as (port, connect):
            with server.connect() as admin:
                admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                admin.execute("SELECT pg_reload_conf()")
            both = url.replace(
                f"127.0.0.1:{server.port}", f"127.0.0.1:{server.port},127.0.0.1:{port}"
            )
            service = serving(data, both)
            confirmed = [
                site
                for site in (f"s{n}" for n in range(30))
                if service.post(message(alert(site=site))).status_code == 200
            ]
            assert len(confirmed) == 30
            os.kill(server.process.pid, signal.SIGQUIT)
            server.process.wait()
            assert service.post(message(alert(site="meanwhile"))).status_code == 503
            with connect() as admin:
                admin.execute("SELECT pg_promote()")
            eventually(lambda: service.post(message(alert(site="after"))).status_code == 200, 60)
            found = {one["labels"]["site"] for one in service.incidents("?limit=100")}
            assert {*confirmed, "after"} <= found
            assert service.stop() == 0
        shutil.rmtree(folder / "standby", ignore_errors=True)
