"""What runs here: kernel and distribution."""

import platform
from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield one series with the names."""
    labels = {
        "kernel": kernel.text("/proc/sys/kernel/osrelease").strip(),
        "machine": platform.machine(),
        "distribution": _distribution(kernel),
    }
    yield Sample("host_info", 1, labels)


def _distribution(kernel: Kernel) -> str:
    try:
        lines = kernel.text("/etc/os-release").splitlines()
    except OSError:
        return ""
    found = (
        line.partition("=")[2].strip("\"'") for line in lines if line.startswith("PRETTY_NAME=")
    )
    return next(found, "")


_LABELS = (
    Label("kernel", "Release of the kernel"),
    Label("machine", "Architecture of the processor"),
    Label("distribution", "Name and version of the distribution, empty when unknown"),
)
PART = Part("system", (gauge("host_info", "What runs on this machine.", _LABELS),), read)
