"""What Prometheus' HTTP API answers, as typed values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one moment.

    Attributes:
        labels: With ``__name__`` where the expression keeps it.
        value: May be NaN or infinite.
        at: Seconds since the epoch.
    """

    labels: Labels
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series over a range.

    Attributes:
        labels: With ``__name__`` where the expression keeps it.
        points: Pairs of seconds since the epoch and value, in order of time; steps without a
            value are left out.
    """

    labels: Labels
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """One alert that is pending or firing.

    Attributes:
        state: ``pending`` or ``firing``.
        active_at: RFC 3339 time since when.
        value: Of the expression.
    """

    labels: Labels
    annotations: Labels
    state: str
    active_at: str
    value: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the server has loaded it.

    Attributes:
        kind: ``alerting`` or ``recording``.
        name: Of the alert or of the recorded series.
        query: The expression, as the server formats it.
        duration: Seconds of ``for``.
        keep_firing_for: Seconds.
        labels: What the rule adds.
        health: ``ok``, ``err`` or ``unknown``.
        last_error: Why it is not well; empty if it is.
        evaluation_seconds: How long the last evaluation took.
        alerts: The alerts that are active.
    """

    kind: str
    name: str
    query: str
    duration: float
    keep_firing_for: float
    labels: Labels
    annotations: Labels
    health: str
    last_error: str
    evaluation_seconds: float
    alerts: tuple[ActiveAlert, ...]


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """One group of rules as the server has loaded it.

    Attributes:
        file: Where the server has it from.
        interval: Seconds between evaluations.
        evaluation_seconds: How long the last evaluation took.
        last_evaluation: RFC 3339 time; year 1 before the first.
    """

    name: str
    file: str
    interval: float
    rules: tuple[Rule, ...]
    evaluation_seconds: float
    last_evaluation: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a target says of a metric."""

    type: str
    help: str
    unit: str


@dataclass(frozen=True, slots=True)
class Target:
    """One scraped target.

    Attributes:
        job: The scrape job.
        url: Where it is scraped.
        health: ``up``, ``down`` or ``unknown``.
        last_error: Why it is down.
    """

    job: str
    labels: Labels
    url: str
    health: str
    last_error: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query cost the server; 0 where it does not tell.

    Attributes:
        seconds: Evaluation in all.
        samples: Samples that were looked at.
        peak_samples: The most that were in memory at once.
    """

    seconds: float
    samples: int
    peak_samples: int


def samples(data: Any) -> Iterator[Sample]:
    """Yield the samples of an instant query; those with native histograms are left out.

    Raises:
        ValueError: It is no vector or scalar (or TypeError, KeyError where the form is unknown).
    """
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        yield Sample({}, float(result[1]), float(result[0]))
    elif kind == "vector":
        for one in result:
            if "value" in one:
                at, value = one["value"]
                yield Sample(_labels(one["metric"]), float(value), float(at))
    else:
        raise ValueError(f"a result of type {kind}")


def series(data: Any) -> Iterator[Series]:
    """Yield the series of a range query; points with native histograms are left out.

    Raises:
        ValueError: It is no matrix (or TypeError, KeyError where the form is unknown).
    """
    if data["resultType"] != "matrix":
        raise ValueError(f"a result of type {data['resultType']}")
    for one in data["result"]:
        if points := one.get("values"):
            yield Series(_labels(one["metric"]), [(float(at), float(v)) for at, v in points])


def histograms(data: Any) -> int:
    """Return how many series of a query's answer have native histograms."""
    if data["resultType"] not in ("vector", "matrix"):
        return 0
    return sum("histogram" in one or "histograms" in one for one in data["result"])


def groups(data: Any) -> Iterator[RuleGroup]:
    """Yield the groups of rules."""
    for one in data["groups"]:
        yield RuleGroup(
            str(one["name"]),
            str(one.get("file", "")),
            float(one.get("interval", 0)),
            tuple(map(_rule, one["rules"] or ())),
            float(one.get("evaluationTime", 0)),
            str(one.get("lastEvaluation", "")),
        )


def _rule(one: Any) -> Rule:
    return Rule(
        str(one["type"]),
        str(one["name"]),
        str(one["query"]),
        float(one.get("duration", 0)),
        float(one.get("keepFiringFor", 0)),
        _labels(one.get("labels") or {}),
        _labels(one.get("annotations") or {}),
        str(one.get("health", "unknown")),
        str(one.get("lastError", "")),
        float(one.get("evaluationTime", 0)),
        tuple(map(_active, one.get("alerts") or ())),
    )


def _active(one: Any) -> ActiveAlert:
    return ActiveAlert(
        _labels(one["labels"]),
        _labels(one.get("annotations") or {}),
        str(one["state"]),
        str(one.get("activeAt", "")),
        float(one.get("value", "NaN")),
    )


def label_sets(data: Any) -> Iterator[Labels]:
    """Yield the label sets of series."""
    return map(_labels, data)


def metadata(data: Any) -> dict[str, tuple[Metadata, ...]]:
    """Return what targets say of metrics: they need not agree."""
    return {
        str(name): tuple(
            Metadata(str(one["type"]), str(one.get("help", "")), str(one.get("unit", "")))
            for one in found
        )
        for name, found in data.items()
    }


def targets(data: Any) -> Iterator[Target]:
    """Yield the active targets."""
    for one in data["activeTargets"] or ():
        yield Target(
            str(one.get("scrapePool", one["labels"].get("job", ""))),
            _labels(one["labels"]),
            str(one.get("scrapeUrl", "")),
            str(one["health"]),
            str(one.get("lastError", "")),
        )


def cost(data: Any) -> Cost:
    """Return what a query cost, by the statistics of its answer."""
    stats = data.get("stats") or {}
    timings, counts = stats.get("timings") or {}, stats.get("samples") or {}
    return Cost(
        float(timings.get("execTotalTime", 0)),
        int(counts.get("totalQueryableSamples", 0)),
        int(counts.get("peakSamples", 0)),
    )


def _labels(found: Any) -> dict[str, str]:
    if not isinstance(found, Mapping):
        raise TypeError("labels that are none")
    return {str(name): str(value) for name, value in found.items()}
