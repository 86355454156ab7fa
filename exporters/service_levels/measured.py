"""Outages and gaps of a month as Prometheus measured them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sothat.exporters.asking import Asking
from sothat.service_levels.intervals import Interval, merged

DEFAULT_STEP = "1m"
# Below it a service counts as out: the expression gives 1 or 0, or a share of what answers.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class History:
    """When a client's service was out, and when nobody measured it."""

    outages: tuple[Interval, ...]
    unknown: tuple[Interval, ...]


class Measured:
    """Asks for each client's availability, step by step.

    Args:
        asking: The server.
        promql: An expression with the label ``client``: at least a half while the service is there.
        step: Seconds.
    """

    def __init__(self, asking: Asking, promql: str, step: float) -> None:
        self._asking = asking
        self._promql = promql
        self._step = step

    def histories(self, period: Interval, seconds: float) -> Mapping[str, History]:
        """Return what was measured over a period, by client.

        Raises:
            PrometheusFailed: It does not answer.
        """
        start, end = period.start.timestamp(), period.end.timestamp()
        found = self._asking.range(self._promql, start, end, self._step, seconds)
        return {
            series.labels.get("client", ""): history(series.points, period, self._step)
            for series in found
        }

    def close(self) -> None:
        """Hang up."""
        self._asking.close()


def history(points: Sequence[tuple[float, float]], period: Interval, step: float) -> History:
    """Return outages and gaps of a period; each point stands for the step after it."""
    known = merged(_stretches((at for at, _ in points), period, step))
    down = merged(_stretches((at for at, value in points if value < _HALF), period, step))
    return History(down, tuple(_between(known, period)))


def _stretches(moments: Iterable[float], period: Interval, step: float) -> Iterator[Interval]:
    for at in moments:
        start = datetime.fromtimestamp(at, UTC)
        end = min(datetime.fromtimestamp(at + step, UTC), period.end)
        if period.start <= start < end:
            yield Interval(start, end)


def _between(known: Sequence[Interval], period: Interval) -> Iterator[Interval]:
    start = period.start
    for one in known:
        if start < one.start:
            yield Interval(start, one.start)
        start = one.end
    if start < period.end:
        yield Interval(start, period.end)
