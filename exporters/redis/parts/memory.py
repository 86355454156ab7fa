"""Memory: how much is used, how much may be, and how much is lost between the pieces."""

from collections.abc import Iterator

from sothat.exporters.redis.part import Figure, counted, figures, sample, shown
from sothat.exporters.redis.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_FIGURES = (
    Figure("memory_used_bytes", "used_memory"),
    Figure("memory_peak_bytes", "used_memory_peak"),
    Figure("memory_resident_bytes", "used_memory_rss"),
    Figure("memory_fragmentation_ratio", "mem_fragmentation_ratio"),
    Figure("expired_keys_total", "expired_keys"),
    Figure("evicted_keys_total", "evicted_keys"),
)


def read(session: Session) -> Iterator[Sample]:
    """Yield memory and what it cost; a server without a limit has none."""
    info = session.info
    yield from figures(info, _FIGURES)
    limit = number(info.get("maxmemory"))
    if limit:
        yield sample("memory_limit_bytes", limit)
    if "maxmemory_policy" in info:
        yield sample("memory_policy_info", 1, policy=info["maxmemory_policy"])


PART = plain(
    "memory",
    (
        shown("memory_used_bytes", "Memory that data and the server's own needs take."),
        shown("memory_peak_bytes", "Most memory used since the server was started."),
        shown("memory_limit_bytes", "maxmemory; absent without a limit.", feature=True),
        shown("memory_resident_bytes", "Memory that the system has given."),
        shown("memory_fragmentation_ratio", "Resident memory by used memory; below 1: swapped."),
        shown(
            "memory_policy_info",
            "Always 1; what goes when the limit is reached.",
            Label("policy", "maxmemory-policy"),
            feature=True,
        ),
        counted("expired_keys_total", "Keys that have reached their time."),
        counted("evicted_keys_total", "Keys that had to go for want of memory."),
    ),
    read,
)
