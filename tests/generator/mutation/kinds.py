"""The kinds of mutation: each yields the rules that one small slip would have left."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import promql_parser as pp
from sothat.generator.foreign.rules import ForeignRule
from sothat.generator.promql import walk
from sothat.generator.typecheck import Unit, infer
from sothat.generator.typecheck.templates import humanised, labels_read
from sothat.model.metric import MetricType, Presence

from .sites import Call, NameList, Token
from .subject import Case

Kind = Callable[[Case], Iterator[ForeignRule]]

_RATES = frozenset(("rate", "irate", "increase"))
_TWO_SAMPLES = _RATES | {"delta", "idelta", "deriv", "predict_linear", "changes", "resets"}
_AGGREGATIONS = frozenset(("sum", "avg", "min", "max", "count"))
_HUMANISED = ("humanizePercentage", "humanizeDuration", "humanize1024")


def typo(name: str) -> str:
    """Return a name with two neighbouring letters exchanged, near its end."""
    for at in range(len(name) - 2, 0, -1):
        if name[at] != name[at + 1] and name[at : at + 2].isalpha():
            return f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
    return f"{name}s"


def _without(names: NameList, lost: Token, text: str) -> str:
    kept = ", ".join(name.text for name in names.names if name is not lost)
    return f"{text[: names.word.offset]}{names.word.text} ({kept}){text[names.end :]}"


# --- names -------------------------------------------------------------------------------------


def metric_typo(case: Case) -> Iterator[ForeignRule]:
    """Two letters of a metric's name exchanged."""
    for metric in case.sites.metrics:
        if not case.exists(typo(metric.text)):
            yield case.with_expr(case.sites.renamed(metric, typo(metric.text)))


def metric_suffix(case: Case) -> Iterator[ForeignRule]:
    """A metric's last word forgotten, as of the release before it was renamed."""
    for metric in case.sites.metrics:
        shorter = metric.text.rpartition("_")[0]
        if "_" in shorter and not case.exists(shorter):
            yield case.with_expr(case.sites.renamed(metric, shorter))


def matcher_label(case: Case) -> Iterator[ForeignRule]:
    """A matcher's label misspelt."""
    for matcher in case.sites.matchers:
        yield case.with_expr(case.sites.renamed(matcher.name, typo(matcher.name.text)))


def matcher_value(case: Case) -> Iterator[ForeignRule]:
    """A matcher's value misspelt, where the contract knows all values of the label."""
    for matcher in case.sites.matchers:
        value = matcher.value.text[1:-1]
        if matcher.sign.text != "=" or not value:
            continue
        declared = _declared_values(case, matcher.name)
        if declared and typo(value) not in declared:
            yield case.with_expr(case.sites.renamed(matcher.value, f'"{typo(value)}"'))


def _declared_values(case: Case, label: Token) -> frozenset[str]:
    before = [metric for metric in case.sites.metrics if metric.offset < label.offset]
    series = case.series.get(before[-1].text) if before else None
    values = {n.name: n.values for n in series.family.labels} if series else {}
    return frozenset(values.get(label.text, ()))


# --- types -------------------------------------------------------------------------------------


def _rated(case: Case) -> Iterator[tuple[Call, Token, int]]:
    """Yield the calls of rate() and its kin on a plain selector: call, metric, selector's end."""
    for call in case.sites.calls:
        inside = [m for m in case.sites.metrics if call.open < m.offset < call.close]
        if call.name.text in _RATES and len(inside) == 1:
            end = case.sites.selector_end(inside[0])
            if case.sites.range_after(end):
                yield call, inside[0], end


def counter_without_rate(case: Case) -> Iterator[ForeignRule]:
    """An alert compares a counter's total: its rate() was forgotten."""
    if not case.rule.alert:
        return
    for call, metric, end in _rated(case):
        selector = case.rule.expr[metric.offset : end]
        yield case.with_expr(case.sites.replaced(call.name.offset, call.close + 1, selector))


