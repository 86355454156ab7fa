"""Database servers for tests, on free loopback ports, owned by an unprivileged user."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import psutil
import psycopg
import pymysql


class Server:
    """A database server on a free port, owned by an unprivileged user."""

    def __init__(self, kind, port, url, connect, process):
        self.kind = kind
        self.port = port
        self.url = url
        self.connect = connect
        self.process = process

    def pids(self):
        parent = psutil.Process(self.process.pid)
        return [parent.pid, *(child.pid for child in parent.children(recursive=True))]

    def pause(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)


def needed(*candidates):
    found = next(
        (path for name in candidates if name for path in sorted(Path("/").glob(name[1:]))), None
    )
    assert found, f"{candidates[0]} is missing: apt-get install postgresql mariadb-server"
    return found


def unprivileged():
    """Return the arguments with which a server is started as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def open_folder():
    """Give a folder that servers may write to."""
    # Not below pytest's own folder: that is closed to other users.
    path = Path(tempfile.mkdtemp(prefix="sothat-db-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(path, *list(unprivileged().values())[:2])
    yield path
    shutil.rmtree(path, ignore_errors=True)


def free():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def running(command, folder, connect, cwd):
    """Start a server and wait until it lets somebody in."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log, **unprivileged())
    end = monotonic() + 60
    while True:
        try:
            connect().close()
        except (psycopg.Error, pymysql.Error):
            said = (folder / "log").read_text(errors="replace")
        else:
            return process
        assert process.poll() is None, said
        assert monotonic() < end, said
        sleep(0.1)


def stop(process, sig):
    process.send_signal(signal.SIGCONT)
    process.send_signal(sig)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)


def postgresql_binaries():
    """Return the folder of the server's programs; SOTHAT_POSTGRESQL names another."""
    named = os.environ.get("SOTHAT_POSTGRESQL")
    found = needed("/usr/lib/postgresql/*/bin/postgres", shutil.which("postgres") or "")
    return Path(named) if named else Path(found).parent


@contextmanager
def postgresql_server(folder, *options):
    """Run PostgreSQL with a role that is nobody, `watcher`; options as on its command line."""
    binaries = postgresql_binaries()
    data, port = folder / "pg", free()
    initdb = [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **unprivileged())
    command = [
        binaries / "postgres",
        "-D",
        data,
        "-p",
        str(port),
        "-k",
        str(folder),
        "-F",
        *options,
    ]

    def connect(**more):
        where = {"host": "127.0.0.1", "port": port, "user": "tester", "dbname": "postgres"}
        return psycopg.connect(**{**where, **more}, autocommit=True)

    def start():
        return running(command, folder, connect, folder)

    process = start()
    with closing(connect()) as admin:
        admin.execute("CREATE TABLE t (x int)")
        admin.execute("CREATE ROLE watcher LOGIN")
    url = f"postgresql://watcher@127.0.0.1:{port}/postgres"
    server = Server("postgresql", port, url, connect, process)
    server.start = start
    server.folder = data
    try:
        yield server
    finally:
        stop(server.process, signal.SIGQUIT)  # at once: nobody wants its data any more


@contextmanager
def mysql_server(folder):
    """Run MariaDB with `watcher`, who may look at sessions, and `blind`, who may not."""
    mariadbd = needed("/usr/sbin/mariadbd", shutil.which("mariadbd"))
    data, port = folder / "my", free()
    install = [shutil.which("mariadb-install-db"), "--no-defaults", f"--datadir={data}"]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True, cwd=folder, **unprivileged())
    command = [mariadbd, "--no-defaults", f"--datadir={data}", f"--port={port}"]
    command += ["--bind-address=127.0.0.1", f"--socket={folder}/my.sock", "--pid-file=my.pid"]

    def connect(**more):
        return pymysql.connect(
            host="127.0.0.1", port=port, user="root", autocommit=True, connect_timeout=5, **more
        )

    def start():
        return running(command, folder, connect, folder)

    process = start()
    with closing(connect()) as admin:
        cursor = admin.cursor()
        cursor.execute("CREATE DATABASE shop")
        cursor.execute("CREATE TABLE shop.t (x int PRIMARY KEY)")
        cursor.execute("INSERT INTO shop.t VALUES (1)")
        cursor.execute("CREATE USER watcher@'127.0.0.1'")
        cursor.execute("CREATE USER blind@'127.0.0.1'")
        cursor.execute("GRANT PROCESS ON *.* TO watcher@'127.0.0.1'")
        cursor.execute("GRANT SELECT ON shop.* TO watcher@'127.0.0.1', blind@'127.0.0.1'")
    server = Server("mysql", port, f"mysql://watcher@127.0.0.1:{port}/shop", connect, process)
    server.start = start
    try:
        yield server
    finally:
        stop(server.process, signal.SIGKILL)  # as above
