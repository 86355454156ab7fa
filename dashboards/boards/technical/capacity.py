"""Capacity: what runs out first, and when."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, group, line, listing
from sothat.dashboards.empty import NO_DATABASE, NO_HOST, NO_KUBERNETES, NO_PROMETHEUS
from sothat.dashboards.palette import GOOD
from sothat.dashboards.query import or_row, rows
from sothat.dashboards.tables import VALUE, Column
from sothat.dashboards.words import Word

_ON: Final = variables.ON_HOST
_CALM: Final = "none"
_FULL: Final = f"instance_mountpoint:host_filesystem_full:seconds{{{_ON}}}"

BOARD = board(
    "technical",
    links.CAPACITY,
    "Capacity: what runs out",
    "What will be full within the next weeks if nobody acts?",
    group(
        "",
        listing(
            "File systems that will be full",
            "By the trend of the recording's window, the soonest first. None: at this pace, none "
            "will be.",
            rows(
                or_row(
                    _FULL,
                    f"count(instance_mountpoint:host_filesystem_utilisation:ratio{{{_ON}}})",
                    "instance",
                    _CALM,
                )
            ),
            [
                Column(
                    "instance",
                    "Host",
                    words={_CALM: Word("No file system is filling up", GOOD)},
                    least=220,
                ),
                Column("mountpoint", "File system", 160),
                Column(VALUE, "Full in", 120, unit="s"),
            ],
            empty=NO_HOST,
            sort="Full in",
            alerts=["CapacityFilesystemFullSoon"],
            size=(14, 8),
        ),
        bars(
            "Fullest file systems",
            "The five fullest now.",
            (
                (
                    "sort_desc(topk(5, "
                    f"instance_mountpoint:host_filesystem_utilisation:ratio{{{_ON}}}))"
                ),
                "{{instance}} {{mountpoint}}",
            ),
            empty=NO_HOST,
            alerts=["HostFilesystemFilling"],
            size=(10, 8),
        ),
    ),
    group(
        "Hosts, over weeks",
        line(
            "Processor at its busiest",
            "The highest use of each day, by host: what there is to spare at the peak.",
            (f"max_over_time(instance:host_cpu_utilisation:ratio{{{_ON}}}[1d])", "{{instance}}"),
            empty=NO_HOST,
            alerts=["CapacityProcessorShort"],
        ),
        line(
            "Memory at its fullest",
            "The highest use of each day, by host.",
            (
                f"max_over_time(instance:host_memory_utilisation:ratio{{{_ON}}}[1d])",
                "{{instance}}",
            ),
            empty=NO_HOST,
            tells=["CapacityMemoryExhaustedSoon"],
        ),
        line(
            "Space left",
            "Bytes left on each file system; the slope says when it ends.",
            (
                f"instance_mountpoint:host_filesystem_available_bytes:min{{{_ON}}}",
                "{{instance}} {{mountpoint}}",
            ),
            empty=NO_HOST,
        ),
    ),
    group(
        "Databases, volumes, lines, series",
        line(
            "Databases",
            "Storage that each database takes.",
            ("database:database_size_bytes:sum", "{{database}}"),
            empty=NO_DATABASE,
        ),
        line(
            "Connections to databases",
            "Share of the connections that a database accepts.",
            ("database:database_connections:ratio", "{{database}}"),
            empty="no data: no database server is watched (SQLite has no connections)",
            alerts=["DatabaseConnectionsExhausted"],
        ),
        line(
            "Volumes of the cluster",
            "Share of each volume that is full.",
            (
                "namespace_persistentvolumeclaim:volume_utilisation:ratio",
                "{{namespace}} {{persistentvolumeclaim}}",
            ),
            empty=NO_KUBERNETES,
            tells=["CapacityVolumeFullSoon"],
        ),
        line(
            "Lines at their busiest",
            "Share of a line's speed in use, inward.",
            ("instance_interface:network_receive:ratio", "{{instance}} {{interface}}"),
            empty="no data: no switch or router is asked; scrape snmp_exporter",
            alerts=["CapacityLineShort"],
            unit="percentunit",
            size=(12, 7),
        ),
        line(
            "Series in Prometheus",
            "Memory of the monitoring grows with them.",
            ("sum by (instance) (prometheus_tsdb_head_series)", "{{instance}}"),
            empty=NO_PROMETHEUS,
            size=(12, 7),
        ),
    ),
    filters=[variables.instance()],
    marks=[*marks.USUAL],
    topics=["capacity", "forecast"],
    span="7d",
    refresh="5m",
)