def rate_of_gauge(case: Case) -> Iterator[ForeignRule]:
    """rate() where the metric is a gauge."""
    for metric in case.sites.metrics:
        if case.type_of(metric.text) is not MetricType.GAUGE:
            continue
        end = case.sites.selector_end(metric)
        window = case.sites.range_after(end)
        call = case.sites.call_around(metric.offset, frozenset(_OVER_TIME))
        selector = case.rule.expr[metric.offset : end]
        if window is None and not re.match(r"\s*offset|\s*@", case.rule.expr[end:]):
            text = f"rate({selector}[5m])"
            yield case.with_expr(case.sites.replaced(metric.offset, end, text))
        elif window and call:
            yield case.with_expr(case.sites.renamed(call.name, "rate"))


_OVER_TIME = (
    "avg_over_time", "max_over_time", "min_over_time", "last_over_time", "delta", "deriv",
)  # fmt: skip


def _renamed_rates(function: str) -> Kind:
    def kind(case: Case) -> Iterator[ForeignRule]:
        for call, metric, _ in _rated(case):
            if case.type_of(metric.text) is MetricType.COUNTER:
                yield case.with_expr(case.sites.renamed(call.name, function))

    return kind


def sum_before_rate(case: Case) -> Iterator[ForeignRule]:
    """The sum taken before the rate, with a subquery to make it valid."""
    for call, metric, end in _rated(case):
        if case.type_of(metric.text) is not MetricType.COUNTER:
            continue
        window = case.sites.range_after(end)
        assert window is not None
        selector = case.rule.expr[metric.offset : end]
        text = f"{call.name.text}(sum by (instance, job) ({selector}){window.text[:-1]}:])"
        outer = case.sites.call_around(call.name.offset, _AGGREGATIONS)
        if outer and outer.name.text == "sum":
            head = case.rule.expr[outer.name.offset : outer.open]
            text = f"{call.name.text}({head}({selector}){window.text[:-1]}:])"
            if _alone(case, outer, call):
                yield case.with_expr(case.sites.replaced(outer.name.offset, outer.close + 1, text))


def _alone(case: Case, outer: Call, inner: Call) -> bool:
    between = case.rule.expr[outer.open + 1 : inner.name.offset]
    behind = case.rule.expr[inner.close + 1 : outer.close]
    return not between.strip() and not behind.strip()


def averaged_ratios(case: Case) -> Iterator[ForeignRule]:
    """``sum(a) / sum(b)`` turned into the average of the single ratios."""
    shape = re.compile(r"\s*/\s*")
    for left in case.sites.calls:
        rest = shape.match(case.rule.expr, left.close + 1)
        right = rest and next((c for c in case.sites.calls if c.name.offset == rest.end()), None)
        if not right or {left.name.text, right.name.text} != {"sum"}:
            continue
        heads = [case.rule.expr[c.name.offset + 3 : c.open].strip() for c in (left, right)]
        parts = [case.rule.expr[c.open + 1 : c.close] for c in (left, right)]
        if heads[0] == heads[1]:
            text = f"avg {heads[0]} (({parts[0]}) / ({parts[1]}))"
            yield case.with_expr(case.sites.replaced(left.name.offset, right.close + 1, text))


def quantile_of_count(case: Case) -> Iterator[ForeignRule]:
    """histogram_quantile() of a histogram's count or sum."""
    for metric in case.sites.metrics:
        inside = case.sites.call_around(metric.offset, frozenset(("histogram_quantile",)))
        if inside and metric.text.endswith("_bucket"):
            for part in ("_count", "_sum"):
                name = metric.text.removesuffix("_bucket") + part
                yield case.with_expr(case.sites.renamed(metric, name))


def quantile_without_le(case: Case) -> Iterator[ForeignRule]:
    """The label ``le`` lost on the way to histogram_quantile()."""
    for names in case.sites.each_list("by"):
        for name in names.names:
            if name.text == "le":
                yield case.with_expr(_without(names, name, case.rule.expr))


# --- labels ------------------------------------------------------------------------------------


def grouping_label(case: Case) -> Iterator[ForeignRule]:
    """A label of by() or without() misspelt."""
    for names in case.sites.each_list("by", "without"):
        for name in names.names:
            yield case.with_expr(case.sites.renamed(name, typo(name.text)))


