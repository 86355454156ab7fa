"""A history of samples for every series that the boards ask for: two buildings and their platform.

The series have the labels of their contracts and values that look like a week of work. They are
made up, and say so: they show what a board looks like, not how anybody does.
"""

import hashlib
import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Labels = Mapping[str, str]

_SITES: Final = (("harbour-house", "Harbour House"), ("mill-court", "Mill Court"))
_FLOORS: Final = ("ground", "first", "second")
_PRODUCTS: Final = (
    "metering-plug",
    "room-thermostat",
    "zigbee-door-sensor",
    "zigbee-climate-sensor",
)
_HOSTS: Final = ("app-1", "app-2", "db-1")
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "backup": ("orders-db", "documents"),
    "broker": ("broker-1",),
    "campaign": ("thermostat-2-1",),
    "channel": ("on-call", "office"),
    "code": ("1010",),
    "cohort": ("pilot", "half", "all"),
    "ahead": ("30d",),
    "band": ("expected",),
    "client": ("sample-client-a", "sample-client-b"),
    "currency": ("EUR",),
    "forecast": ("disks",),
    "item": ("/", "/var/lib/data"),
    "service": ("portal", "orders"),
    "collector": ("host", "database", "tuya", "business"),
    "container": ("api", "worker"),
    "condition": ("Ready",),
    "contract": ("premium", "standard"),
    "database": ("orders", "documents"),
    "digest": ("4f1a", "9bc2", "d07e"),
    "endpoint": ("devices", "status", "token"),
    "engine": ("postgresql",),
    "group": ("on the version", "not on it"),
    "horizontalpodautoscaler": ("api",),
    "integration": ("webhook",),
    "interface": ("uplink", "floor-1"),
    "job_name": ("nightly-report",),
    "kind": ("report", "online"),
    "manifest": ("release",),
    "mode": ("user", "idle"),
    "mountpoint": ("/", "/var/lib/data"),
    "namespace": ("shop", "platform"),
    "outcome": ("availability", "comfort", "energy"),
    "persistentvolumeclaim": ("orders-data", "media"),
    "pod": ("api-7c9", "worker-4d1", "web-5f8"),
    "pool": ("orders",),
    "priority": ("P1", "P2", "P3", "P4"),
    "qos": ("0", "1"),
    "queryid": ("481516", "2342", "71077"),
    "reason": ("timeout",),
    "replica": ("db-2",),
    "report": ("image-scan",),
    "resource": ("cpu", "io", "memory"),
    "rule_group": ("sothat-iot-1", "sothat-hosts-1", "sothat-slo-1"),
    "schema": ("shop",),
    "server": ("orders-db", "shop-db"),
    "server_address": ("payments", "inventory"),
    "slot": ("standby",),
    "step": ("open page", "sign in", "see the floor"),
    "stream": ("readings", "alarms"),
    "subject": ("platform",),
    "team": ("building-operations", "platform-sre", "support"),
}  # fmt: skip
_JOBS: Final = ("orders-api", "portal")
_PROBED: Final = (
    {"job": "http", "instance": "https://example.org"},
    {"job": "icmp", "instance": "uplink-of-hh"},
    {"job": "dns", "instance": "example.org"},
    {"job": "journey", "instance": "order-a-room"},
)

