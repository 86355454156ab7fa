"""The host collector: psutil's figures in base units."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import psutil
from sothat.exporters.host.contract import contract
from sothat.exporters.host.filesystems import Filesystems
from sothat.exporters.source import Context, Deadline, Sample, Settings, Source
from sothat.model.metric import Contract

_MILLISECOND = 0.001
_CPU_MODES = ("user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal")


class HostCollector:
    """Opens the one source there is of this machine."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of no settings."""
        return {"properties": {}}

    def open(self, settings: Settings, context: Context) -> Source:  # noqa: ARG002 – the protocol's
        """Return the source."""
        return HostSource()


class HostSource:
    """This machine's figures."""

    contract: Contract = contract()

    def __init__(self, filesystems: Filesystems | None = None) -> None:
        self._filesystems = filesystems or Filesystems()

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the figures, file systems last: a hung one must not keep the others back."""
        for part in _PARTS:
            yield from part()
        yield from self._filesystems.samples(deadline)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _cpu() -> Iterator[Sample]:
    for number, times in enumerate(psutil.cpu_times(percpu=True)):
        for mode in _CPU_MODES:
            seconds = getattr(times, mode, None)  # not every system knows every mode
            if seconds is not None:
                labels = {"cpu": str(number), "mode": mode}
                yield Sample("host_cpu_seconds_total", seconds, labels)
    yield Sample("host_cpus", psutil.cpu_count() or 0)


def _load() -> Iterator[Sample]:
    for minutes, load in zip((1, 5, 15), os.getloadavg(), strict=True):
        yield Sample(f"host_load{minutes}", load)


def _memory() -> Iterator[Sample]:
    memory = psutil.virtual_memory()
    yield Sample("host_memory_total_bytes", memory.total)
    yield Sample("host_memory_available_bytes", memory.available)
    swap = psutil.swap_memory()
    yield Sample("host_swap_total_bytes", swap.total)
    yield Sample("host_swap_free_bytes", swap.free)


def _disks() -> Iterator[Sample]:
    for device, io in (psutil.disk_io_counters(perdisk=True) or {}).items():
        labels = {"device": device}
        yield Sample("host_disk_read_bytes_total", io.read_bytes, labels)
        yield Sample("host_disk_written_bytes_total", io.write_bytes, labels)
        busy = getattr(io, "busy_time", None)
        if busy is not None:
            yield Sample("host_disk_io_time_seconds_total", busy * _MILLISECOND, labels)


def _network() -> Iterator[Sample]:
    for device, io in psutil.net_io_counters(pernic=True).items():
        labels = {"device": device}
        yield Sample("host_network_receive_bytes_total", io.bytes_recv, labels)
        yield Sample("host_network_transmit_bytes_total", io.bytes_sent, labels)
        yield Sample("host_network_receive_errors_total", io.errin, labels)
        yield Sample("host_network_transmit_errors_total", io.errout, labels)


def _system() -> Iterator[Sample]:
    yield Sample("host_boot_time_seconds", psutil.boot_time())
    yield Sample("host_processes", len(psutil.pids()))


_PARTS: tuple[Callable[[], Iterable[Sample]], ...] = (
    _cpu,
    _load,
    _memory,
    _disks,
    _network,
    _system,
)

COLLECTOR = HostCollector()
