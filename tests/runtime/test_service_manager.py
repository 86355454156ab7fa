"""What a service manager hears over its datagram socket."""

import asyncio
import os
import socket

import pytest
from sothat.runtime.service_manager import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """Give a listening socket, and the name under which it is told."""
    name = f"@sothat-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name[1:]}" if name[0] == "@" else name)
        sock.settimeout(10)
        yield sock, name


def heard(sock):
    return sock.recv(4096).decode().split("\n")


def test_each_state_is_one_message(manager):
    sock, name = manager
    told = ServiceManager({"NOTIFY_SOCKET": name})
    told.ready("serving\nat :9780")
    assert heard(sock) == ["READY=1", "STATUS=serving at :9780"]
    told.reloading()
    state, moment = heard(sock)
    assert state == "RELOADING=1"
    assert moment.removeprefix("MONOTONIC_USEC=").isdecimal()
    asyncio.run(told.alive())
    assert heard(sock) == ["WATCHDOG=1"]
    told.stopping()
    assert heard(sock) == ["STOPPING=1"]


def test_a_manager_that_does_not_listen_holds_nothing_up(manager, caplog):
    _, name = manager
    told = ServiceManager({"NOTIFY_SOCKET": name})
    for _ in range(5000):  # more than its queue takes
        told.stopping()
    assert "the service manager cannot be told" in caplog.text


def test_who_is_gone_or_was_never_there_is_told_nothing(tmp_path, caplog):
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).stopping()
    assert len(caplog.records) == 1
    ServiceManager({}).ready("x")
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 10),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
        ({}, 0),
    ],
)
def test_how_often_it_wants_to_hear_that_we_are_alive(environment, seconds):
    assert ServiceManager({"NOTIFY_SOCKET": "@x", **environment}).beat_seconds == seconds
    assert ServiceManager(environment).beat_seconds == 0