# What a name or unit looks like: the first that matches gives base and swing of its values.
# Names of which the labels say what they look like.
_BY_LABEL: Final = ("kube", "maintenance_works", "incidents_open", "priority:incidents_open")
# Instead of a base: moments, not amounts.
_PAST, _TO_COME, _JUST_NOW, _SOON = -1.0, -2.0, -3.0, -4.0
_LOOKS: Final[Sequence[tuple[str, float, float]]] = (
    (r"ALERTS", 1, 0),
    (r"next_update", _SOON, 0),
    (r"time_to_acknowledge_seconds:", 240, 60),
    (r"time_to_resolve_seconds:", 5200, 900),
    (r"between_failures_seconds_sum", 1500, 90),
    (r"between_failures_seconds_count", 0.005, 0.001),
    (r"incidents_(webhook|notifications|heartbeats)", 3, 1),
    (r"incidents_(outcome_opened|reopened)_total", 0.0002, 0.0001),
    ((r"restarts_total|reopened_total|deadlocks|errors_total|failures_total|dropped_total"
     r"|incidents_.*_total|incidents_time_to"), 0.005, 0.002),
    (r"priority:incidents_open:sum.*P2", 1, 0),
    (r"incidents_open\[.*P2.*acknowledged", 1, 0),
    (r"maintenance_works\[.*running", 0, 0.6),
    (r"budget_forecast_calls", 52000, 0),
    (r"budget_used_calls", 31000, 0),
    (r"container_cpu", 24, 6),
    (r"memory_limit_bytes", 1.1e9, 0),
    (r"team:incidents_opened", 5, 2),
    (r"co2", 0.00062, 0.0001),
    (r"write_blocked|credit", 0, 0),
    (r"service_level_attainment", 0.978, 0.004),
    (r"service_level_availability_ratio", 0.9994, 0.0003),
    (r"availability_objective", 0.999, 0),
    (r"error_budget_left_seconds", 1600, 20),
    (r"error_budget_seconds", 2592, 0),
    (r"change_success", 0.97, 0.0),
    (r"saved_cost", 1840, 10),
    (r"forecast_seconds_until_full", 5.2e6, 0),
    (r"sample_data|_info$", 1, 0),
    (r"timely_notification:budget_left", 0.71, 0.02),
    (r"premium.*budget_left", 0.34, 0.01),
    (r"budget_left", 0.62, 0.01),
    (r"error_ratio", 0.0006, 0.0002),
    (r"kube_.*(false|failed)|condition", 0, 0),
    (r"firmware_campaign_rollback|campaign_held", 0, 0),
    (r"probe_journey_steps", 3, 0),
    ((r"(up|available|success|success:ratio|delivery:ratio|deliveries:ratio|succeeding:ratio"
     r"|targets_up:ratio|loaded|running|synchronised:min|_current|up:ratio|up:min|ready)$"), 1, 0),
    (r"devices_available:ratio|probe_available:ratio", 0.9985, 0.001),
    (r"firmware_current:ratio", 0.86, 0.01),
    (r"sla_attainment", 0.971, 0.006),
    (r"satisfaction", 0.92, 0.01),
    (r"energy_saved:ratio", 0.17, 0.02),
    (r"energy_saved_joules", 9.2e9, 4e7),
    (r"hosts_patched|in_time:ratio", 0.94, 0.0),
    (r"progress_ratio|success_ratio", 0.83, 0.02),
    (r"cache_hit|fragmentation", 0.985, 0.006),
    ((r"(failed|refused|dropped|missing|anomalies|stale|rolled_back|retransmissions|throttled"
     r"|loss|garbage)[a-z_]*:ratio"), 0.006, 0.004),
    (r"battery", 0.74, 0.03),
    (r"filesystem_utilisation|volume_utilisation", 0.63, 0.02),
    (r"ratio", 0.41, 0.12),
    (r"tls_certificate_seconds_left", 4.1e6, 0),
    (r"response_seconds_left", 9400, 1800),
    (r"full:seconds", 3.3e6, 4e5),
    (r"backup_age|verification_age", 3.1e4, 900),
    (r"restore_test_age|review_age", 2.9e6, 0),
    (r"between_failures", 4.3e5, 2e4),
    (r"maintenance_next_start", _TO_COME, 0),
    (r"last_webhook", _JUST_NOW, 0),
    (r"timestamp_seconds|start_time|boot_time", _PAST, 0),
    (r"data_age|outbox_oldest|last_webhook", 2, 1),
    (r"lag|lock_wait|wait_oldest|longest_lock", 0.02, 0.02),
    (r"transaction_seconds", 1.4, 1.0),
    (r"clock_offset", 0.002, 0.001),
    ((r"lock_waiters|blockers|overdue|increase|drifted|critical|dropped_series|kills"
     r"|failed$|reboot|reopened|silences|suppressed|outbox_pending"), 0, 0.6),
    (r"signal", -61, 6),
    (r"celsius", 21, 1.6),
    (r"power_watts:sum", 2900, 700),
    (r"watts", 140, 70),
    (r"volts", 231, 2),
    (r"seconds", 0.12, 0.05),
    (r"updates_pending", 6, 2),
    (r"calls", 61000, 0),
    (r"limit|max_connections|spec_max", 200, 0),
    (r"log_retained|binlog|relay|size|wal_", 3.1e9, 2e7),
    (r"available_bytes", 4.1e10, 1e9),
    (r"bytes:rate|bytes_total|throughput", 2.4e6, 9e5),
    (r"bytes", 6.2e8, 5e7),
    (r"open_tickets", 7, 2),
    (r"incidents_open", 0.4, 0.6),
    (r"head_series", 48200, 300),
    (r"spec_replicas|replicas_available|current_replicas", 3, 0),
    (r"transaction_age", 8.1e7, 1e5),
    (r"rate", 12, 4),
)  # fmt: skip
_DAY: Final = 86400.0
# What is only there when something is wrong.
_ABSENT: Final = frozenset({"tuya_device_unreachable", "firmware_campaign_device_problem"})
_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A series to make up: its name and labels, and how its values run."""

    name: str
    labels: Labels
    counter: bool = False
    share: float = 1.0

    def samples(self, times: Sequence[float], now: float) -> Iterator[float]:
        """Yield a value for each time: a day's rhythm, some noise, the same at every run."""
        text = f"{self.name}{sorted(self.labels.items())}"
        # The buckets of a histogram grow together.
        text = re.sub(r"\('le', '[^']*'\)", "", text)
        noise = random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 – made up on purpose
        base, swing = _look(text if self.name.startswith(_BY_LABEL) else self.name)
        if base == _JUST_NOW:  # just now
            yield from (time - 20 for time in times)
            return
        if base == _TO_COME:  # a moment to come
            yield from itertools.repeat(now + 2 * _DAY, len(times))
            return
        if base == _SOON:  # within the hour
            yield from itertools.repeat(now + 1500, len(times))
            return
        if base == _PAST:  # a moment of the past
            yield from itertools.repeat(now - 4 * 3600 - noise.random() * 3 * _DAY, len(times))
            return
        own = 0.85 + 0.3 * noise.random() if swing and not 0.8 < base <= 1 else 1.0
        total, before = 0.0, times[0]
        for time in times:
            rhythm = math.sin(2 * math.pi * (time / _DAY - 0.3))
            value = base * own + swing * (0.7 * rhythm + 0.5 * noise.gauss(0, 0.5))
            if self.counter:
                total += max(0.0, value) * (time - before) * self.share / 60
                before = time
                yield total
            else:
                yield self._kept(value, base, swing)

    def _kept(self, value: float, base: float, swing: float) -> float:
        """Return a value within what its kind allows."""
        if "ratio" in self.name or self.name.endswith("budget_left"):
            value = min(1.0, value)
        if base >= 0:
            value = max(0.0, value)
        counted = not re.search(
            r"seconds|ratio|rate|bytes|celsius|watts|volts|joules|left", self.name
        )
        return round(value) if counted and swing and base < 1000 else value


