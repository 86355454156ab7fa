"""The Tuya collector: a whole fleet polled side by side, each address by one owner."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sothat.exporters.clock import Clock
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.exporters.tuya.contract import contract
from sothat.exporters.tuya.devices import Device, load_devices
from sothat.exporters.tuya.inventory import Place, load_inventory
from sothat.exporters.tuya.link import PORT, Connect, TinytuyaLink
from sothat.exporters.tuya.owner import Owner, Report, owners
from sothat.exporters.tuya.pool import Job, Pool
from sothat.exporters.tuya.samples import Labeller
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract

DEFAULT_TIMEOUT = "2s"
DEFAULT_CONNECTIONS = 32
# Of a poll's time, what is left when devices that still have not answered are cut off.
_ABORT_SHARE = 0.2
_SHOWN = 5


class TuyaCollector:
    """Opens one source a device list."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the files and of how devices are spoken to."""
        file = {"type": "string", "minLength": 1}
        return {
            "required": ["devices"],
            "properties": {
                "devices": file,
                "inventory": file,
                "connection_timeout": {**DURATION_SCHEMA, "default": DEFAULT_TIMEOUT},
                "connections": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 256,
                    "default": DEFAULT_CONNECTIONS,
                },
                "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": PORT},
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a fleet."""
        values = settings.values
        devices = load_devices(settings.file("devices", context))
        places: Mapping[str, Place] = {}
        if "inventory" in values:
            places = load_inventory(settings.file("inventory", context), devices)
        timeout = parse_duration(values.get("connection_timeout", DEFAULT_TIMEOUT))
        port = values.get("port", PORT)

        def connect(device: Device) -> TinytuyaLink:
            return TinytuyaLink(device, timeout, port)

        addresses = sum(not device.parent for device in devices)
        pool = Pool(min(values.get("connections", DEFAULT_CONNECTIONS), addresses))
        return TuyaSource(devices, places, connect, pool, context.clock)


class TuyaSource:
    """One fleet."""

    contract: Contract = contract()

    def __init__(
        self,
        devices: Sequence[Device],
        places: Mapping[str, Place],
        connect: Connect,
        pool: Pool,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._owners = owners(devices, connect, clock)
        self._hanging: dict[str, Job[list[Report]]] = {}
        names = {device.id: device.name for device in devices}
        self._labeller = Labeller(places, names, _gateways(self._owners, places))

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the samples of every device; those that are down say so.

        Raises:
            PollFailed: Some could not be asked; the others have been yielded.
        """
        spare = deadline.remaining() * _ABORT_SHARE
        cut = deadline.sooner(spare)
        late: list[str] = []
        failed: list[str] = []
        for owner, job in self._start(cut):
            if not job.wait(cut.remaining()):
                owner.abort()
            if not job.wait(deadline.remaining() / 2):
                self._hanging[owner.device.id] = job
                late.append(owner.device.name)
                continue
            try:
                reports = job.result()
            except Exception as error:  # noqa: BLE001 – one device's trouble must not hide the others
                failed.append(f"{owner.device.name}: {type(error).__name__}")
                continue
            if len(reports) <= len(owner.children):
                late.append(owner.device.name)
            for report in reports:
                yield from self._labeller.samples(report)
        _complain(late, failed)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()

    def _start(self, deadline: Deadline) -> list[tuple[Owner, Job[list[Report]]]]:
        """Start a poll of each address, or take up the one that still hangs there."""
        started = []
        for owner in self._owners:
            job = self._hanging.pop(owner.device.id, None)
            if job is None or job.wait(0):
                job = self._pool.submit(partial(owner.poll, deadline))
            started.append((owner, job))
        return started


def _gateways(found: Sequence[Owner], places: Mapping[str, Place]) -> Mapping[str, int]:
    """Return the number of children of each gateway: by the inventory's word, or by having any."""
    return {
        owner.device.id: len(owner.children)
        for owner in found
        if owner.children or places.get(owner.device.name, Place()).role == "gateway"
    }


def _complain(late: Sequence[str], failed: Sequence[str]) -> None:
    if failed:
        raise PollFailed("error", f"could not be polled: {_listed(failed)}")
    if late:
        raise PollFailed("deadline", f"no time for: {_listed(late)}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


COLLECTOR = TuyaCollector()
