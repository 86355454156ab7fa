"""Applications: rate, errors, duration; what they lean on; pools, caches, garbage collection."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, folded, group, line, spread
from sothat.dashboards.empty import NO_APPLICATION as EMPTY
from sothat.dashboards.empty import NO_REDIS

_OF: Final = variables.OF_JOB
_RATE: Final = "[$__rate_interval]"
_NO_JVM: Final = "no data: no Java service with Micrometer or the JMX exporter is scraped"

BOARD = board(
    "technical",
    links.APPLICATION,
    "Applications: requests",
    "Which service fails or is slow, and what does it lean on?",
    group(
        "Requests, errors, time",
        line(
            "Requests",
            "Requests that each service answers a second.",
            (f"job:http_requests:rate{{{_OF}}}", "{{job}}"),
            empty=EMPTY,
            alerts=["ApplicationTrafficLost"],
        ),
        line(
            "Failed requests",
            "Share of the requests that a service failed to answer (5xx).",
            (f"job:http_requests_failed:ratio{{{_OF}}}", "{{job}}"),
            empty=EMPTY,
            alerts=["ApplicationErrorsHigh"],
        ),
        line(
            "Time of a request",
            "Nineteen in twenty requests are answered within this time.",
            (f"job:http_request_duration_seconds:p95{{{_OF}}}", "{{job}}"),
            empty=EMPTY,
            alerts=["ApplicationSlow"],
        ),
        spread(
            "Time of requests, all of them",
            "How many requests took how long: two bands mean two kinds of requests.",
            (
                f"sum by (le) (rate(http_server_request_duration_seconds_bucket{{{_OF}}}{_RATE}))",
                "",
            ),
            empty="no data: no service with OpenTelemetry's histogram is scraped",
            unit="s",
        ),
        bars(
            "Under way now",
            "Requests that each service works on at this moment; a growing heap is a queue.",
            (f"sort_desc(job:http_requests_active:sum{{{_OF}}})", "{{job}}"),
            empty=EMPTY,
            decimals=0,
            size=(6, 7),
        ),
        line(
            "Refused sign-ins",
            "Share of the requests without valid credentials (401, 403); a jump is an attack or "
            "an expired key.",
            (f"job:http_requests_refused:ratio{{{_OF}}}", "{{job}}"),
            empty=EMPTY,
            alerts=["ApplicationSignInsRefused"],
            size=(6, 7),
        ),
    ),
    group(
        "What they lean on",
        line(
            "Failed calls to other services",
            "Share of the calls that failed, by who was called: whose fault it is.",
            (
                f"job_server:http_client_requests_failed:ratio{{{_OF}}}",
                "{{job}} → {{server_address}}",
            ),
            empty="no data: no service reports its calls to others",
            alerts=["ApplicationDependencyFailing"],
        ),
        line(
            "Pools of connections",
            "Share of a pool of database connections in use; at the top, requests wait.",
            ("instance_pool:connection_pool:ratio", "{{instance}} {{pool}}"),
            empty="no data: no service with a HikariCP pool is scraped",
        ),
        line(
            "Caches: found",
            "Share of the look-ups that a cache could answer.",
            (
                (
                    f"sum by (server) (rate(redis_server_hits_total{_RATE})) "
                    f"/ (sum by (server) (rate(redis_server_hits_total{_RATE})) "
                    f"+ sum by (server) (rate(redis_server_misses_total{_RATE})) > 0)"
                ),
                "{{server}}",
            ),
            empty=NO_REDIS,
            unit="percentunit",
        ),
        line(
            "Caches: memory",
            "Share of the memory that a cache may take; at the top, it forgets or refuses.",
            (
                (
                    "max by (server) (redis_server_memory_used_bytes) "
                    "/ (max by (server) (redis_server_memory_limit_bytes) > 0)"
                ),
                "{{server}}",
            ),
            empty="no data: no cache with a limit of its memory is watched",
            alerts=["CacheMemoryNearlyFull"],
            unit="percentunit",
        ),
        line(
            "Caches: thrown out",
            "Keys a second that were thrown out to make room.",
            (f"sum by (server) (rate(redis_server_evicted_keys_total{_RATE}))", "{{server}}"),
            empty=NO_REDIS,
        ),
        line(
            "Files and sockets",
            "Share of those that a process may have open; at the top, it refuses connections.",
            (f"instance_job:file_descriptors:ratio{{{_OF}}}", "{{instance}}, {{job}}"),
            empty="no data: no process that reports its files is scraped",
            alerts=["ApplicationFileDescriptorsExhausted"],
        ),
    ),
    folded(
        "Runtimes: memory and garbage collection",
        line(
            "Heap",
            "Share of its heap that a Java service uses.",
            ("instance:heap_utilisation:ratio", "{{instance}}"),
            empty=_NO_JVM,
            alerts=["ApplicationHeapExhausted"],
        ),
        line(
            "Garbage collection",
            "Share of its time that a Java service spends collecting garbage.",
            ("instance:garbage_collection:ratio", "{{instance}}"),
            empty=_NO_JVM,
            alerts=["ApplicationGarbageCollectionHeavy"],
        ),
        line(
            "Memory of processes",
            "Memory that each process holds; a saw that only rises is a leak.",
            (
                f"max by (instance, job) (process_resident_memory_bytes{{{_OF}}})",
                "{{instance}}, {{job}}",
            ),
            empty="no data: no process that reports its memory is scraped",
        ),
        line(
            "Starts",
            "How often each process started within the recording's window.",
            (f"instance_job:process_starts:count{{{_OF}}}", "{{instance}}, {{job}}"),
            empty="no data: no process that reports its start is scraped",
            alerts=["ApplicationRestarting"],
        ),
    ),
    filters=[variables.choice("job", "Service", "instance_job:file_descriptors:ratio")],
    marks=[*marks.USUAL, marks.STARTS],
    topics=["application", "red"],
)
