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
from sothat.generator.layers import Layer, merged
from sothat.generator.loading.alerts import Resolved, Setup, compared, inherited
from sothat.generator.loading.companion import companion_of
from sothat.generator.loading.parts import action_of, example_of, inhibition_of, outcome_of
from sothat.generator.loading.rules import fill_window
from sothat.generator.thresholds import format_number, parse_amount
from sothat.model.alert import Alert, Condition, Example, Inhibition, Recording, Threshold
from sothat.model.duration import format_duration, parse_duration
from sothat.model.policy import Policy
from sothat.runtime.documents import Document

_HOUR, _DAY = 3600.0, 86400.0
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
class _Entry:
    """A service level of a document, with what it inherits."""

    document: Document
    number: int
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
            position=self.document.position(self.path(key or "name")),
            window_seconds=_BASE,
            written=self.data[key].strip() if key else "",
            made_for=self.name,
        )

    def path(self, key: str) -> Sequence[str | int]:
        return ["slos", self.number, key]


def resolve_slo(document: Document, number: int, setup: Setup, policy: Policy) -> Resolved:
    """Return the recording rules and alerts of the service level at a place in a document."""
    own = document.data["slos"][number]
    data = merged((*inherited(document, setup), Layer("alert", document, ("slos", number), own)))
    entry = _Entry(document, number, data, _objective(own["objective"], policy))
    tiers = [tier for tier in TIERS if entry.limit(tier) < 1]
    alerts = [_alert(entry, tier, tiers[:place]) for place, tier in enumerate(tiers)]
    return Resolved((*alerts, *_companions(entry, alerts)), tuple(_recordings(entry)))


def _objective(written: Any, policy: Policy) -> float:
    """Return the share that must be good, stated or taken from a support contract."""
    if isinstance(written, str):
        return parse_amount(written).value
    contract = policy.contracts.get(written["contract"])
    return contract.availability if contract else 1.0


def _recordings(entry: _Entry) -> Iterator[Recording]:
    """Yield total and errors, their ratio over each window, and what is left of the budget."""
    yield entry.recording("total", _total(entry), "total", help_="Events that count")
    yield entry.recording("errors", _errors(entry), entry.bad, help_="Events that were not good")
    for window in dict.fromkeys((*_WINDOWS, entry.window)):
        over = format_duration(window)
        yield entry.recording(
            f"error_ratio_{over}",
            f"sum_over_time({entry.record('errors')}[{over}])"
            f" / (sum_over_time({entry.record('total')}[{over}]) > 0)",
            help_=f"Share of events that were not good, over {over}",
        )
    whole = entry.record(f"error_ratio_{format_duration(entry.window)}")
    left = f"1 - {whole} / {format_number(entry.budget)}"
    yield entry.recording("budget_left", left, help_="Share of the error budget that is left")


def _total(entry: _Entry) -> str:
    """Return the query of all events, those during an exception such as maintenance left out."""
    total = entry.query("total")
    if "except" not in entry.data:
        return total
    return f"({total}) unless on ({', '.join(entry.labels)}) ({entry.query('except')})"


def _errors(entry: _Entry) -> str:
    """Return the query of bad events: 0 where there were none, for every total."""
    total, counted = entry.record("total"), entry.query(entry.bad)
    counted = f"(({counted}) or 0 * {total})"
    return f"clamp_min({total} - {counted}, 0)" if entry.bad == "good" else f"{counted} and {total}"


def _alert(entry: _Entry, tier: Tier, faster: Sequence[Tier]) -> Alert:
    data = entry.data
    own = tuple(Inhibition(entry.alert(other), ("slo", *entry.labels)) for other in faster)
    priority = data["do"]["priority"] if tier.urgency == _PAGE else data["do"]["ticket_priority"]
    return Alert(
        name=entry.alert(tier),
        domain=data["domain"],
        owner=data["owner"],
        kind="burn-rate",
        summary=data["summary"].strip(),
        description=_description(entry, tier),
        condition=_condition(entry, tier),
        action=action_of({**data["do"], "priority": priority}),
        outcome=outcome_of(data["so_that"]),
        inhibitions=(*own, *map(inhibition_of, data.get("inhibited_by", ()))),
        examples=tuple(_examples(entry, tier)),
        position=entry.document.position(entry.path("name")),
        board=data.get("board", ""),
        labels=MappingProxyType({"slo": entry.slug, "tier": tier.name}),
        covers=tuple(data.get("covers", ())),
        made_for=entry.name,
    )


def _description(entry: _Entry, tier: Tier) -> str:
    where = "".join(f" {label} {{{{ $labels.{label} }}}}:" for label in entry.labels)
    over = format_duration(tier.long)
    return (
        f"{entry.data['condition'].strip()}.{where} {{{{ $value | humanizePercentage }}}} were not "
        f"good over {over}; the objective of {_percent(entry.objective)} allows "
        f"{_percent(entry.budget)}."
    )


def _condition(entry: _Entry, tier: Tier) -> Condition:
    limit, rate = entry.limit(tier), entry.limit(tier) / entry.budget
    text = f"> {_percent(limit)}"
    query = _query(entry, tier, limit)
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
        for_seconds=parse_duration(entry.data.get("for", "0s")),
        keep_firing_seconds=0.0,
        position=entry.document.position(entry.path("total")),
        figure=query,
    )


def _query(entry: _Entry, tier: Tier, limit: float) -> str:
    long, short = (
        entry.record(f"error_ratio_{format_duration(window)}") for window in (tier.long, tier.short)
    )
    query = f"{long} and {short} > {format_number(limit)}"
    if "minimum" in entry.data:
        traffic = f"avg_over_time({entry.record('total')}[{format_duration(tier.long)}])"
        query += f" and {traffic} >= {format_number(_per_second(entry.data['minimum']))}"
    return query


def _per_second(rate: str) -> float:
    """Return a rate such as ``10/m`` in events a second."""
    number, _, per = rate.partition("/")
    return float(f"{float(number) / _PER[per]:.6g}")


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"


def _companions(entry: _Entry, alerts: Sequence[Alert]) -> Iterator[Alert]:
    """Yield the alert for the absence of the events, of the urgency of the fastest tier."""
    wanted = entry.data.get("absent")
    if wanted is None or not alerts:
        return
    query = entry.query("total")
    whole = replace(alerts[0], name=entry.name, labels=MappingProxyType({}), inhibitions=())
    yield companion_of(whole, absence_of(wanted, query))


def _examples(entry: _Entry, tier: Tier) -> Iterator[Example]:
    """Yield the entry's own examples as they are for one tier: its ``fires`` name tiers."""
    for example in map(example_of, entry.data.get("examples", ())):
        fires = tuple(
            MappingProxyType({name: value for name, value in labels.items() if name != "tier"})
            for labels in example.fires
            if labels.get("tier") == tier.name
        )
        yield replace(example, fires=fires)