def _look(text: str) -> tuple[float, float]:
    return next(((base, swing) for how, base, swing in _LOOKS if re.search(how, text)), (4.0, 1.5))


def series_of(
    name: str, contracts: Mapping[str, Any], recorded: Mapping[str, Any]
) -> Iterator[Sampled]:
    """Yield the series of a name that a contract or a recording declares."""
    if name in _ABSENT:
        return
    if name in recorded:
        for labels in label_sets(name, dict.fromkeys(recorded[name].labels, ())):
            yield Sampled(name, labels)
        return
    family = contracts[name].family
    told = {"namespace", "container"} if name.startswith("container_") else set()
    asked = {one.name: one.values for one in family.labels if not one.optional or one.name in told}
    if name == "ALERTS":
        yield from _alerts()
        return
    counter = family.type == "counter" or name.endswith(("_bucket", "_count", "_sum"))
    for labels in label_sets(name, asked):
        if name.endswith("_bucket"):
            bounds = (*(family.buckets or _BOUNDS), math.inf)
            for number, bound in enumerate(bounds):
                le = "+Inf" if bound == math.inf else f"{bound:g}"
                spread = 1 / (1 + math.exp(-(number - len(bounds) / 2 + 1) * 1.2))
                yield Sampled(name, {**labels, "le": le}, counter=True, share=spread)
        else:
            yield Sampled(name, labels, counter=counter)


def _alerts() -> Iterator[Sampled]:
    firing = (
        ("Watchdog", "", "", ""),
        ("IotDeviceBatteryLow", "P3", "mill-court", "building-operations"),
        ("SupportResponseDueSoon", "P2", "harbour-house", "support"),
    )
    for alert, priority, site, team in firing:
        labels = {
            "alertname": alert,
            "alertstate": "firing",
            "priority": priority,
            "site": site,
            "team": team,
        }
        yield Sampled("ALERTS", {key: value for key, value in labels.items() if value})


