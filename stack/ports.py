"""Ports: which are free, who has the others, and how to find free ones."""

import errno
import random
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psutil
from sothat.model.problem import Problem, unusable

LOOPBACK = "127.0.0.1"
DEVICE_PORT = 6668
# The last byte of the devices' addresses; a building has far fewer.
DEVICE_BYTES = range(1, 65)
# Below what systems hand out for outgoing connections, so that none takes a port just found free.
SEARCHED = range(20_000, 32_000)
TRIES = 200


def is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there now.

    Raises:
        OSError: The address itself cannot be used on this machine.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, port))
            server.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def holder(port: int) -> str:
    """Return who listens on a port, such as ``prometheus, process 812``; empty if unreadable."""
    try:
        connections = psutil.net_connections("tcp")
        pids = [c.pid for c in connections if c.status == psutil.CONN_LISTEN and _on(c, port)]
        pid = next((pid for pid in pids if pid), None)
        return f"{psutil.Process(pid).name()}, process {pid}" if pid else ""
    except psutil.Error:
        return ""


def _on(connection: Any, port: int) -> bool:
    return bool(connection.laddr) and connection.laddr.port == port


def taken(
    ports: Mapping[str, int],
    *,
    free: Callable[[str, int], bool] = is_free,
    who: Callable[[int], str] = holder,
) -> list[Problem]:
    """Return a problem for each part whose port is in use."""
    return [
        _taken_problem(part, port, who(port))
        for part, port in ports.items()
        if not free(LOOPBACK, port)
    ]


def _taken_problem(part: str, port: int, who: str) -> Problem:
    by = f" (by {who})" if who else ""
    message = f"port {port}, wanted for {part}, is in use{by}"
    hint = "stop that, change 'ports' in the configuration, or choose free ones with --ports auto"
    return Problem("port-in-use", message, hint=hint)


def free_ports(
    parts: Sequence[str],
    *,
    draw: Callable[[Sequence[int], int], list[int]] = random.sample,
    free: Callable[[str, int], bool] = is_free,
) -> dict[str, int]:
    """Return a free port for each part, different from each other.

    Raises:
        Unusable: There are not enough.
    """
    found = [port for port in draw(SEARCHED, TRIES) if free(LOOPBACK, port)]
    if len(found) < len(parts):
        raise unusable("no-free-port", f"found only {len(found)} free ports of {len(parts)}")
    return dict(zip(parts, found, strict=False))


def subnet_is_free(subnet: str, *, free: Callable[[str, int], bool] = is_free) -> bool:
    """Return whether simulated devices could listen on all addresses of ``127.A.B``."""
    return all(free(f"{subnet}.{last}", DEVICE_PORT) for last in DEVICE_BYTES)


def free_subnet(
    *,
    draw: Callable[[Sequence[int]], int] = random.choice,
    free: Callable[[str, int], bool] = is_free,
) -> str:
    """Return a free ``127.A.B`` for the building's devices.

    Raises:
        Unusable: None of a good number of tries is free.
    """
    for _ in range(TRIES):
        subnet = f"127.{draw(range(64, 250))}.{draw(range(1, 255))}"
        if subnet_is_free(subnet, free=free):
            return subnet
    raise unusable(
        "no-free-subnet",
        f"no free loopback addresses for the devices' port {DEVICE_PORT}",
        hint=f"something may listen on port {DEVICE_PORT} of all addresses: {holder(DEVICE_PORT)}",
    )


def loopback_usable(hosts: Iterable[str] = ("127.66.0.1",)) -> bool:
    """Return whether addresses of 127.0.0.0/8 beyond 127.0.0.1 can be listened on."""
    try:
        return all(is_free(host, 0) for host in hosts)
    except OSError:
        return False
