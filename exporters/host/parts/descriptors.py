"""Open files of the whole machine."""

from collections.abc import Iterator

from sothat.exporters.declare import gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/sys/fs/file-nr`` says."""
    opened, _, limit = kernel.text("/proc/sys/fs/file-nr").split()
    yield Sample("host_file_descriptors_open", int(opened))
    yield Sample("host_file_descriptors_limit", float(limit))


PART = Part(
    "descriptors",
    (
        gauge("host_file_descriptors_open", "Files that all programs have open."),
        gauge("host_file_descriptors_limit", "Files that all programs may have open."),
    ),
    read,
)
