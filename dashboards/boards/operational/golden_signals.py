"""The golden signals of each layer: traffic, errors, time, saturation, on one page."""

from typing import Final

from sothat.dashboards import empty, links, marks
from sothat.dashboards.declared import board, group, line

_SIZE: Final = (6, 6)

BOARD = board(
    "operational",
    links.SIGNALS,
    "Golden signals by layer",
    "In which layer did it begin?",
    group(
        "Buildings",
        line(
            "Traffic: messages",
            "Messages that a site's devices deliver a second.",
            ("site:tuya_device_messages:rate", "{{site}}"),
            empty=empty.NO_DEVICE,
            size=_SIZE,
        ),
        line(
            "Errors: devices silent",
            "Share of a site's devices that do not answer.",
            ("1 - site:tuya_devices_up:ratio", "{{site}}"),
            empty=empty.NO_DEVICE,
            unit="percentunit",
            size=_SIZE,
        ),
        line(
            "Time: slowest device",
            "Time that the slowest device of a site takes to answer.",
            ("site:tuya_device_response_duration_seconds:max", "{{site}}"),
            empty=empty.NO_DEVICE,
            size=_SIZE,
        ),
        line(
            "Saturation: commands that wait",
            "Calls that wait in the fullest gateway of a site.",
            ("max by (site) (tuya_gateway_queue_depth)", "{{site}}"),
            empty=empty.NO_GATEWAY,
            size=_SIZE,
        ),
    ),
    group(
        "Applications",
        line(
            "Traffic: requests",
            "Requests that each service answers a second.",
            ("job:http_requests:rate", "{{job}}"),
            empty=empty.NO_APPLICATION,
            size=_SIZE,
        ),
        line(
            "Errors: failed requests",
            "Share of the requests that a service failed to answer.",
            ("job:http_requests_failed:ratio", "{{job}}"),
            empty=empty.NO_APPLICATION,
            alerts=["ApplicationErrorsHigh"],
            size=_SIZE,
        ),
        line(
            "Time: of a request",
            "Nineteen in twenty requests are answered within this time.",
            ("job:http_request_duration_seconds:p95", "{{job}}"),
            empty=empty.NO_APPLICATION,
            alerts=["ApplicationSlow"],
            size=_SIZE,
        ),
        line(
            "Saturation: pools",
            "Share of a pool of database connections in use.",
            ("instance_pool:connection_pool:ratio", "{{instance}} {{pool}}"),
            empty="no data: no service with a HikariCP pool is scraped",
            size=_SIZE,
        ),
    ),
    group(
        "Databases",
        line(
            "Traffic: transactions",
            "Transactions a second.",
            ("database:transactions:rate", "{{database}}"),
            empty="no data: no database server is watched (SQLite counts no transactions)",
            size=_SIZE,
        ),
        line(
            "Errors: rolled back",
            "Share of the transactions that were rolled back.",
            ("database:transactions_rolled_back:ratio", "{{database}}"),
            empty="no data: no database server is watched (SQLite counts no transactions)",
            alerts=["DatabaseRollbacksHigh"],
            size=_SIZE,
        ),
        line(
            "Time: of a query",
            "How long the probe's query takes, as a user's would.",
            ("database:database_query_duration_seconds:max", "{{database}}"),
            empty=empty.NO_DATABASE,
            alerts=["DatabaseSlow"],
            size=_SIZE,
        ),
        line(
            "Saturation: waiting for a lock",
            "How long a writer waits; rising waits come before blocked ones.",
            ("database:database_lock_wait_seconds:max", "{{database}}"),
            empty=empty.NO_DATABASE,
            size=_SIZE,
        ),
    ),
    group(
        "Hosts and network",
        line(
            "Traffic: bytes received",
            "Bytes a second that each host receives.",
            ("instance:host_network_receive_bytes:rate", "{{instance}}"),
            empty=empty.NO_HOST,
            size=_SIZE,
        ),
        line(
            "Errors: probes that fail",
            "Share of the last probes that failed, by target.",
            ("1 - instance_job:probe_success:ratio", "{{instance}}, {{job}}"),
            empty=empty.NO_PROBE,
            unit="percentunit",
            size=_SIZE,
        ),
        line(
            "Time: round trip",
            "How long a packet takes there and back.",
            ("instance:probe_round_trip_seconds:mean", "{{instance}}"),
            long=True,
            empty="no data: no module of type icmp is probed",
            alerts=["NetworkRoundTripSlow"],
            size=_SIZE,
        ),
        line(
            "Saturation: processor",
            "Share of processor time in use.",
            ("instance:host_cpu_utilisation:ratio", "{{instance}}"),
            empty=empty.NO_HOST,
            alerts=["HostCpuSaturated"],
            size=_SIZE,
        ),
    ),
    marks=[*marks.USUAL, marks.STARTS],
    topics=["golden-signals"],
    span="3h",
    refresh="30s",
)
