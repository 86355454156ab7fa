"""A running building on addresses that nobody else uses, and tinytuya's own clients for it."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import tinytuya

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "demo" / "building.yaml"


def wait_until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Return the first true result of the condition."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"{condition} did not come true within {seconds} s")


def free_subnet() -> str:
    """Return a loopback subnet on whose addresses nothing listens on the port of the devices."""
    while True:
        subnet = f"127.{1 + secrets.randbelow(254)}.{1 + secrets.randbelow(254)}"
        with socket.socket() as first, socket.socket() as last:
            try:
                first.bind((f"{subnet}.1", 6668))
                last.bind((f"{subnet}.24", 6668))
            except OSError:
                continue
            return subnet


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass
class Running:
    """A building's process, its files, and its control interface."""

    process: subprocess.Popen[str]
    data: Path
    control: str
    subnet: str
    clients: list[Any] = field(default_factory=list)

    @property
    def devices(self) -> dict[str, dict[str, Any]]:
        text = (self.data / "building" / "devices.json").read_text(encoding="utf-8")
        return {entry["name"]: entry for entry in json.loads(text)}

    def client(self, name: str, **options: Any) -> Any:
        """Return tinytuya's client for a device with an address, closed after the test."""
        entry = self.devices[name]
        given = {"connection_timeout": 2, "connection_retry_limit": 1, "persist": True, **options}
        key = given.pop("key", entry["key"])
        version = given.pop("version", float(entry["version"]))
        client = tinytuya.OutletDevice(entry["id"], entry["ip"], key, version=version, **given)
        self.clients.append(client)
        return client

    def child(self, name: str, gateway: Any) -> Any:
        """Return tinytuya's client for a sub-device."""
        entry = self.devices[name]
        return tinytuya.Device(entry["id"], cid=entry["node_id"], parent=gateway)

    def close_clients(self) -> None:
        while self.clients:
            self.clients.pop().close()

    def put(self, device: str, fault: str, **parameters: float) -> requests.Response:
        url = f"{self.control}/api/v1/devices/{device}/faults/{fault}"
        return requests.put(url, json=parameters, timeout=5)

    def heal_all(self) -> None:
        requests.delete(f"{self.control}/api/v1/faults", timeout=5).raise_for_status()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


def command(*arguments: str) -> list[str]:
    return [
        sys.executable,
        "-P",
        "-c",
        "import sothat.commands; sothat.commands.main()",
        *arguments,
    ]


@contextmanager
def start(
    data: Path, config: Path = DEMO, subnet: str = "", more: Sequence[str] = ()
) -> Iterator[Running]:
    """Run a building until the block ends."""
    subnet, port = subnet or free_subnet(), free_port()
    listen = f"127.0.0.1:{port}"
    options = ["--config", str(config), "--data", str(data), "--listen", listen]
    with (data / "log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command("building", "serve", *options, "--subnet", subnet, *more),
            stderr=log,
            text=True,
        )
    running = Running(process, data, f"http://{listen}", subnet)
    try:
        wait_until(lambda: _ready(running))
        yield running
    finally:
        running.close_clients()
        if process.poll() is None:
            running.stop()


def _ready(running: Running) -> bool:
    if running.process.poll() is not None:
        raise AssertionError((running.data / "log").read_text(encoding="utf-8"))
    try:
        return requests.get(f"{running.control}/-/ready", timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="package")
def shared_building(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("building")) as running:
        yield running


@pytest.fixture
def building(shared_building: Running) -> Iterator[Running]:
    """Give the shared building, whole again after each test."""
    yield shared_building
    shared_building.close_clients()
    shared_building.heal_all()
