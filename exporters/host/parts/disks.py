"""Block devices: operations, bytes, time."""

import re
from collections.abc import Iterator

from sothat.exporters.declare import counter, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_SECTOR = 512  # the unit of /proc/diskstats, whatever the device's own sector is
_MILLISECOND = 0.001
_DEVICE = Label("device", "Kernel's name of the device")
# Partitions count within their disk, and memory that looks like a disk is none.
_NO_DISK = re.compile(r"(z?ram|loop|fd|(h|s|v|xv)d[a-z]+|nvme\d+n\d+p|mmcblk\d+p)\d+|dm-\d+p\d+")
# Column of /proc/diskstats, name, size of its unit, help.
_COLUMNS = (
    (3, "host_disk_reads_total", 1.0, "Reads that were completed."),
    (5, "host_disk_read_bytes_total", _SECTOR, "Bytes read from a disk."),
    (6, "host_disk_read_time_seconds_total", _MILLISECOND, "Time that reads took, added up."),
    (7, "host_disk_writes_total", 1.0, "Writes that were completed."),
    (9, "host_disk_written_bytes_total", _SECTOR, "Bytes written to a disk."),
    (10, "host_disk_write_time_seconds_total", _MILLISECOND, "Time that writes took, added up."),
    (12, "host_disk_io_time_seconds_total", _MILLISECOND, "Time a disk was busy."),
    (
        13,
        "host_disk_io_weighted_seconds_total",
        _MILLISECOND,
        "Time a disk was busy, times the requests that waited.",
    ),
)
_NOW = 11


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/diskstats`` says of whole disks."""
    for words in kernel.lines("/proc/diskstats"):
        device = words[2]
        if _NO_DISK.fullmatch(device):
            continue
        labels = {"device": device}
        for column, name, unit, _ in _COLUMNS:
            yield Sample(name, int(words[column]) * unit, labels)
        yield Sample("host_disk_io_now", int(words[_NOW]), labels)


PART = Part(
    "disks",
    (
        *(counter(name, text, [_DEVICE], feature=True) for _, name, _, text in _COLUMNS),
        gauge("host_disk_io_now", "Requests that a disk works on.", [_DEVICE], feature=True),
    ),
    read,
)
