"""Which server it is, how long it has been running, and how quickly it answers."""

from collections.abc import Iterator

from sothat.exporters.redis.part import Figure, figures, sample, shown
from sothat.exporters.redis.session import Session
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_FIGURES = (Figure("uptime_seconds", "uptime_in_seconds"), Figure("loading", "loading"))


def read(session: Session) -> Iterator[Sample]:
    """Yield version, uptime, and whether it is still reading its data from disk."""
    info = session.info
    version = info.get("redis_version", "")
    yield sample("info", 1, version=version, mode=info.get("redis_mode", ""))
    yield from figures(info, _FIGURES)


def read_latency(session: Session) -> Iterator[Sample]:
    """Yield how long PING takes; a server that is loading its data answers with an error."""
    if session.info.get("loading") == "1":
        return
    begun = session.monotonic()
    session.execute("PING")
    yield sample("ping_duration_seconds", session.monotonic() - begun)


PART = plain(
    "server",
    (
        shown(
            "info",
            "Always 1; which server it is.",
            Label("version", "Release"),
            Label("mode", "standalone, cluster or sentinel"),
        ),
        shown("uptime_seconds", "How long the server has been running."),
        shown("loading", "Whether the server is reading its data from disk."),
    ),
    read,
)
LATENCY = plain(
    "latency",
    (shown("ping_duration_seconds", "How long the answer to a PING took."),),
    read_latency,
)
