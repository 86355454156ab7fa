"""Reports as samples."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from sothat.exporters.source import Sample
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.lan.vitals import Report
from sothat.exporters.tuya.placing import where
from sothat.exporters.tuya.points import Readings

# Unknown points that are listed by name; the devices' own counts have them all.
_MAX_UNKNOWN = 100


class Labeller:
    """Gives each device its labels and its samples.

    Args:
        places: The inventory, by device name.
        names: Names of all devices by id.
        children: Number of sub-devices, by id of each gateway.
    """

    def __init__(
        self,
        places: Mapping[str, Place],
        names: Mapping[str, str],
        children: Mapping[str, int],
    ) -> None:
        self._places = places
        self._names = names
        self._children = children

    def samples(self, report: Report) -> Iterator[Sample]:
        """Yield the samples of one device or gateway."""
        device = report.device
        place = self._places.get(device.name, Place())
        labels = {**where(place), "product": self._product(report)}
        if device.id in self._children:
            labels |= {"gateway": device.name}
            yield from _common("tuya_gateway", report, labels, place.target_firmware)
            yield Sample("tuya_gateway_children", self._children[device.id], labels)
            yield Sample("tuya_gateway_queue_depth", report.queue, labels)
        else:
            labels |= {"device": device.name, "gateway": self._names.get(device.parent, "")}
            yield from _common("tuya_device", report, labels, place.target_firmware)
            yield from _of_device(report, labels)

    def unknown(self, reports: Iterable[Report]) -> Iterator[Sample]:
        """Yield how many devices of which product report points without a metric."""
        found = Counter(
            (self._product(report), point)
            for report in reports
            if report.readings
            for point in report.readings.unknown
        )
        for (product, point), number in sorted(found.items())[:_MAX_UNKNOWN]:
            labels = {"product": product, "point": point}
            yield Sample("tuya_product_unknown_point_devices", number, labels)

    def _product(self, report: Report) -> str:
        place = self._places.get(report.device.name)
        return (place.product if place else "") or report.device.product


def _common(
    prefix: str, report: Report, labels: Mapping[str, str], target: str
) -> Iterator[Sample]:
    """Yield what devices and gateways have alike."""
    if report.up is not None:
        yield Sample(f"{prefix}_up", report.up, labels)
    if report.reason:
        yield Sample(f"{prefix}_unreachable", 1, {**labels, "reason": report.reason.value})
    if report.response is not None:
        yield Sample(f"{prefix}_response_duration_seconds", report.response, labels)
    if report.last_seen is not None:
        yield Sample(f"{prefix}_last_seen_timestamp_seconds", report.last_seen, labels)
    yield from _counts(prefix, report, labels)
    if report.readings:
        yield from _values(prefix, report.readings, labels)
        yield from _firmware(prefix, report.readings.firmware, labels, target)


def _counts(prefix: str, report: Report, labels: Mapping[str, str]) -> Iterator[Sample]:
    yield Sample(f"{prefix}_messages_total", report.messages, labels)
    yield Sample(f"{prefix}_connects_total", report.connects, labels)
    yield Sample(f"{prefix}_circuit_open", report.circuit_open, labels)
    for code, number in report.errors.items():
        yield Sample(f"{prefix}_errors_total", number, {**labels, "code": code})
    for kind, number in report.malformed.items():
        yield Sample(f"{prefix}_malformed_frames_total", number, {**labels, "kind": kind})


def _values(prefix: str, readings: Readings, labels: Mapping[str, str]) -> Iterator[Sample]:
    for reading in readings.values:
        # What only gateways report is kept apart by name: a plug has no such points, or they lie.
        if reading.family.startswith(prefix):
            further = {**labels, **dict(reading.labels)} if reading.labels else labels
            yield Sample(reading.family, reading.value, further)


def _of_device(report: Report, labels: Mapping[str, str]) -> Iterator[Sample]:
    if report.asleep:
        yield Sample("tuya_device_asleep", 1, labels)
    if report.data_at is not None:
        yield Sample("tuya_device_data_timestamp_seconds", report.data_at, labels)
    if report.readings:
        rejected = len(report.readings.rejected)
        unknown = len(report.readings.unknown) + rejected
        yield Sample("tuya_device_unknown_points", unknown, labels)
        yield Sample("tuya_device_rejected_points", rejected, labels)


def _firmware(
    prefix: str, version: str, labels: Mapping[str, str], target: str
) -> Iterator[Sample]:
    if version:
        yield Sample(f"{prefix}_firmware_info", 1, {**labels, "version": version})
        if target:
            yield Sample(f"{prefix}_firmware_current", version == target, labels)
