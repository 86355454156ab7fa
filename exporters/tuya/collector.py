"""The Tuya collector: an engine speaks to the fleet, a poll is a look at what it knows."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from random import random
from typing import TYPE_CHECKING, Any

from sothat.exporters.poller import Mode
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.share import Share
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.exporters.tuya.contract import contract
from sothat.exporters.tuya.fleet_cloud import CLOUD_SCHEMA, FleetCloud, open_cloud
from sothat.exporters.tuya.lan.discovery import PORTS
from sothat.exporters.tuya.lan.engine import Engine, Plan, Roll
from sothat.exporters.tuya.lan.pace import Pace
from sothat.exporters.tuya.lan.vitals import Report
from sothat.exporters.tuya.registry.opening import open_registry
from sothat.exporters.tuya.registry.reader import Registry
from sothat.exporters.tuya.roll import RollFiles
from sothat.exporters.tuya.samples import Labeller
from sothat.model.duration import parse_duration
from sothat.model.problem import Unusable, render

if TYPE_CHECKING:
    from sothat.model.metric import Contract

log = logging.getLogger(__name__)

PORT = 6668
DEFAULT_POLL_INTERVAL = "15s"
DEFAULT_TIMEOUT = "3s"
DEFAULT_MAX_BACKOFF = "30s"
DEFAULT_RECONNECT_AFTER = "1h"
DEFAULT_CONNECTIONS = 32
DEFAULT_MAX_SERIES = 100_000
# Of a poll's time, what the first may wait for devices that have not said anything yet.
_SETTLING_SHARE = 0.6
_STOP_SECONDS = 5.0
_SHOWN = 5


class TuyaCollector:
    """Opens one source a device list."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the files and of how devices are spoken to."""
        file = {"type": "string", "minLength": 1}
        port = {"type": "integer", "minimum": 1, "maximum": 65535}
        return {
            "required": ["devices"],
            "properties": {
                "mode": {"enum": [mode.value for mode in Mode], "default": Mode.SCRAPE.value},
                "max_series": {"type": "integer", "minimum": 1, "default": DEFAULT_MAX_SERIES},
                "devices": file,
                "snapshot": file,
                "inventory": file,
                "products": file,
                "meters": file,
                "cloud": CLOUD_SCHEMA,
                "poll_interval": _duration(DEFAULT_POLL_INTERVAL),
                "connection_timeout": _duration(DEFAULT_TIMEOUT),
                "max_backoff": _duration(DEFAULT_MAX_BACKOFF),
                "reconnect_after": _duration(DEFAULT_RECONNECT_AFTER),
                "connections": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 256,
                    "default": DEFAULT_CONNECTIONS,
                },
                "port": {**port, "default": PORT},
                "discovery_ports": {"type": "array", "items": port, "default": list(PORTS)},
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a fleet."""
        values = settings.values
        named = {
            name: settings.file(name, context)
            for name in ("devices", "inventory", "snapshot")
            if name in values
        }
        files = RollFiles(Share(context.shard, context.clock), **named)
        roll, plan = files.load(), _plan(settings)
        registry = open_registry(settings, context)
        cloud = open_cloud(settings, context)
        engine = Engine(roll, plan, registry.read, context.clock, cloud.watch if cloud else None)
        return TuyaSource(files, roll, engine, registry, str(values["devices"]), cloud)


class TuyaSource:
    """One fleet.

    Args:
        file: The device list's name, as configured.
        cloud: Knows more of the devices than the wire tells; None: nobody is asked.
    """

    def __init__(
        self,
        files: RollFiles,
        roll: Roll,
        engine: Engine,
        registry: Registry,
        file: str,
        cloud: FleetCloud | None = None,
    ) -> None:
        self.contract: Contract = cloud.contract() if cloud else contract()
        self._registry = registry
        self._cloud = cloud
        self.share = files.share
        self._files = files
        self._stamp = files.stamp()
        self._engine = engine
        self._file = file
        self._sound = True
        self._labeller = _labeller(roll)
        if cloud:
            cloud.serve(roll, engine)

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the samples of every device of which anything is known.

        Raises:
            PollFailed: Some have not said anything yet; the others have been yielded.
        """
        try:
            reports = self._reports(deadline)
        except TimeoutError:
            raise PollFailed("deadline", "the engine did not answer in time") from None
        yield Sample("tuya_device_list_reload_successful", self._sound, {"file": self._file})
        for report in reports:
            yield from self._labeller.samples(report)
        yield from self._labeller.unknown(reports)
        if self._cloud:
            yield from self._cloud.samples()
        # In this thread: the engine's must not wait for a disk.
        self._registry.save_if_due(deadline.clock.time())
        unheard = [one.device.name for one in reports if not one.settled]
        if unheard:
            raise PollFailed("deadline", f"no word yet of: {_listed(unheard)}")

    def close(self) -> None:
        """Hang up everywhere: a device takes one client, and the next may be waiting."""
        if not self._engine.stop(_STOP_SECONDS):
            log.warning("the fleet's thread has not ended")
        if self._cloud:
            self._cloud.close()
        self._registry.save()

    def _reports(self, deadline: Deadline) -> list[Report]:
        """Return what is known of every device; of new ones, the first word is waited for."""
        new = self._start()
        new = self._reload(deadline) or new
        settling = deadline.remaining() * _SETTLING_SHARE if new else 0.0
        return self._engine.reports(deadline.remaining(), settling)

    def _start(self) -> bool:
        """Start what has not been started; return whether there was anything."""
        if self._engine.started:
            return False
        self._engine.start()
        if self._cloud:
            self._cloud.start()
        return True

    def _reload(self, deadline: Deadline) -> bool:
        """Take up files that have changed; what is not sound leaves everything as it was.

        Returns:
            Whether there is another device list now.
        """
        stamp = self._files.stamp()
        if stamp == self._stamp:
            return False
        try:
            roll = self._files.load()
        except Unusable as error:
            self._stamp, self._sound = stamp, False
            problems = "; ".join(render(problem) for problem in error.problems[:_SHOWN])
            log.warning("the device list is kept as it was", extra={"why": problems})
            return False
        self._registry.forget()
        self._engine.replace(roll, deadline.remaining())
        self._labeller = _labeller(roll)
        if self._cloud:
            self._cloud.serve(roll, self._engine)
        self._stamp, self._sound = stamp, True
        log.info("device list reloaded", extra={"devices": len(roll.devices)})
        return True


def _duration(default: str) -> Mapping[str, Any]:
    return {**DURATION_SCHEMA, "default": default}


def _plan(settings: Settings) -> Plan:
    values = settings.values

    def seconds(name: str, default: str) -> float:
        found = parse_duration(values.get(name, default))
        if found <= 0:
            raise settings.unusable("out-of-range", f"'{name}' must be above zero", name)
        return found

    every = seconds("poll_interval", DEFAULT_POLL_INTERVAL)
    renewal = seconds("reconnect_after", DEFAULT_RECONNECT_AFTER)
    return Plan(
        port=values.get("port", PORT),
        timeout=seconds("connection_timeout", DEFAULT_TIMEOUT),
        connections=values.get("connections", DEFAULT_CONNECTIONS),
        longest_pause=seconds("max_backoff", DEFAULT_MAX_BACKOFF),
        pace=Pace(every, renewal, random),
        chance=random,
        discovery=tuple(values.get("discovery_ports", PORTS)),
    )


def _labeller(roll: Roll) -> Labeller:
    names = {device.id: device.name for device in roll.devices}
    children = dict.fromkeys((d.parent for d in roll.devices if d.parent), 0)
    for device in roll.devices:
        if device.parent:
            children[device.parent] += 1
        elif _is_gateway(device.name, roll):
            children.setdefault(device.id, 0)
    return Labeller(roll.places, names, children)


def _is_gateway(name: str, roll: Roll) -> bool:
    """Return whether the inventory calls a device without sub-devices a gateway."""
    place = roll.places.get(name)
    return place is not None and place.role == "gateway"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


COLLECTOR = TuyaCollector()
