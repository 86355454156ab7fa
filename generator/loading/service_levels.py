"""Service levels: of an objective, the rules that measure it and the alerts that its budget needs.

Multi-window, multi-burn alerts: a long window says that it matters, a short one that it still
goes on. All windows are made of the same two series, errors and total, so that a ratio is always
the quotient of sums.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sothat.generator.conventions import snake
from sothat.generator.kinds.availability import absence_of
from sothat.generator.layers import merged
from sothat.generator.loading.alerts import Resolved, compared
from sothat.generator.loading.companion import companion_of
from sothat.generator.loading.entries import Entry
from sothat.generator.loading.parts import action_of, example_of, inhibition_of, outcome_of
from sothat.generator.loading.rules import fill_window
from sothat.generator.thresholds import format_number, parse_amount
from sothat.model.alert import Alert, Condition, Example, Inhibition, Recording, Threshold
from sothat.model.duration import format_duration, parse_duration
from sothat.model.policy import Policy

_HOUR, _DAY = 3600.0, 86400.0
_STANDARD = 0.999
# The window of the indicator itself: the shortest that any alert asks for.
_BASE = 300.0
_PER = {"s": 1.0, "m": 60.0, "h": _HOUR, "d": _DAY}
# The time that the shares of the tiers speak of, whatever the window of the objective.
_REFERENCE = 30 * _DAY
_PAGE = "page"


@dataclass(frozen=True, slots=True)
class Tier:
    """A speed of burning: the share of the budget that the long window may use up."""

    name: str
    share: float
    long: float
    short: float

    @property
    def urgency(self) -> str:
        """Return whether it pages somebody or opens a ticket."""
        return self.name.partition("-")[0]


# The pairs of the SRE workbook, the faster first.
TIERS = (
    Tier("page-fast", 0.02, _HOUR, _BASE),
    Tier("page-slow", 0.05, 6 * _HOUR, 1800.0),
    Tier("ticket-fast", 0.10, _DAY, 2 * _HOUR),
    Tier("ticket-slow", 0.10, 3 * _DAY, 6 * _HOUR),
)
_WINDOWS = sorted({window for tier in TIERS for window in (tier.long, tier.short)})


@dataclass(frozen=True, slots=True)
class _Level:
    """A service level with what it inherits."""

    entry: Entry
    data: Mapping[str, Any]
    objective: float

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.data["labels"])

    @property
    def window(self) -> float:
        return parse_duration(self.data.get("window", "30d"))

    @property
    def slug(self) -> str:
        """Return the value of the label ``slo``."""
        return snake(self.name).replace("_", "-")

    @property
    def bad(self) -> str:
        """Return the key that tells good from bad."""
        return "good" if "good" in self.data else "errors"

    @property
    def budget(self) -> float:
        return float(f"{1 - self.objective:.12g}")

    def limit(self, tier: Tier) -> float:
        """Return the error ratio above which a tier's share of the budget is used up."""
        return float(f"{tier.share * _REFERENCE / tier.long * self.budget:.9g}")

    def alert(self, tier: Tier) -> str:
        """Return the name of a tier's alert."""
        return f"{self.name}Burn{tier.name.title().replace('-', '')}"

    def query(self, key: str) -> str:
        """Return a query of the entry, its window filled in."""
        return fill_window(self.data[key].strip(), _BASE)

    def record(self, operation: str) -> str:
        """Return the name of one of its recording rules."""
        return f"slo:{snake(self.name)}:{operation}"

    def recording(self, operation: str, expr: str, key: str = "", help_: str = "") -> Recording:
        """Return one of its recording rules; ``key`` names the query that stands in the file."""
        return Recording(
            record=self.record(operation),
            expr=expr,
            unit="",
            help=f"{self.name}: {help_}",
            labels=self.labels,
            position=self.entry.document.position(self.entry.path(key or "name")),
            window_seconds=_BASE,
            written=self.data[key].strip() if key else "",
            made_for=self.name,
        )


def resolve_slo(entry: Entry, policy: Policy) -> Resolved:
    """Return the recording rules and alerts of a service level."""
    level = _Level(entry, merged(entry.layers), _objective(entry.own["objective"], policy))
    tiers = [tier for tier in TIERS if level.limit(tier) < 1]
    alerts = [_alert(level, tier, tiers[:place]) for place, tier in enumerate(tiers)]
    return Resolved((*alerts, *_companions(level, alerts)), tuple(_recordings(level)))


def _objective(written: Any, policy: Policy) -> float:
    """Return the share that must be good, stated or taken from a support contract."""
    if isinstance(written, str):
        return parse_amount(written).value
    contract = policy.contracts.get(written["contract"])
    # A contract that does not exist is refused by its check; until then any figure serves.
    return contract.availability if contract else _STANDARD