def matching_label(case: Case) -> Iterator[ForeignRule]:
    """A label of on(), ignoring() or group_left() misspelt."""
    for names in case.sites.each_list("on", "ignoring", "group_left", "group_right"):
        for name in names.names:
            yield case.with_expr(case.sites.renamed(name, typo(name.text)))


def label_aggregated_away(case: Case) -> Iterator[ForeignRule]:
    """A label that a text or a matching reads no longer in by() or group_left()."""
    for names in case.sites.each_list("by", "group_left"):
        needed = _matched(case, names) | case.read
        for name in names.names if _merges(case, names) else ():
            if name.text in needed and name.text != "le":
                changed = case.with_expr(_without(names, name, case.rule.expr))
                if name.text in _matched(case, names) or not _leaves(case, changed, name.text):
                    yield changed


def _merges(case: Case, names: NameList) -> bool:
    """Return whether a list says which labels are left; topk's groups leave all of them."""
    before = [t for t in case.sites.tokens if t.offset < names.word.offset]
    return not before or before[-1].text not in ("topk", "bottomk")


def _matched(case: Case, names: NameList) -> frozenset[str]:
    """Return the labels that the matching directly outside of an aggregation reads."""
    call = next((c for c in case.sites.calls if c.name.offset < names.word.offset < c.open), None)
    found = [
        on
        for on in case.sites.each_list("on")
        if call and not call.open < on.word.offset < call.close and _beside(case, call, on)
    ]
    return frozenset(name.text for on in found for name in on.names)


def _beside(case: Case, call: Call, on: NameList) -> bool:
    """Return whether an aggregation is itself an operand of the operator that a list belongs to."""
    before = case.rule.expr[call.close + 1 : on.word.offset].strip()
    operator = before in ("and", "or", "unless", *"+-*/", "==", "!=", ">", "<", ">=", "<=")
    group = next((g for g in case.sites.lists if g.word.offset >= on.end), None)
    end = group.end if group and group.kind.startswith("group") else on.end
    behind = case.rule.expr[min(end, call.name.offset) : call.name.offset].strip()
    return operator or (end <= call.name.offset and not behind)


def _leaves(case: Case, changed: ForeignRule, label: str) -> bool:
    """Return whether a label reaches the texts by another way: nothing is lost then."""
    possible = infer(changed.expr, case.world).type.labels.possible
    return possible is not None and label in possible


def everything_summed(case: Case) -> Iterator[ForeignRule]:
    """The whole left side summed up, although a text reads a label."""
    comparison = _last_comparison(case)
    if case.rule.alert and comparison and case.read:
        left = case.rule.expr[: comparison.offset].rstrip()
        if left.count("(") == left.count(")"):
            yield case.with_expr(f"sum({left}) {case.rule.expr[comparison.offset :]}")


def template_label(case: Case) -> Iterator[ForeignRule]:
    """A label misspelt in an annotation."""
    for field, text in case.rule.annotations.items():
        for read in labels_read(text):
            at = text.index(read.name, read.offset)
            changed = text[:at] + typo(read.name) + text[at + len(read.name) :]
            yield _annotated(case, field, changed)


def value_as_label(case: Case) -> Iterator[ForeignRule]:
    """The value put into a label: each new value is a new alert."""
    if case.rule.alert:
        labels = MappingProxyType({**case.rule.labels, "current": "{{ $value }}"})
        yield replace(case.rule, labels=labels)


def _annotated(case: Case, field: str, text: str) -> ForeignRule:
    return replace(case.rule, annotations=MappingProxyType({**case.rule.annotations, field: text}))


# --- matching ----------------------------------------------------------------------------------


def group_left_removed(case: Case) -> Iterator[ForeignRule]:
    """group_left() or group_right() forgotten: many elements meet many."""
    for names in case.sites.each_list("group_left", "group_right"):
        yield case.with_expr(case.sites.replaced(names.word.offset, names.end, ""))


