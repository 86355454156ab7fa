"""Temperatures, as the kernel's hardware monitors tell them."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_FOLDER = "/sys/class/hwmon"
_MILLIDEGREE = 0.001


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield each sensor of each chip; a sensor that refuses has no value."""
    for monitor in kernel.names(_FOLDER):
        folder = f"{_FOLDER}/{monitor}"
        for name in kernel.names(folder):
            if not (name.startswith("temp") and name.endswith("_input")):
                continue
            value = kernel.number(f"{folder}/{name}")
            if value is not None:
                sensor = name.removesuffix("_input")
                labels = {"chip": f"{_chip(kernel, folder)}-{monitor}", "sensor": sensor}
                yield Sample("host_temperature_celsius", value * _MILLIDEGREE, labels)


def _chip(kernel: Kernel, folder: str) -> str:
    try:
        return kernel.text(f"{folder}/name").strip()
    except OSError:
        return "unknown"


_LABELS = (
    Label("chip", "Driver and number of the monitor"),
    Label("sensor", "Sensor of the chip, temp1 …"),
)
PART = Part(
    "temperatures",
    (gauge("host_temperature_celsius", "Temperature of a sensor.", _LABELS, feature=True),),
    read,
)
