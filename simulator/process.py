"""The process: files written, devices answering, then the control interface, until told to stop."""

import asyncio
import contextlib
import ipaddress
import logging
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from sothat.model.problem import Position, Unusable, unusable
from sothat.runtime.limits import allow_open_files
from sothat.runtime.serving import Address, parse_address
from sothat.simulator.building import Building
from sothat.simulator.clock import SimulatedClock
from sothat.simulator.config import load_building
from sothat.simulator.control import control_application
from sothat.simulator.endpoint import listening_socket
from sothat.simulator.files import keys_for, write_devices, write_inventory
from sothat.simulator.letters import FOLDER as LETTERS
from sothat.simulator.letters import Letters, Mailbox
from sothat.simulator.life import Life
from sothat.simulator.plan import BuildingPlan, address_of
from sothat.simulator.sample_data import seed_database

DEFAULT_SUBNET = "127.77.0"
FOLDER = "building"
_LAST_SUBNET = 255
# It listens on one, and serves one client, or turns away another.
_SOCKETS_OF_A_DEVICE = 3

log = logging.getLogger("sothat.simulator")


def parse_listen(text: str) -> Address:
    """Return the address in ``HOST:PORT``.

    Raises:
        Unusable: It is none, or not a loopback address.
    """
    address = parse_address(text)
    if not address.host:
        raise unusable("bad-address", f"{text!r} names no host such as 127.0.0.1")
    if address.host == "localhost":
        return replace(address, host="127.0.0.1")
    if not _loopback(address.host):
        hint = "whoever reaches the interface can break devices: 127.0.0.1 it must be"
        raise unusable("not-loopback", f"{address.host} is not a loopback address", hint=hint)
    return address


def parse_subnet(text: str) -> str:
    """Return the first three numbers of the devices' addresses, from two or three.

    Raises:
        Unusable: It is not within 127.0.0.0/8.
    """
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){1,2}", text, re.ASCII):
        raise unusable("bad-subnet", f"'{text}' is not a subnet such as {DEFAULT_SUBNET}")
    subnet = text if text.count(".") == 2 else f"{text}.0"  # noqa: PLR2004 – three numbers
    if not _loopback(f"{subnet}.1"):
        hint = f"simulated devices live on loopback only, such as {DEFAULT_SUBNET}"
        raise unusable("not-loopback", f"{text} is not a loopback subnet", hint=hint)
    return subnet


def serve(config: Path, data: Path, listen: str, subnet: str, mail: str | None = None) -> None:
    """Run a building until SIGTERM or SIGINT.

    Args:
        config: The building's description.
        data: Folder below which ``building/`` is written.
        listen: ``HOST:PORT`` of the control interface.
        subnet: ``127.A.B``, the beginning of the devices' addresses.
        mail: ``HOST:PORT`` of the mailbox; None: there is none.

    Raises:
        Unusable: Something is wrong with these, or an address is taken; nothing has started.
    """
    places = _places(listen, subnet, mail)
    plan = load_building(config)
    asyncio.run(_run(plan, data / FOLDER, places))


def prepare(config: Path, data: Path, listen: str, subnet: str, mail: str | None = None) -> None:
    """Do what `serve` does before it answers: check everything, write the files.

    Those who watch the building can then check their own configuration before it starts.
    """
    places = _places(listen, subnet, mail)
    plan = load_building(config)
    with contextlib.ExitStack() as stack:
        _make_ready(plan, data / FOLDER, places, stack)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where everything listens."""

    control: Address
    subnet: str
    mail: Address | None


def _places(listen: str, subnet: str, mail: str | None) -> _Places:
    return _Places(parse_listen(listen), parse_subnet(subnet), parse_listen(mail) if mail else None)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A building whose files are written and whose sockets listen."""

    building: Building
    control: socket.socket
    devices: dict[str, socket.socket]
    life: Life
    mail: socket.socket | None
    letters: Letters | None


