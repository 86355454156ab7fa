"""The cloud beside a fleet: a witness for its engine, and the voice of devices that sleep."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sothat.exporters.source import Context, Sample, Settings
from sothat.exporters.tuya.contract import contract
from sothat.exporters.tuya.lan.engine import Engine, Roll
from sothat.exporters.tuya.placing import labels_of
from sothat.exporters.tuya_cloud.background import CloudThread
from sothat.exporters.tuya_cloud.contract import contract as cloud_contract
from sothat.exporters.tuya_cloud.opening import PROPERTIES, REQUIRED, open_client, wishes
from sothat.exporters.tuya_cloud.watch import CloudWatch, Known
from sothat.model.metric import Contract

if TYPE_CHECKING:
    from sothat.runtime.secrets import Secret

CLOUD_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": list(REQUIRED),
    "properties": PROPERTIES,
}


class FleetCloud:
    """The cloud of one fleet.

    Args:
        watch: What is known through it.
        thread: Asks it.
    """

    def __init__(self, watch: CloudWatch, thread: CloudThread) -> None:
        self.watch = watch
        self._thread = thread
        self._engine: Engine | None = None
        self._labels: Mapping[str, Mapping[str, str]] = {}
        self._keys: Mapping[str, Secret] = {}
        self._unreached: frozenset[str] = frozenset()

    @staticmethod
    def contract() -> Contract:
        """Return what the fleet exposes together with its cloud."""
        known = contract()
        return replace(known, families=(*known.families, *cloud_contract().families))

    def serve(self, roll: Roll, engine: Engine) -> None:
        """Serve a fleet of these devices."""
        self._engine = engine
        self._labels = labels_of(tuple(roll.devices), roll.places)
        self._keys = {device.id: device.key for device in roll.devices}
        sleepers = {name for name, place in roll.places.items() if place.report_interval > 0}
        self._unreached = frozenset(
            device.id
            for device in roll.devices
            if device.name in sleepers or not (device.address or device.parent)
        )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._thread.close()

    def samples(self) -> Iterator[Sample]:
        """Yield what is known of the devices on record; waits for nothing."""
        for sample in self._thread.samples(self._labelled, self._keys):
            if "device" not in sample.labels or sample.labels["device"]:
                yield sample

    def sighted(self, device_id: str, at: float, points: Mapping[str, object]) -> None:
        """Hand on what devices tell the cloud that the local network does not reach.

        Of all others the wire knows more, and knows it now.
        """
        if self._engine and device_id in self._unreached:
            self._engine.sighted(device_id, at, points)

    def _labelled(self, known: Known) -> Mapping[str, str]:
        return self._labels.get(known.device.id, _NOBODY)


_NOBODY: Mapping[str, str] = dict.fromkeys(
    ("site", "building", "floor", "room", "device", "product", "gateway"), ""
)


def open_cloud(settings: Settings, context: Context) -> FleetCloud | None:
    """Return the cloud of the setting ``cloud``, None where it is absent.

    Raises:
        Unusable: The settings cannot work.
    """
    if "cloud" not in settings.values:
        return None
    inner = Settings(settings.document, [*settings.path, "cloud"])
    wished = wishes(inner)
    client = open_client(inner, context)

    def sighted(device_id: str, at: float, points: Mapping[str, object]) -> None:
        found.sighted(device_id, at, points)

    watch = CloudWatch(client, context.clock, wished.every, wished.least, sighted)
    found = FleetCloud(watch, CloudThread(watch, context.clock))
    return found