def matching_removed(case: Case) -> Iterator[ForeignRule]:
    """on() or ignoring() forgotten, with what hangs on it."""
    for names in case.sites.each_list("on", "ignoring"):
        group = next((g for g in case.sites.lists if g.kind.startswith("group")
                      and not case.rule.expr[names.end : g.word.offset].strip()), None)  # fmt: skip
        end = group.end if group and group.word.offset >= names.end else names.end
        changed = case.with_expr(case.sites.replaced(names.word.offset, end, ""))
        if not _sides_alike(case):
            yield changed


def _sides_alike(case: Case) -> bool:
    """Return whether both sides of each matching carry the same labels: on() says nothing then."""
    return all(
        _possible(case, node.lhs) == _possible(case, node.rhs)
        for node in walk(pp.parse(case.rule.expr))
        if isinstance(node, pp.BinaryExpr)
        and node.modifier is not None
        and node.modifier.matching is not None
    )


def _possible(case: Case, node: Any) -> frozenset[str] | None:
    return infer(node.prettify(), case.world).type.labels.possible


def other_value_on_one_side(case: Case) -> Iterator[ForeignRule]:
    """One of two equal matchers changed to another declared value: the sides never meet."""
    by_name: dict[tuple[str, str], list[Token]] = {}
    for matcher in case.sites.matchers:
        if matcher.sign.text == "=":
            by_name.setdefault((matcher.name.text, matcher.value.text), []).append(matcher.value)
    plain = not case.sites.lists and not case.sites.calls
    for places in by_name.values():
        if len(places) > 1 and plain and " or " not in case.rule.expr:
            yield case.with_expr(case.sites.renamed(places[0], '"another"'))


# --- numbers -----------------------------------------------------------------------------------


def range_too_short(case: Case) -> Iterator[ForeignRule]:
    """A range as long as one scrape."""
    seconds = int(case.world.scrape_interval)
    for call in case.sites.calls:
        window = next((r for r in case.sites.ranges if call.open < r.offset < call.close), None)
        if call.name.text in _TWO_SAMPLES and window and ":" not in window.text:
            yield case.with_expr(case.sites.renamed(window, f"[{seconds}s]"))


def _last_comparison(case: Case) -> Token | None:
    """Return a comparison with a number at the very end of the expression."""
    for token in reversed(case.sites.comparisons):
        behind = case.rule.expr[token.offset + len(token.text) :].strip()
        if re.fullmatch(r"-?[\d.eE+]+", behind):
            return token
    return None


def comparison_dropped(case: Case) -> Iterator[ForeignRule]:
    """An alert's comparison forgotten."""
    comparison = _last_comparison(case)
    if case.rule.alert and comparison and not _only_events(case):
        left = case.rule.expr[: comparison.offset].rstrip()
        if left.count("(") == left.count(")"):
            yield case.with_expr(left)


def _only_events(case: Case) -> bool:
    """Return whether an alert reads nothing but series that are there only when they are 1."""
    found = [case.series.get(metric.text) for metric in case.sites.metrics]
    return all(series and series.family.presence is Presence.EVENT for series in found)


def other_dimension(case: Case) -> Iterator[ForeignRule]:
    """An operand of + - or of a comparison of two vectors replaced by one of another unit."""
    for metric in case.sites.metrics:
        other = _of_other_dimension(case, metric.text)
        if not other:
            continue
        end = case.sites.selector_end(metric)
        before = case.rule.expr[: metric.offset].rstrip()
        behind = case.rule.expr[end:].lstrip()
        left_of = re.match(r"([-+]|[<>=!]=|[<>])\s*(?=[a-z(])(?!\()", behind)
        right_of = re.search(r"[a-z})\]]\s*([-+]|[<>=!]=|[<>])$", before)
        if (left_of or right_of) and "time()" not in case.rule.expr:
            yield case.with_expr(case.sites.replaced(metric.offset, end, other))


def _of_other_dimension(case: Case, metric: str) -> str:
    series = case.series.get(metric)
    if series is None or series.family.unit is None:
        return ""
    unit = Unit.of(series.family.unit)
    alike = (
        other
        for name, other in case.series.items()
        if other.family.labels == series.family.labels
        and other.family.type is series.family.type
        and other.family.unit is not None
        and name == other.family.name
        and not unit.same_dimension(Unit.of(other.family.unit))
    )
    return next((other.name for other in alike), "")


