"""The files that say which devices there are: read again when they change."""

from dataclasses import dataclass
from pathlib import Path

from sothat.exporters.share import Share
from sothat.exporters.tuya.devices import Device, load_devices
from sothat.exporters.tuya.inventory import Place, load_inventory
from sothat.exporters.tuya.lan.engine import Roll

# Change time, size and inode: a file that is replaced has another one of them. And among how many
# processes the devices are shared out.
_Stamp = tuple[tuple[int, int, int] | int | None, ...]


@dataclass(frozen=True, slots=True)
class RollFiles:
    """The device list and, where there are any, the inventory and the snapshot of the last scan.

    Attributes:
        share: What this process takes of the list.
    """

    share: Share
    devices: Path
    inventory: Path | None = None
    snapshot: Path | None = None

    def load(self) -> Roll:
        """Return what they say.

        Raises:
            Unusable: They cannot be used.
        """
        devices = load_devices(self.devices, self.snapshot)
        # The inventory speaks of all devices, whoever takes them.
        return Roll(self.share.take(devices, _household), self._places(devices))

    def stamp(self) -> _Stamp:
        """Return what differs once one of them has changed, or the share is another."""
        files = (self.devices, self.inventory, self.snapshot)
        return (self.share.processes, *map(_stamp, files))

    def _places(self, devices: tuple[Device, ...]) -> dict[str, Place]:
        return dict(load_inventory(self.inventory, devices)) if self.inventory else {}


def _household(device: Device) -> str:
    """Return what keeps a gateway and its sub-devices together: they share its connection."""
    return device.parent or device.id


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None
