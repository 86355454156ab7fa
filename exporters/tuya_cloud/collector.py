"""The Tuya cloud's collector."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.clock import Clock
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.exporters.tuya.devices import Device, load_devices
from sothat.exporters.tuya.inventory import Place, load_inventory
from sothat.exporters.tuya.placing import labels_of, where
from sothat.exporters.tuya_cloud import samples
from sothat.exporters.tuya_cloud.contract import contract
from sothat.exporters.tuya_cloud.errors import CloudFailed, Kind
from sothat.exporters.tuya_cloud.opening import PROPERTIES, REQUIRED, open_client, wishes
from sothat.exporters.tuya_cloud.watch import CloudWatch, Known
from sothat.model.metric import Contract

_FILE = {"type": "string", "minLength": 1}


class TuyaCloudCollector:
    """Opens one source a cloud project."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the project, its budget, and the devices on record."""
        own = {
            "devices": _FILE,
            "inventory": _FILE,
            "interval": {**DURATION_SCHEMA, "default": "1m"},
            "deadline": {**DURATION_SCHEMA, "default": "50s"},
        }
        return {"required": list(REQUIRED), "properties": {**PROPERTIES, **own}}

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a project; it asks nothing before the first poll."""
        values = settings.values
        client = open_client(settings, context)
        wished = wishes(settings)
        watch = CloudWatch(client, context.clock, wished.every, wished.least)
        devices: tuple[Device, ...] = ()
        places: Mapping[str, Place] = {}
        if "devices" in values:
            devices = load_devices(settings.file("devices", context))
        if "inventory" in values:
            places = load_inventory(settings.file("inventory", context), devices)
        return TuyaCloudSource(watch, devices, places, context.clock)


class TuyaCloudSource:
    """One cloud project."""

    contract: Contract = contract()

    def __init__(
        self,
        watch: CloudWatch,
        devices: tuple[Device, ...],
        places: Mapping[str, Place],
        clock: Clock,
    ) -> None:
        self._watch = watch
        self._records = {device.id: device for device in devices}
        self._places = places
        self._recorded = labels_of(devices, places)
        self._clock = clock
        self._up = False
        self._taken = frozenset(device.name for device in devices)
        self._names: Counter[str] = Counter()

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Ask what is due, and yield all that is known.

        Raises:
            PollFailed: The cloud failed; what is known from before has been yielded.
        """
        failed: CloudFailed | None = None
        try:
            self._watch.poll(deadline.sooner(deadline.remaining() * 0.1))
            self._up = True
        except CloudFailed as error:
            failed = error
            # To be told by the budget not to ask says nothing about the cloud.
            self._up = self._up and error.kind is Kind.BUDGET
        client = self._watch.client
        yield from samples.of_client(client, self._clock.time(), up=self._up)
        self._names = Counter(known.device.name for known in self._watch.known().values())
        keys = {key: device.key for key, device in self._records.items()}
        yield from samples.of_devices(self._watch, self._labels, keys, self._clock.time())
        if failed:
            raise PollFailed(failed.kind.value, str(failed))

    def close(self) -> None:
        """Hang up."""
        self._watch.client.close()

    def _named(self, known: Known) -> str:
        """Return the cloud's name of a device where no other has it, else with its id."""
        found = known.device
        alone = self._names[found.name] == 1 and found.name not in self._taken
        return found.name if found.name and alone else f"{found.name} {found.id}".strip()

    def _labels(self, known: Known) -> Mapping[str, str]:
        recorded = self._recorded.get(known.device.id)
        if recorded:
            return recorded
        name = self._named(known)
        place = self._places.get(name, Place())
        product = place.product or known.device.product
        return {**where(place), "device": name, "product": product, "gateway": ""}


COLLECTOR = TuyaCloudCollector()
