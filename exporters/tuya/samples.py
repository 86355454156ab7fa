"""Reports as samples."""

from collections.abc import Iterator, Mapping

from sothat.exporters.source import Sample
from sothat.exporters.tuya.inventory import Place
from sothat.exporters.tuya.owner import Report


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
        labels = {"site": place.site, "product": place.product or device.product}
        if device.id in self._children:
            yield from self._of_gateway(report, {**labels, "gateway": device.name})
        else:
            gateway = self._names.get(device.parent, "")
            labels |= {"device": device.name, "gateway": gateway}
            yield from _of_device(report, labels, place.target_firmware)

    def _of_gateway(self, report: Report, labels: Mapping[str, str]) -> Iterator[Sample]:
        yield from _state("tuya_gateway", report, labels)
        number = self._children[report.device.id]
        yield Sample("tuya_gateway_children", number, labels)


def _state(prefix: str, report: Report, labels: Mapping[str, str]) -> Iterator[Sample]:
    yield Sample(f"{prefix}_up", report.reason is None, labels)
    if report.reason:
        yield Sample(f"{prefix}_unreachable", 1, {**labels, "reason": report.reason.value})
    if report.response is not None:
        yield Sample(f"{prefix}_response_duration_seconds", report.response, labels)


def _of_device(report: Report, labels: Mapping[str, str], target: str) -> Iterator[Sample]:
    yield from _state("tuya_device", report, labels)
    yield Sample("tuya_device_messages_total", report.messages, labels)
    for code, number in report.errors.items():
        yield Sample("tuya_device_errors_total", number, {**labels, "code": code})
    if report.last_seen is not None:
        yield Sample("tuya_device_last_seen_timestamp_seconds", report.last_seen, labels)
    if report.readings:
        yield Sample("tuya_device_unknown_points", report.readings.unknown, labels)
        for family, value in report.readings.values.items():
            yield Sample(family, value, labels)
        yield from _firmware(report.readings.firmware, labels, target)


def _firmware(version: str, labels: Mapping[str, str], target: str) -> Iterator[Sample]:
    if version:
        yield Sample("tuya_device_firmware_info", 1, {**labels, "version": version})
        if target:
            yield Sample("tuya_device_firmware_current", version == target, labels)
