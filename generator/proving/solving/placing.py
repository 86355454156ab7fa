"""From what selectors should see to series with labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sothat.generator.proving.evaluation.selecting import Matcher
from sothat.generator.proving.evaluation.series import NAME, Labels, Unknown, labels_of
from sothat.generator.proving.solving.samples import candidates, fulfils
from sothat.generator.proving.solving.signals import (
    AnyValue,
    Gone,
    Level,
    Plan,
    Signal,
    Slope,
    Wish,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A series that a plan needs.

    Attributes:
        now: What it does.
        past: What it did before, as far as offsets look back.
        conditions: What its selector demands of its labels.
    """

    labels: Labels
    now: Signal
    past: Signal
    conditions: tuple[Matcher, ...]


@dataclass(frozen=True)
class Naming:
    """Gives labels to series.

    Attributes:
        declared: Labels of a metric by its name, as far as contracts tell.
        mentioned: Labels that the expression speaks of, for metrics without a contract.
    """

    declared: Mapping[str, frozenset[str]]
    mentioned: frozenset[str]

    def placed(self, plan: Plan) -> tuple[Placed, ...]:
        """Return the series of a plan, those that must not be there left out.

        Raises:
            Unknown: No labels fulfil the conditions, or two selectors want different things of
                one series.
        """
        made: list[Placed] = []
        shared = self._shared(plan)
        for group in _by_series(plan):
            made += self._of(group, made, shared)
        return tuple(made)

    def _shared(self, plan: Plan) -> Mapping[str, str]:
        """Return a value for each label that all series have, where one will do for all."""
        conditions: dict[str, list[Matcher]] = {}
        for wish in plan:
            for matcher in (*wish.selector.matchers, *wish.inherited):
                conditions.setdefault(matcher.label, []).append(matcher)
        chosen = {}
        for label, demands in conditions.items():
            value = next((v for v in candidates(label, demands) if fulfils(v, demands)), None)
            if value:
                chosen[label] = value
        return chosen

    def _of(
        self, group: Sequence[Wish], made: Sequence[Placed], shared: Mapping[str, str]
    ) -> Iterator[Placed]:
        """Yield the series that a selector lacks beside those that it sees already."""
        ordered = sorted(group, key=lambda wish: wish.lag)
        now, past = ordered[0], ordered[-1]
        conditions = _conditions(ordered)
        seen = [one for one in made if _sees(now, one)]
        if isinstance(now.signal, Gone):
            if seen:
                raise Unknown("a series must be there and must not")
            return
        rest, before = (_rest(wish.signal, seen) for wish in (now, past))
        if rest is None or before is None:
            return
        avoided = [one.conditions for one in seen]
        labels = self._labels(now.selector.metric, conditions, avoided, shared)
        yield Placed(labels, rest, before, conditions)

    def _labels(
        self,
        metric: str,
        conditions: Sequence[Matcher],
        avoided: Sequence[Sequence[Matcher]],
        shared: Mapping[str, str],
    ) -> Labels:
        names = self.declared.get(metric, self.mentioned)
        demanded = {c.label for c in conditions}
        chosen = {NAME: metric}
        for name in sorted({*names, *demanded}):
            demands = [c for c in conditions if c.label == name]
            options = (shared.get(name, ""), *candidates(name, demands))
            value = next((v for v in options if v and fulfils(v, demands)), "")
            if not value and not fulfils("", demands):
                raise Unknown(f"no value for the label {name}")
            chosen[name] = value
        for others in avoided:
            _step_aside(chosen, conditions, others)
        return labels_of(chosen)


def _by_series(plan: Plan) -> list[list[Wish]]:
    """Return the wishes for each selector together, the most demanding selectors first."""
    groups: dict[tuple[str, tuple[Matcher, ...]], list[Wish]] = {}
    for wish in plan:
        groups.setdefault((wish.selector.metric, wish.selector.matchers), []).append(wish)
    return sorted(groups.values(), key=lambda group: -len(group[0].selector.matchers))


def _conditions(group: Iterable[Wish]) -> tuple[Matcher, ...]:
    found = (m for wish in group for m in (*wish.selector.matchers, *wish.inherited))
    return tuple(dict.fromkeys(found))


def _sees(wish: Wish, series: Placed) -> bool:
    labels = dict(series.labels)
    return labels[NAME] == wish.selector.metric and all(
        matcher.test()(labels.get(matcher.label, "")) for matcher in wish.selector.matchers
    )


def _rest(signal: Signal, seen: Sequence[Placed]) -> Signal | None:
    """Return what is missing to a sum; None where nothing is."""
    if not seen:
        return signal
    if isinstance(signal, AnyValue):
        return None
    kind = type(signal)
    if not isinstance(signal, Level | Slope) or any(type(one.now) is not kind for one in seen):
        raise Unknown("two selectors want different things of one series")
    rest = _amount(signal) - sum(_amount(one.now) for one in seen)
    if not rest:
        return None
    return Level(rest) if isinstance(signal, Level) else Slope(rest)


def _amount(signal: Signal) -> Fraction:
    match signal:
        case Level(value) | Slope(value):
            return value
    raise Unknown("no amount")


def _step_aside(
    chosen: dict[str, str], conditions: Sequence[Matcher], others: Sequence[Matcher]
) -> None:
    """Change a label so that another, narrower selector does not see the series.

    Raises:
        Unknown: No label can.
    """
    for other in others:
        demands = [c for c in conditions if c.label == other.label]
        if other in demands:
            continue
        for value in (*_otherwise(other), *candidates(other.label, demands)):
            if value and fulfils(value, demands) and not other.test()(value):
                chosen[other.label] = value
                return
        if not other.test()("") and fulfils("", demands):
            chosen[other.label] = ""
            return
    raise Unknown("two selectors see the same series")


def _otherwise(matcher: Matcher) -> tuple[str, ...]:
    if matcher.sign in ("!=", "!~"):
        return tuple(candidates(matcher.label, [Matcher(matcher.label, "=~", matcher.value)]))
    return ("200", "another")


def decoys(series: Placed) -> Iterator[tuple[Matcher, Labels]]:
    """Yield labels that differ in one label only, so that just one condition refuses them."""
    labels = dict(series.labels)
    for matcher in series.conditions:
        others = [c for c in series.conditions if c is not matcher]
        for value in (*_otherwise(matcher), *candidates(matcher.label, others)):
            changed = {**labels, matcher.label: value}
            if not matcher.test()(value) and _all_hold(changed, others):
                yield matcher, labels_of(changed)
                break


def _all_hold(labels: Mapping[str, str], conditions: Iterable[Matcher]) -> bool:
    return all(condition.test()(labels.get(condition.label, "")) for condition in conditions)