def _make_ready(
    plan: BuildingPlan, folder: Path, places: _Places, stack: contextlib.ExitStack
) -> _Ready:
    """Return the building ready to answer; the stack closes its sockets."""
    subnet = places.subnet
    _check_room(plan, subnet)
    allow_open_files(_SOCKETS_OF_A_DEVICE * len(plan.devices))
    keys, clock = keys_for(plan, folder), SimulatedClock(plan.timing)
    building = Building(plan, subnet, keys, clock)
    control = stack.enter_context(_own_socket(places.control, "--listen"))
    mail = stack.enter_context(_own_socket(places.mail, "--mail")) if places.mail else None
    devices = building.bind()
    for sock in devices.values():
        stack.enter_context(sock)
    _make_folder(folder)
    letters = _letters(folder) if mail else None
    seed_database(plan, folder, clock.start)
    write_devices(plan, keys, subnet, folder)
    write_inventory(plan, folder)
    return _Ready(building, control, devices, Life(building, clock), mail, letters)


def _check_room(plan: BuildingPlan, subnet: str) -> None:
    last = max(device.host for device in plan.devices)
    if int(address_of(subnet, last).split(".")[2]) > _LAST_SUBNET:
        message = f"{last} devices with an address do not fit in {subnet} and the subnets after it"
        raise unusable("bad-subnet", message, hint=f"such as --subnet {DEFAULT_SUBNET}")


async def _run(plan: BuildingPlan, folder: Path, places: _Places) -> None:
    async with contextlib.AsyncExitStack() as stack:
        ready = _make_ready(plan, folder, places, stack.enter_context(contextlib.ExitStack()))
        building = ready.building
        if ready.mail and ready.letters:
            mailbox = await _mailbox(ready.mail, ready.letters)
            stack.callback(mailbox.close)
        await building.open(ready.devices)
        life = asyncio.create_task(ready.life.run())
        life.add_done_callback(_say_why)
        try:
            await _serve_control(ready)
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await building.close()


def _say_why(life: "asyncio.Task[None]") -> None:
    """Log an end of the building's life that nobody has wanted."""
    if not life.cancelled() and (error := life.exception()):
        log.error("nothing happens any more of its own accord", exc_info=error)


async def _mailbox(sock: socket.socket, letters: Letters) -> asyncio.Server:
    # Only who has a mailbox pays for it.
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415

    loop, mailbox = asyncio.get_running_loop(), Mailbox(letters)

    def door() -> SMTP:
        return SMTP(mailbox, enable_SMTPUTF8=True, hostname="mailbox", ident="sothat", loop=loop)

    return await loop.create_server(door, sock=sock)


async def _serve_control(ready: _Ready) -> None:
    building = ready.building
    host, port = ready.control.getsockname()
    application = control_application(building, host, ready.letters)
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    _stop_on_signal(server)
    count = len(building.devices)
    log.info("building ready", extra={"devices": count, "control": f"http://{host}:{port}"})
    await server.serve(sockets=[ready.control])
    log.info("building stopped")


class _Server(uvicorn.Server):
    """A server that leaves signals to us: it would end the process by the signal, not with 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _stop_on_signal(server: uvicorn.Server) -> None:
    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _own_socket(address: Address, option: str) -> socket.socket:
    try:
        return listening_socket(address.host, address.port)
    except OSError as error:
        message = f"cannot listen on {address}: {error.strerror}"
        hint = f"choose another with {option}"
        raise unusable("address-in-use", message, hint=hint) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unmade(folder, error) from error


def _letters(folder: Path) -> Letters:
    try:
        return Letters(folder / LETTERS)
    except OSError as error:
        raise _unmade(folder / LETTERS, error) from error


def _unmade(folder: Path, error: OSError) -> Unusable:
    message = f"cannot make this folder: {error.strerror}"
    return unusable("unusable-folder", message, position=Position(str(folder)))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
