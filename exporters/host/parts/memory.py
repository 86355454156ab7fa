"""Memory and swap, page faults, and programs that the kernel had to end."""

import os
from collections.abc import Iterator

from sothat.exporters.declare import counter, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample

_KIB = 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SIZES = {
    "MemTotal:": "host_memory_total_bytes",
    "MemAvailable:": "host_memory_available_bytes",
    "MemFree:": "host_memory_free_bytes",
    "Buffers:": "host_memory_buffers_bytes",
    "Cached:": "host_memory_cached_bytes",
    "Slab:": "host_memory_slab_bytes",
    "SReclaimable:": "host_memory_slab_reclaimable_bytes",
    "Dirty:": "host_memory_dirty_bytes",
    "SwapTotal:": "host_swap_total_bytes",
    "SwapFree:": "host_swap_free_bytes",
}
_COUNTS = {
    "pgmajfault": ("host_major_page_faults_total", 1),
    "oom_kill": ("host_out_of_memory_kills_total", 1),
    "pswpin": ("host_swap_in_bytes_total", _PAGE),
    "pswpout": ("host_swap_out_bytes_total", _PAGE),
}


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/meminfo`` and ``/proc/vmstat`` say."""
    for words in kernel.lines("/proc/meminfo"):
        name = _SIZES.get(words[0])
        if name:
            yield Sample(name, int(words[1]) * _KIB)
    for words in kernel.lines("/proc/vmstat"):
        found = _COUNTS.get(words[0])
        if found:
            yield Sample(found[0], int(words[1]) * found[1])


PART = Part(
    "memory",
    (
        gauge("host_memory_total_bytes", "Memory there is."),
        gauge("host_memory_available_bytes", "Memory to be had without swapping."),
        gauge("host_memory_free_bytes", "Memory that is used for nothing at all."),
        gauge("host_memory_buffers_bytes", "Memory that holds blocks on their way to disks."),
        gauge("host_memory_cached_bytes", "Memory that holds copies of files."),
        gauge("host_memory_slab_bytes", "Memory of the kernel's own objects."),
        gauge("host_memory_slab_reclaimable_bytes", "The part of those that it can give back."),
        gauge("host_memory_dirty_bytes", "Memory that waits to be written to a disk."),
        gauge("host_swap_total_bytes", "Swap space there is."),
        gauge("host_swap_free_bytes", "Swap space left."),
        counter("host_major_page_faults_total", "Page faults that had to wait for a disk."),
        counter("host_out_of_memory_kills_total", "Programs ended for want of memory."),
        counter("host_swap_in_bytes_total", "Bytes read back from swap."),
        counter("host_swap_out_bytes_total", "Bytes written to swap."),
    ),
    read,
)
