"""Pressure stall information: for how long work waited for a resource."""

from collections.abc import Iterator

from sothat.exporters.declare import counter
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_RESOURCES = ("cpu", "io", "memory")
_RESOURCE = Label("resource", "What was waited for", _RESOURCES)
_MICROSECOND = 1e-6
_NAMES = {
    "some": "host_pressure_waiting_seconds_total",
    "full": "host_pressure_stalled_seconds_total",
}


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/pressure`` says; kernels may be built or started without it."""
    for resource in _RESOURCES:
        try:
            lines = list(kernel.lines(f"/proc/pressure/{resource}"))
        except OSError:  # EOPNOTSUPP where it was switched off at the start
            continue
        for words in lines:
            total = int(words[-1].removeprefix("total="))
            yield Sample(_NAMES[words[0]], total * _MICROSECOND, {"resource": resource})


PART = Part(
    "pressure",
    (
        counter(
            "host_pressure_waiting_seconds_total",
            "Time in which some work waited for a resource.",
            [_RESOURCE],
            feature=True,
        ),
        counter(
            "host_pressure_stalled_seconds_total",
            "Time in which all work waited for a resource.",
            [_RESOURCE],
            feature=True,
        ),
    ),
    read,
)
