"""What the business tests have in common: a collector's source, opened and polled."""

from sothat.exporters.business.collector import COLLECTOR
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.runtime.documents import parse_document

NOW = 1_790_000_000  # 2026-09-21T14:13:20Z
HEAD = "apiVersion: sothat/v1\nkind: KPIs\nkpis:\n"


class Clock(SystemClock):
    """A clock that stands at NOW and goes on when it is told to; its deadlines are real."""

    def __init__(self):
        self.past = 0.0

    def time(self):
        return NOW + self.past

    def monotonic(self):
        return super().monotonic() + self.past


def open_source(folder, clock=None, environment=None, **settings):
    document = parse_document(repr({"type": "business", **settings}), "exporter.yaml")
    context = Context("business", folder, environment or {}, clock or Clock())
    return COLLECTOR.open(Settings(document, ()), context)


def poll(source, seconds=5.0):
    """Return the values by name and labels, and the failure; all kept the contract."""
    clock = SystemClock()
    found, failure = [], None
    try:
        found.extend(source.collect(Deadline(clock.monotonic() + seconds, clock)))
    except PollFailed as error:
        failure = error
    assert not Screen(source.contract).screen(found).complaints
    return {(s.name.removeprefix("business_"), *s.labels.values()): s.value for s in found}, failure


def kpi(name, sql, labels="[]", more=""):
    return (
        f"  - name: {name}\n    help: H\n    direction: none\n    value: n\n"
        f"    labels: {labels}\n{more}    sql: {sql}\n"
    )
