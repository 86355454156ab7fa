"""The exporter's own health, as samples like any other."""

from collections.abc import Iterable, Iterator, Sequence

from sothat.exporters.poller import View
from sothat.exporters.source import Sample

_PREFIX = "sothat_exporter"


def health(views: Sequence[View], version: str) -> Iterator[Sample]:
    """Yield what the exporter says of itself."""
    yield Sample(f"{_PREFIX}_build_info", 1, {"version": version})
    for view in views:
        yield from _of_collector(view)


def ready(views: Iterable[View]) -> str:
    """Return why the exporter cannot do its work yet; empty when it can."""
    views = tuple(views)
    waiting = [view.plan.name for view in views if view.snapshot is None]
    if waiting:
        return f"not polled yet: {', '.join(waiting)}"
    if not any(view.fresh for view in views):
        return "no collector has fresh data"
    return ""


def _of_collector(view: View) -> Iterator[Sample]:
    labels = {"collector": view.plan.name}
    snapshot = view.snapshot
    if snapshot:
        yield Sample(f"{_PREFIX}_collector_success", snapshot.success, labels)
        yield Sample(f"{_PREFIX}_collector_duration_seconds", snapshot.duration, labels)
    if view.last_success is not None:
        name = f"{_PREFIX}_collector_last_success_timestamp_seconds"
        yield Sample(name, view.last_success, labels)
    for reason, number in sorted(view.errors.items()):
        name = f"{_PREFIX}_collector_errors_total"
        yield Sample(name, number, {**labels, "reason": reason})
    yield Sample(f"{_PREFIX}_series", len(snapshot.samples) if snapshot else 0, labels)
    yield Sample(f"{_PREFIX}_dropped_series", snapshot.dropped if snapshot else 0, labels)