def other_humanise(case: Case) -> Iterator[ForeignRule]:
    """A function for people that fits another unit."""
    for field, text in case.rule.annotations.items():
        for use in humanised(text):
            others = [name for name in _HUMANISED if name != use.function]
            for other in others if use.function in _HUMANISED else ():
                end = use.offset + len(use.function)
                yield _annotated(case, field, text[: use.offset] + other + text[end:])


def impossible_threshold(case: Case) -> Iterator[ForeignRule]:
    """A yes-or-no compared with 2."""
    comparison = _last_comparison(case)
    if not (case.rule.alert and comparison):
        return
    left = case.rule.expr[: comparison.offset].rstrip()
    if comparison.text == "==" and left.count("(") == left.count(")"):
        kind = infer(left, case.world).type
        if kind.unit == Unit.of("boolean"):
            yield case.with_expr(f"{left} == 2")


def percent_for_ratio(case: Case) -> Iterator[ForeignRule]:
    """A ratio's threshold written as a percentage: 0.85 became 85.

    A catalogue says the unit of its thresholds: what happens to those is another test's.
    """
    comparison = _last_comparison(case)
    if case.compiled or not (case.rule.alert and comparison):
        return
    left = case.rule.expr[: comparison.offset].rstrip()
    number = float(case.rule.expr[comparison.offset + len(comparison.text) :])
    if "humanizePercentage" in " ".join(case.rule.annotations.values()) and 0 < number < 1:
        yield case.with_expr(f"{left} {comparison.text} {number * 100:g}")


# --- alerts ------------------------------------------------------------------------------------


def absent_without_labels(case: Case) -> Iterator[ForeignRule]:
    """absent() that names nothing to identify what is missing."""
    for call in case.sites.calls:
        if not call.name.text.startswith("absent"):
            continue
        opening = case.rule.expr.find("{", call.open, call.close)
        if opening > 0:
            end = case.sites.closing(opening) + 1
            yield case.with_expr(case.sites.replaced(opening, end, ""))


def topk_in_alert(case: Case) -> Iterator[ForeignRule]:
    """Only the five highest: the alert flaps whenever their order changes."""
    comparison = _last_comparison(case)
    if case.rule.alert and comparison:
        left = case.rule.expr[: comparison.offset].rstrip()
        if left.count("(") == left.count(")"):
            yield case.with_expr(f"topk(5, {left}) {case.rule.expr[comparison.offset :]}")


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "metric misspelt": metric_typo,
        "metric's last word lost": metric_suffix,
        "label misspelt in a matcher": matcher_label,
        "value misspelt in a matcher": matcher_value,
        "counter compared without its rate": counter_without_rate,
        "rate() of a gauge": rate_of_gauge,
        "deriv() of a counter": _renamed_rates("deriv"),
        "delta() of a counter": _renamed_rates("delta"),
        "sum before rate": sum_before_rate,
        "average of ratios": averaged_ratios,
        "quantile of a count or sum": quantile_of_count,
        "quantile without le": quantile_without_le,
        "label misspelt in by() or without()": grouping_label,
        "label misspelt in on(), ignoring() or group_left()": matching_label,
        "label that is read aggregated away": label_aggregated_away,
        "all labels summed away": everything_summed,
        "label misspelt in a template": template_label,
        "value as a label": value_as_label,
        "group_left removed": group_left_removed,
        "on() or ignoring() removed": matching_removed,
        "sides select different values": other_value_on_one_side,
        "range of one scrape": range_too_short,
        "comparison dropped": comparison_dropped,
        "operand of another dimension": other_dimension,
        "humanise function for another unit": other_humanise,
        "yes-or-no compared with 2": impossible_threshold,
        "percentage where a ratio stands": percent_for_ratio,
        "absent() without labels": absent_without_labels,
        "topk() in an alert": topk_in_alert,
    }
)
