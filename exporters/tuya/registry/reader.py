"""From what devices report to values: the registry at work."""

from collections.abc import Mapping
from typing import Protocol

from sothat.exporters.tuya.points import Point, Reading, Readings
from sothat.exporters.tuya.registry.catalogue import Catalogue
from sothat.exporters.tuya.registry.entries import Meaning
from sothat.exporters.tuya.registry.measures import Firmware
from sothat.exporters.tuya.registry.meters import Meters, is_counter

_MAX_LISTED = 20
_MAX_NAME = 48


class Described(Protocol):
    """What is asked of a device."""

    @property
    def id(self) -> str:
        """Return Tuya's id of it."""

    @property
    def product_id(self) -> str:
        """Return Tuya's id of its product."""

    @property
    def category(self) -> str:
        """Return Tuya's code of its category."""

    @property
    def points(self) -> Mapping[str, Point]:
        """Return what its own specification says, by number."""


class Registry:
    """Reads the values of any device. For one thread at a time.

    Args:
        catalogue: What is known of points.
        meters: Keeps counters from going backwards.
    """

    def __init__(self, catalogue: Catalogue, meters: Meters) -> None:
        self.catalogue = catalogue
        self._meters = meters
        self._meanings: dict[str, tuple[Described, Mapping[str, Meaning]]] = {}

    def read(self, device: Described, raw: Mapping[str, object]) -> Readings:
        """Return what a device's points say.

        Args:
            device: Which reports.
            raw: Values by number, or by code as the cloud has them.
        """
        meanings = self.meanings(device)
        values: dict[tuple[object, ...], Reading] = {}
        firmware = ""
        unknown: list[str] = []
        rejected: list[str] = []
        # The device's own word, by number, comes before what the cloud remembers of it, by code.
        for key in sorted(raw, key=str.isdecimal, reverse=True):
            value, found = raw[key], meanings.get(key)
            if found is None:
                unknown.append(_name(key, device))
                continue
            readings = found.measure.read(value) if found.measure else None
            if readings is None:
                rejected.append(found.code)
            elif isinstance(found.measure, Firmware):
                firmware = str(value)
            for reading in readings or ():
                values.setdefault((reading.family, reading.labels), reading)
        return Readings(
            tuple(self._metered(device.id, reading) for reading in values.values()),
            firmware,
            _listed(unknown),
            _listed(rejected),
        )

    def meanings(self, device: Described) -> Mapping[str, Meaning]:
        """Return what is known of a device's points."""
        kept = self._meanings.get(device.id)
        # Of a list that has been reloaded, the old device may be read once more.
        if kept is None or kept[0] is not device:
            found = self.catalogue.meanings(device.product_id, device.category, device.points)
            kept = self._meanings[device.id] = (device, found)
        return kept[1]

    def save(self) -> None:
        """Keep the counters. From any thread; it waits for the disk."""
        self._meters.save()

    def save_if_due(self, at: float) -> None:
        """Keep the counters unless they were kept a moment ago. From any thread; it may wait.

        Args:
            at: Seconds since the epoch.
        """
        self._meters.save_if_due(at)

    def forget(self) -> None:
        """Look all devices up anew: their list has been reloaded. From any thread."""
        self._meanings.clear()

    def _metered(self, device_id: str, reading: Reading) -> Reading:
        if not is_counter(reading.family):
            return reading
        total = self._meters.total(f"{device_id}/{reading.family}", reading.value)
        return reading._replace(value=total)


def _name(key: str, device: Described) -> str:
    """Return how an unknown point is named: by its code, or by what it was reported as."""
    point = device.points.get(key)
    name = point.code if point and point.code else key
    return name[:_MAX_NAME] if name.isprintable() else ascii(name)[:_MAX_NAME]


def _listed(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_MAX_LISTED]