def label_sets(name: str, asked: Mapping[str, Sequence[str]]) -> Iterator[Labels]:
    """Yield coherent sets of labels: a device is at one site, a disk in one host."""
    rest = dict(asked)
    bases: list[dict[str, str]] = [{"job": "sothat-exporter", "instance": _HOSTS[0]}]
    if name.startswith(("tuya_device", "site_device", "tuya_stream_device", "site_product")) or {
        "site",
        "device",
    } <= set(rest):
        bases = _devices()
    elif "gateway" in rest:
        bases = _gateways()
    elif "site" in rest:
        bases = _sites("client" in rest)
    elif name == "up" or "probe" in name or name.startswith("instance_job:probe"):
        bases = [dict(one) for one in _PROBED] if name != "up" else _jobs()
    elif "instance" in rest or name.startswith("host_"):
        bases = [{"instance": host, "job": "sothat-exporter"} for host in _HOSTS]
    elif "job" in rest or name.startswith(("http_", "process_", "scrape_", "prometheus_")):
        jobs = ("prometheus",) if name.startswith("prometheus_") else _JOBS
        bases = [{"job": job, "instance": f"{job}-1"} for job in jobs]
    keep = set(rest) | {"job", "instance"} if ":" not in name else set(rest)
    ranges = {
        label: _choices(name, label, values)
        for label, values in rest.items()
        if label not in bases[0]
    }
    seen = set()
    for base in bases:
        for chosen in itertools.product(*ranges.values()):
            labels = {k: v for k, v in base.items() if k in keep} | dict(
                zip(ranges, chosen, strict=True)
            )
            key = tuple(sorted(labels.items()))
            if key not in seen:
                seen.add(key)
                yield labels


def _choices(name: str, label: str, values: Sequence[str]) -> Sequence[str]:
    if label == "server":
        own = {"mysql": ("shop-db",), "redis": ("session-cache",), "postgr": ("orders-db",)}
        return next(
            (names for kind, names in own.items() if name.startswith(kind)), _VALUES["server"]
        )
    if label == "device":
        return ("sda",) if "disk" in name else ("eth0",)
    if "Ready" in values:
        return ("Ready",)
    return tuple(values[:4]) or _VALUES.get(label, (f"{label}-1",))


def _sites(clients: bool) -> list[dict[str, str]]:  # noqa: FBT001 – a label or not
    pairs = zip(_SITES, _VALUES["client"], strict=True)
    return [{"site": s, **({"client": client} if clients else {})} for (s, _), client in pairs]


def _devices() -> list[dict[str, str]]:
    found = []
    for (site, building), floor in itertools.product(_SITES, _FLOORS):
        for product in _PRODUCTS[:: 1 if floor == "ground" else 2]:
            behind = f"{site.split('-')[0]}-gateway" if product.startswith("zigbee") else ""
            found.append(
                {"site": site, "building": building, "floor": floor, "room": "office",
                 "device": f"{_short(site)}-{floor}-{product.split('-')[-1]}",
                 "product": product, "gateway": behind}
            )  # fmt: skip
    return found


def _short(site: str) -> str:
    return "".join(word[0] for word in site.split("-"))


def _gateways() -> list[dict[str, str]]:
    return [
        {"site": site, "building": building, "floor": "ground", "room": "plant-room",
         "gateway": f"{site.split('-')[0]}-gateway", "product": "zigbee-gateway"}
        for site, building in _SITES
    ]  # fmt: skip


def _jobs() -> list[dict[str, str]]:
    jobs = ("sothat-exporter", "sothat-incidents", "prometheus", "alertmanager", *_JOBS)
    return [{"job": job, "instance": f"{job}-1"} for job in jobs]


def exposition(series: Sequence[Sampled], times: Sequence[float], now: float) -> Iterator[str]:
    """Yield OpenMetrics text, each series under a family of its own name."""
    by_name = itertools.groupby(sorted(series, key=lambda one: one.name), key=lambda one: one.name)
    for name, some in by_name:
        yield f"# TYPE {name} unknown\n"
        for one in some:
            pairs = ",".join(
                f'{key}="{value}"' for key, value in sorted(one.labels.items()) if value
            )
            head = f"{name}{{{pairs}}}" if pairs else name
            for time, value in zip(times, one.samples(times, now), strict=True):
                yield (
                    f"{head} {value:.6g} {time:.0f}\n"
                    if abs(value) < 1e5
                    else f"{head} {value:.10g} {time:.0f}\n"
                )
    yield "# EOF\n"