def _recordings(level: _Level) -> Iterator[Recording]:
    """Yield total and errors, their ratio over each window, and what is left of the budget."""
    yield level.recording("total", _total(level), "total", help_="Events that count")
    yield level.recording("errors", _errors(level), level.bad, help_="Events that were not good")
    for window in dict.fromkeys((*_WINDOWS, level.window)):
        over = format_duration(window)
        yield level.recording(
            f"error_ratio_{over}",
            f"sum_over_time({level.record('errors')}[{over}])"
            f" / (sum_over_time({level.record('total')}[{over}]) > 0)",
            help_=f"Share of events that were not good, over {over}",
        )
    whole = level.record(f"error_ratio_{format_duration(level.window)}")
    left = f"1 - {whole} / {format_number(level.budget)}"
    yield level.recording("budget_left", left, help_="Share of the error budget that is left")


def _total(level: _Level) -> str:
    """Return the query of all events, those during an exception such as maintenance left out."""
    total = level.query("total")
    if "except" not in level.data:
        return total
    return f"({total}) unless on ({', '.join(level.labels)}) ({level.query('except')})"


def _errors(level: _Level) -> str:
    """Return the query of bad events: 0 where there were none, for every total."""
    total, counted = level.record("total"), level.query(level.bad)
    counted = f"(({counted}) or 0 * {total})"
    return f"clamp_min({total} - {counted}, 0)" if level.bad == "good" else f"{counted} and {total}"


def _alert(level: _Level, tier: Tier, faster: Sequence[Tier]) -> Alert:
    data = level.data
    own = tuple(Inhibition(level.alert(other), ("slo", *level.labels)) for other in faster)
    priority = data["do"]["priority"] if tier.urgency == _PAGE else data["do"]["ticket_priority"]
    return Alert(
        name=level.alert(tier),
        domain=data["domain"],
        owner=data["owner"],
        kind="burn-rate",
        summary=data["summary"].strip(),
        description=_description(level, tier),
        condition=_condition(level, tier),
        action=action_of({**data["do"], "priority": priority}),
        outcome=outcome_of(data["so_that"]),
        inhibitions=(*own, *map(inhibition_of, data.get("inhibited_by", ()))),
        examples=tuple(_examples(level, tier)),
        position=level.entry.document.position(level.entry.path("name")),
        board=data.get("board", ""),
        panel=data.get("panel", ""),
        labels=MappingProxyType({"slo": level.slug, "tier": tier.name}),
        covers=tuple(data.get("covers", ())),
        made_for=level.name,
    )


def _description(level: _Level, tier: Tier) -> str:
    where = "".join(f" {label} {{{{ $labels.{label} }}}}:" for label in level.labels)
    over = format_duration(tier.long)
    return (
        f"{level.data['condition'].strip()}.{where} {{{{ $value | humanizePercentage }}}} were not "
        f"good over {over}; the objective of {_percent(level.objective)} allows "
        f"{_percent(level.budget)}."
    )


def _condition(level: _Level, tier: Tier) -> Condition:
    limit, rate = level.limit(tier), level.limit(tier) / level.budget
    text = f"> {_percent(limit)}"
    query = _query(level, tier, limit)
    threshold = Threshold(">", limit, "ratio", text)
    words = (
        f"The error budget burns {rate:.3g} times as fast as it may, over "
        f"{format_duration(tier.long)} and still over {format_duration(tier.short)}"
    )
    return Condition(
        words=words,
        query=query,
        expr=compared(query, threshold),
        threshold=threshold,
        for_seconds=parse_duration(level.data.get("for", "0s")),
        keep_firing_seconds=0.0,
        position=level.entry.document.position(level.entry.path("total")),
        figure=query,
    )


def _query(level: _Level, tier: Tier, limit: float) -> str:
    long, short = (
        level.record(f"error_ratio_{format_duration(window)}") for window in (tier.long, tier.short)
    )
    query = f"{long} and {short} > {format_number(limit)}"
    if "minimum" in level.data:
        traffic = f"avg_over_time({level.record('total')}[{format_duration(tier.long)}])"
        query += f" and {traffic} >= {format_number(_per_second(level.data['minimum']))}"
    return query


def _per_second(rate: str) -> float:
    """Return a rate such as ``10/m`` in events a second."""
    number, _, per = rate.partition("/")
    return float(f"{float(number) / _PER[per]:.6g}")


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"


def _companions(level: _Level, alerts: Sequence[Alert]) -> Iterator[Alert]:
    """Yield the alert for the absence of the events, of the urgency of the fastest tier."""
    wanted = level.data.get("absent")
    if wanted is None or not alerts:
        return
    query = level.query("total")
    whole = replace(alerts[0], name=level.name, labels=MappingProxyType({}), inhibitions=())
    yield companion_of(whole, absence_of(wanted, query))


def _examples(level: _Level, tier: Tier) -> Iterator[Example]:
    """Yield the level's own examples as they are for one tier: its ``fires`` name tiers."""
    for example in map(example_of, level.data.get("examples", ())):
        fires = tuple(
            MappingProxyType({name: value for name, value in labels.items() if name != "tier"})
            for labels in example.fires
            if labels.get("tier") == tier.name
        )
        yield replace(example, fires=fires)
