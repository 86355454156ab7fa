"""Hosts: what is short – processor, memory, disk or network – and on which."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, folded, group, line, tile
from sothat.dashboards.empty import NO_HOST
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import BAD, GOOD

_ON: Final = variables.ON_HOST
_RATE: Final = "[$__rate_interval]"
_NONE_IS_FINE: Final = Bands(GOOD, ((1, BAD),), "target: none")

BOARD = board(
    "technical",
    links.HOSTS,
    "Hosts: CPU, memory, disk",
    "Which host is short of what, and since when?",
    group(
        "",
        bars(
            "Processor, now",
            "Share of processor time in use, by host.",
            (f"sort_desc(instance:host_cpu_utilisation:ratio{{{_ON}}})", "{{instance}}"),
            empty=NO_HOST,
            alerts=["HostCpuSaturated"],
            size=(6, 6),
        ),
        bars(
            "Memory, now",
            "Share of memory that no new program can have, by host.",
            (f"sort_desc(instance:host_memory_utilisation:ratio{{{_ON}}})", "{{instance}}"),
            empty=NO_HOST,
            alerts=["HostMemoryPressure"],
            size=(6, 6),
        ),
        bars(
            "Fullest file systems, now",
            "The three fullest file systems.",
            (
                (
                    "sort_desc(topk(3, "
                    f"instance_mountpoint:host_filesystem_utilisation:ratio{{{_ON}}}))"
                ),
                "{{instance}} {{mountpoint}}",
            ),
            empty=NO_HOST,
            alerts=["HostFilesystemFilling"],
            size=(6, 6),
        ),
        tile(
            "Programs killed for want of memory",
            "Within the window of the recording; every one lost work.",
            (f"sum(instance:host_out_of_memory_kills:increase{{{_ON}}})", ""),
            empty=NO_HOST,
            alerts=["HostOutOfMemoryKill"],
            bands=_NONE_IS_FINE,
            decimals=0,
            size=(6, 6),
        ),
    ),
    group(
        "Processor and memory",
        line(
            "Processor use",
            "Share of processor time in use. Near the top for long, requests queue.",
            (f"instance:host_cpu_utilisation:ratio{{{_ON}}}", "{{instance}}"),
            empty=NO_HOST,
            alerts=["HostCpuSaturated"],
        ),
        line(
            "Load in relation to processors",
            "Tasks that want to run for each processor; above 1 they wait for one another.",
            (f"instance:host_load5:ratio{{{_ON}}}", "{{instance}}"),
            empty=NO_HOST,
            unit="short",
        ),
        line(
            "Memory use",
            "Share of memory that no new program can have.",
            (f"instance:host_memory_utilisation:ratio{{{_ON}}}", "{{instance}}"),
            empty=NO_HOST,
            alerts=["HostMemoryPressure"],
        ),
    ),
    group(
        "Disks and network",
        line(
            "Disk busy",
            "Share of time in which a disk had something to do.",
            (
                f"instance_device:host_disk_io_utilisation:ratio{{{_ON}}}",
                "{{instance}} {{device}}",
            ),
            empty=NO_HOST,
            alerts=["HostDiskSaturated"],
        ),
        line(
            "Disk throughput",
            "Bytes a second, reads and writes together; a plateau is a limit that somebody hits.",
            (f"instance:host_disk_bytes:rate{{{_ON}}}", "{{instance}}"),
            empty=NO_HOST,
        ),
        line(
            "Network throughput",
            "Bytes a second, both ways; a plateau is a limit that somebody hits.",
            (f"instance:host_network_receive_bytes:rate{{{_ON}}}", "{{instance}} received"),
            (f"instance:host_network_transmit_bytes:rate{{{_ON}}}", "{{instance}} sent"),
            empty=NO_HOST,
        ),
    ),
    folded(
        "Details: file systems, swap, errors, clock, temperature",
        line(
            "File systems in use",
            "Share of each file system that is full.",
            (
                f"instance_mountpoint:host_filesystem_utilisation:ratio{{{_ON}}}",
                "{{instance}} {{mountpoint}}",
            ),
            empty=NO_HOST,
            alerts=["HostFilesystemFilling"],
        ),
        line(
            "Swap in use",
            "Share of the swap space that is taken; growing, memory is short for long.",
            (f"instance:host_swap_utilisation:ratio{{{_ON}}}", "{{instance}}"),
            empty="no data: these hosts have no swap, or are not watched",
        ),
        line(
            "Waiting for a resource",
            "Share of time in which some work waited for processor, memory or disk.",
            (
                (
                    "sum by (instance, resource) "
                    f"(rate(host_pressure_waiting_seconds_total{{{_ON}}}"
                    f"{_RATE}))"
                ),
                "{{instance}} {{resource}}",
            ),
            empty="no data: the kernel keeps no pressure figures (psi=1), or hosts are not watched",
            unit="percentunit",
        ),
        line(
            "Network errors",
            "Broken packets by network device; any steady rate means cable, port or driver.",
            (
                f"instance_device:host_network_errors:rate{{{_ON}}}",
                "{{instance}} {{device}}",
            ),
            empty=NO_HOST,
        ),
        line(
            "Clock",
            "How far the clock is off its source; logs and tokens depend on it.",
            (f"instance:host_clock_offset_seconds:max{{{_ON}}}", "{{instance}}"),
            empty="no data: nothing keeps the clock right, or hosts are not watched",
            tells=["HostClockWrong"],
        ),
        line(
            "Temperature",
            "The hottest sensor of each host.",
            (f"instance:host_temperature_celsius:max{{{_ON}}}", "{{instance}}"),
            empty="no data: these hosts have no sensor (virtual machines have none)",
            alerts=["HostTemperatureHigh"],
        ),
    ),
    filters=[variables.instance()],
    marks=[*marks.USUAL, marks.STARTS],
    topics=["hosts"],
)
