"""The exporter's own health, as samples like any other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sothat.exporters.poller import View
from sothat.exporters.share import Share
from sothat.exporters.source import Sample

_PREFIX = "sothat_exporter"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration at work.

    Attributes:
        at: When it was loaded, seconds since the epoch.
        latest: Whether it is that of the last reload, or an older one that had to stay.
    """

    at: float
    latest: bool = True


def health(views: Iterable[View], version: str) -> Iterator[Sample]:
    """Yield what the exporter says of itself and its collectors."""
    yield Sample(f"{_PREFIX}_build_info", 1, {"version": version})
    for view in views:
        yield from _of_collector(view)


def of_configuration(loaded: Loaded) -> Iterator[Sample]:
    """Yield whether the configuration at work is the latest."""
    yield Sample(f"{_PREFIX}_config_last_reload_successful", loaded.latest)
    yield Sample(f"{_PREFIX}_config_last_reload_success_timestamp_seconds", loaded.at)


def of_shares(shares: Iterable[tuple[str, Share]]) -> Iterator[Sample]:
    """Yield how many targets this process takes, and of how many, by collector."""
    for collector, share in shares:
        if share.counts:
            labels = {"collector": collector, "fleet": share.shard.fleet}
            yield Sample(f"{_PREFIX}_targets", share.counts[0], labels)
            yield Sample(f"{_PREFIX}_targets_listed", share.counts[1], labels)


def ready(views: Iterable[View]) -> str:
    """Return why the exporter cannot do its work yet; empty when it can."""
    views = tuple(views)
    waiting = [view.plan.name for view in views if view.snapshot is None]
    if waiting:
        return f"not polled yet: {', '.join(waiting)}"
    if views and not any(view.fresh for view in views):
        return "no collector has fresh data"
    return ""


def _of_collector(view: View) -> Iterator[Sample]:
    labels = {"collector": view.plan.name}
    snapshot = view.snapshot
    series = 0
    if snapshot:
        series = sum(len(block.series) for block in snapshot.blocks)
        yield Sample(f"{_PREFIX}_collector_success", snapshot.success, labels)
        yield Sample(f"{_PREFIX}_collector_duration_seconds", snapshot.duration, labels)
    if view.age is not None:
        yield Sample(f"{_PREFIX}_collector_data_age_seconds", view.age, labels)
    if view.last_success is not None:
        name = f"{_PREFIX}_collector_last_success_timestamp_seconds"
        yield Sample(name, view.last_success, labels)
    for reason, number in sorted(view.errors.items()):
        name = f"{_PREFIX}_collector_errors_total"
        yield Sample(name, number, {**labels, "reason": reason})
    yield Sample(f"{_PREFIX}_collector_stuck", view.stuck, labels)
    yield Sample(f"{_PREFIX}_series", series, labels)
    yield Sample(f"{_PREFIX}_dropped_series", snapshot.dropped if snapshot else 0, labels)
