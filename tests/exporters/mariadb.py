"""MariaDB for tests that want a server of their own settings."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import psutil
import pymysql


def unprivileged():
    """Return the arguments with which a server is started as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Mariadb:
    """A server on a free port, owned by an unprivileged user."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.port = free_port()
        self._options = options
        self.process = None
        install = [shutil.which("mariadb-install-db"), "--no-defaults"]
        assert install[0], "mariadb-install-db is missing: apt-get install mariadb-server"
        install += [f"--datadir={folder}/data", "--auth-root-authentication-method=normal"]
        install += ["--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True, cwd=folder, **unprivileged())

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *options):
        found = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
        command = [found, "--no-defaults", f"--datadir={self.folder}/data", f"--port={self.port}"]
        command += ["--bind-address=127.0.0.1", f"--socket={self.folder}/s", "--pid-file=pid"]
        command += [*self._options, *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, **unprivileged()
            )
        end = monotonic() + 60
        while True:
            try:
                self.connect().close()
            except pymysql.Error:
                said = (self.folder / "log").read_text(errors="replace")
            else:
                return
            assert self.process.poll() is None, said
            assert monotonic() < end, said
            sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def connect(self, **more):
        options = {"host": "127.0.0.1", "port": self.port, "user": "root", "autocommit": True}
        return pymysql.connect(**{**options, "connect_timeout": 5, **more})

    def run(self, *statements):
        with closing(self.connect()) as admin, admin.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()


def owned_folder(path: Path):
    """Give a folder to whoever the servers run as."""
    if os.geteuid() == 0:
        os.chown(path, *list(unprivileged().values())[:2])


def connections_to(port):
    """Return the open connections of this process to a port."""
    found = psutil.Process().net_connections("tcp")
    return [
        one
        for one in found
        if one.raddr and one.raddr.port == port and one.status == psutil.CONN_ESTABLISHED
    ]
