"""Whether declared metrics, labels and values are there, and which targets lack them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.generator.promql import quoted
from sothat.live.planning.amounts import listed
from sothat.live.reconciling.questions import PANEL
from sothat.model.metric import Presence, Series
from sothat.model.problem import Problem, Severity
from sothat.runtime.prometheus import Prometheus, Sample

# Names in one question: the address of a question is not endless.
_AT_ONCE = 40
_SHOWN = 5
# How long Prometheus takes a series to be there after its last sample.
_LOOKBACK = 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is held against a server.

    Attributes:
        users: Who asks for each metric.
        declared: What the contracts say of each series.
        at: The moment that is looked at, in seconds since the epoch.
        since: The beginning of the past that counts.
    """

    users: Mapping[str, tuple[str, ...]]
    declared: Mapping[str, Series]
    at: float
    since: float


def counts_of(server: Prometheus, metrics: Sequence[str], at: float) -> dict[str, int]:
    """Return how many series each metric has now; those without any are left out.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    found: dict[str, int] = {}
    for first in range(0, len(metrics), _AT_ONCE):
        names = "|".join(metrics[first : first + _AT_ONCE])
        query = f"count by (__name__) ({{__name__=~{quoted(names)}}})"
        for sample in server.instant(query, at):
            found[sample.labels.get("__name__", "")] = int(sample.value)
    return found


def missing(asked: Asked, there: Mapping[str, int], ever: frozenset[str]) -> Iterator[Problem]:
    """Yield declared metrics that are not there though they should be, by their source."""
    lacking: dict[str, list[str]] = {}
    sources = {s.contract.source for name, s in asked.declared.items() if name in there}
    for metric in asked.users:
        declared = asked.declared.get(metric)
        if declared is None or metric in there:
            continue
        if declared.contract.source not in sources:
            lacking.setdefault(declared.contract.source, []).append(metric)
        elif _expected(declared):
            yield _missing(metric, asked.users[metric], metric in ever)
    for source, metrics in sorted(lacking.items()):
        yield _not_scraped(source, metrics, asked.users)


def _expected(declared: Series) -> bool:
    family = declared.family
    return family.presence is Presence.ALWAYS and not (family.since or family.until)


def _missing(metric: str, users: Sequence[str], before: bool) -> Problem:  # noqa: FBT001 – a fact
    when = "is not there any more" if before else "is not there"
    message = f"{metric} {when}, and its source always has it; asked for by {listed(users)}"
    return Problem("missing-family", message, hint="is its target scraped?", rule=users[0])


def _not_scraped(source: str, metrics: list[str], users: Mapping[str, tuple[str, ...]]) -> Problem:
    asking = dict.fromkeys(user for metric in metrics for user in users[metric])
    # A rule that cannot fire is worse news than the panels that draw it.
    rules = [name for name in asking if PANEL not in name] or list(asking)
    message = f"nothing of {source} is there; without it: {listed(rules, _SHOWN)}"
    hint = f"scrape it, or leave out what needs it: {listed(metrics)}"
    return Problem("source-not-scraped", message, hint=hint, severity=Severity.WARNING)


def label_problems(server: Prometheus, asked: Asked, there: Mapping[str, int]) -> Iterator[Problem]:
    """Yield labels that series lack, with the targets, and values outside the declared.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    for metric in asked.users:
        declared = asked.declared.get(metric)
        if declared and metric in there:
            yield from _lacking_labels(server, declared, there[metric], asked.at)
            yield from _values(server, declared, asked)


def _lacking_labels(
    server: Prometheus, declared: Series, series: int, at: float
) -> Iterator[Problem]:
    names = [label.name for label in declared.family.labels if not label.optional]
    if not names:
        return
    without = " or ".join(f'{declared.name}{{{name}=""}}' for name in names)
    if not server.instant(f"count({without})", at):
        return
    for name in names:
        query = f'count by (job, instance) ({declared.name}{{{name}=""}})'
        if found := server.instant(query, at):
            lacking = int(sum(sample.value for sample in found))
            what = f"{declared.name}: {lacking} of {series} series lack {name}"
            message = f"{what}, at {_targets(found)}"
            yield Problem(
                "missing-label", message, hint="is the label optional?", rule=declared.name
            )


def _values(server: Prometheus, declared: Series, asked: Asked) -> Iterator[Problem]:
    for label in declared.family.labels:
        if label.values:
            found = server.label_values(label.name, [declared.name], asked.at - _LOOKBACK, asked.at)
            outside = sorted(set(found) - {*label.values, ""})
            if outside:
                shown = listed(outside, _SHOWN)
                message = f"{declared.name}: {label.name} has values outside the declared: {shown}"
                yield Problem("undeclared-value", message, rule=declared.name)


def lacking_targets(server: Prometheus, asked: Asked, there: Iterable[str]) -> Iterator[Problem]:
    """Yield targets that are up and lack a metric that others of their job have.

    Raises:
        PrometheusFailed: The server does not tell.
    """
    for metric in sorted(there):
        declared = asked.declared.get(metric)
        if declared is None or not _expected(declared):
            continue
        query = f"up == 1 and on (job) {metric} unless on (job, instance) {metric}"
        if found := server.instant(query, asked.at):
            message = f"{metric} is missing at {_targets(found)}, which are up"
            hint = "an older release, or a collector that is off?"
            severity = Severity.WARNING
            yield Problem("target-lacks-metric", message, hint=hint, severity=severity, rule=metric)


def _targets(samples: Sequence[Sample]) -> str:
    names = [f"{s.labels.get('job', '')}/{s.labels.get('instance', '')}" for s in samples]
    return listed(sorted(names), _SHOWN)
