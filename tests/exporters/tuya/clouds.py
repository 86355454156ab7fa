"""A simulated cloud on loopback, and clients of it, for tests."""

import socket
import threading
from contextlib import contextmanager

import uvicorn
from sothat.exporters.clock import Deadline
from sothat.exporters.tuya_cloud.budget import Budget, Terms
from sothat.exporters.tuya_cloud.client import Client
from sothat.exporters.tuya_cloud.signing import Credentials
from sothat.runtime.secrets import Secret
from sothat.simulator.cloud.application import cloud_application
from sothat.simulator.cloud.project import Project
from sothat.simulator.cloud.things import Thing

ID, SECRET = "sothattestaccessid01", "a-secret-that-nobody-may-see-0001"
START = 1_793_491_200.0  # 1 November 2026, 0:00


class FakeClock:
    """A clock that tests move."""

    def __init__(self, now=START):
        self.now = now
        self.ran = 0.0

    def time(self):
        return self.now

    def monotonic(self):
        return self.ran

    def move(self, seconds):
        self.now += seconds
        self.ran += seconds

    def deadline(self, seconds=30.0):
        return Deadline(self.ran + seconds, self)


def things(number, **what):
    return [Thing(f"id{n:06}", f"thing-{n}", f"key-{n:012}", **what) for n in range(number)]


def project(clock, number=0, **what):
    found = Project(ID, SECRET, clock.time, **what)
    found.know(things(number))
    return found


def client(base, clock, folder, calls=26_000, secret=SECRET, **terms):
    budget = Budget(folder / "budget.json", Terms(calls, **{"burst": calls, **terms}))
    credentials = Credentials(Secret(ID), Secret(secret))
    return Client(base, credentials, budget, clock, pause=clock.move)


@contextmanager
def serving(application):
    """Serve an application on a free port of loopback; yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_config=None, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()


def serving_cloud(found):
    return serving(cloud_application(found))
