"""The faults that scenarios are made of: each is made on entering, healed on leaving."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

from sothat.model.problem import unusable
from sothat.stack.scenario import Site, Victim
from sothat.stack.web import fetch_json, send_json

Device = Mapping[str, Any]


def devices(site: Site) -> Sequence[Device]:
    """Return the building's devices."""
    listed: Sequence[Device] = fetch_json(site.addresses["building"], "/api/v1/devices")["devices"]
    return listed


def is_gateway(device: Device, every: Sequence[Device]) -> bool:
    """Return whether a device has sub-devices."""
    return any(other["gateway"] == device["name"] for other in every)


def is_direct(device: Device, every: Sequence[Device]) -> bool:
    """Return whether a device is reached at an address of its own and is no gateway."""
    return not device["gateway"] and not is_gateway(device, every)


@contextmanager
def device_fault(
    site: Site,
    fault: str,
    fits: Callable[[Device, Sequence[Device]], bool],
    label: str = "device",
) -> Iterator[Victim]:
    """Give the first device that fits a fault of the building's.

    Args:
        site: The running stack.
        fault: The fault's name.
        fits: Whether a device is the one; it is given all devices too.
        label: The label that carries the device's name in the exporter's series.

    Raises:
        Unusable: The building has no such device.
        Refused: The building does not take the fault.
    """
    every = devices(site)
    device = next((device for device in every if fits(device, every)), None)
    if device is None:
        raise unusable("no-such-device", f"the building has no device to make {fault} of")
    path = f"/api/v1/devices/{quote(device['name'])}/faults/{fault}"
    send_json(site.addresses["building"], "PUT", path)
    try:
        yield {label: device["name"]}
    finally:
        send_json(site.addresses["building"], "DELETE", path)


def database(site: Site) -> sqlite3.Connection:
    """Return a connection of our own to the building's support and energy database."""
    file = site.data / "building" / "platform.db"
    return sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=10)


@contextmanager
def write_lock(site: Site) -> Iterator[Victim]:
    """Hold the database's write lock, as a writer that hangs in its transaction does."""
    with closing(database(site)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield {}
        finally:
            connection.execute("ROLLBACK")


@contextmanager
def waiting_ticket(site: Site, seconds_left: int, priority: str) -> Iterator[Victim]:
    """Open a ticket whose first response is nearly due; leaving it gives that response."""
    with closing(database(site)) as connection:
        where = str(
            connection.execute("SELECT site FROM tickets ORDER BY id LIMIT 1").fetchone()[0]
        )
        row = (where, priority, "Heating fails in the east wing", int(time.time()), seconds_left)
        ticket = connection.execute(_OPEN_TICKET, row).lastrowid
        try:
            yield {"site": where}
        finally:
            connection.execute(_RESPOND, (int(time.time()), ticket))


_OPEN_TICKET = """
    INSERT INTO tickets (site, priority, subject, created_at, response_due_at)
    VALUES (?1, ?2, ?3, ?4, ?4 + ?5)
"""
_RESPOND = "UPDATE tickets SET first_response_at = ?1 WHERE id = ?2"
