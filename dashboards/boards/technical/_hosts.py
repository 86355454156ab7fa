"""Hosts: processor, memory, disks, network."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line, rate_line
from sothat.dashboards.face import Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query

_ON: Final = 'instance=~"$instance"'
_EMPTY: Final = "no data: the exporter's host collector does not run"
_GAUGES: Final = (
    (
        "Processor use",
        "Share of processor time in use. Near the top for long, requests queue.",
        "instance:host_cpu_utilisation:ratio",
        "{{instance}}",
        ("HostCpuSaturated",),
    ),
    (
        "Load in relation to processors",
        "Tasks that want to run for each processor; above 1 they wait for one another.",
        "host_load5",
        "{{instance}}",
        (),
    ),
    (
        "Memory use",
        "Share of memory that no new program can have.",
        "instance:host_memory_utilisation:ratio",
        "{{instance}}",
        ("HostMemoryPressure",),
    ),
    (
        "File systems in use",
        "Share of each file system that is full.",
        "instance_mountpoint:host_filesystem_utilisation:ratio",
        "{{instance}} {{mountpoint}}",
        ("HostFilesystemFilling",),
    ),
    (
        "Disk busy",
        "Share of time in which a disk had something to do.",
        "instance_device:host_disk_io_utilisation:ratio",
        "{{instance}} {{device}}",
        (),
    ),
)


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the chosen hosts."""
    for title, description, name, legend, alerts in _GAUGES:
        query = Query(_expr(name), legend)
        yield gauge_line(kit, title, description, name, query, empty=_EMPTY, alerts=alerts)
    yield _throughput(kit, "Disk throughput", "disk_read", "disk_written")
    yield _throughput(kit, "Network throughput", "network_receive", "network_transmit")
    yield _errors(kit)


def _expr(name: str) -> str:
    if name != "host_load5":
        return f"{name}{{{_ON}}}"
    return f"{name}{{{_ON}}} / on (instance) host_cpus{{{_ON}}}"


def _throughput(kit: Kit, title: str, inward: str, outward: str) -> Tile:
    names = [f"host_{way}_bytes_total" for way in (inward, outward)]
    queries = [
        Query(
            f"sum by (instance) (rate({name}{{{_ON}}}[$__rate_interval]))",
            f"{{{{instance}}}} {way.split('_')[1]}",
        )
        for name, way in zip(names, (inward, outward), strict=True)
    ]
    description = "Bytes a second, both ways; a plateau is a limit that somebody hits."
    return rate_line(kit, title, description, names[0], *queries, empty=_EMPTY)


def _errors(kit: Kit) -> Tile:
    ways = {"receive": "in", "transmit": "out"}
    queries = [
        Query(
            f"sum by (instance, device) "
            f"(rate(host_network_{way}_errors_total{{{_ON}}}[$__rate_interval]))",
            f"{{{{instance}}}} {{{{device}}}} {word}",
        )
        for way, word in ways.items()
    ]
    description = "Broken packets by network device; any steady rate means cable, port or driver."
    name = "host_network_receive_errors_total"
    return rate_line(kit, "Network errors", description, name, *queries, empty=_EMPTY)
