"""Rules held against rules: what an alert's reader would call a change."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.live.change import Change, How, Part
from sothat.live.planning.amounts import amount, arrow
from sothat.live.planning.expressions import canonical, compares_with, numbers_apart
from sothat.live.state import Group, Labels, Rule, rules_of
from sothat.model.duration import format_duration

_Key = tuple[bool, str]


def rule_changes(old: Sequence[Group], new: Sequence[Group]) -> Iterator[Change]:
    """Yield what becomes of each rule and group.

    Formatting, order, and labels that the server adds to all of its rules are no change.

    Args:
        old: What is there, only what is ours.
        new: What is wanted.
    """
    before, after = _by_name(rules_of(old)), _by_name(rules_of(new))
    added_by_server = server_labels(tuple(rules_of(old)), tuple(rules_of(new)))
    for key in sorted({*before, *after}, key=lambda key: (not key[0], key[1])):
        yield from _of_name(before.get(key, []), after.get(key, []), added_by_server)
    yield from _intervals(old, new)


def server_labels(old: Sequence[Rule], new: Sequence[Rule]) -> Labels:
    """Return the labels that every rule of a server has and no rule is meant to have."""
    if len(old) < 2:  # noqa: PLR2004 – of one rule nobody can tell
        return {}
    common = set(old[0].labels.items()).intersection(*(rule.labels.items() for rule in old))
    meant = {name for rule in new for name in rule.labels}
    return {name: value for name, value in common if name not in meant}


def _by_name(rules: Iterable[Rule]) -> Mapping[_Key, list[Rule]]:
    found: dict[_Key, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.alert, rule.name].append(rule)
    return found


def _of_name(old: list[Rule], new: list[Rule], ignored: Labels) -> Iterator[Change]:
    """Yield the changes of the rules of one name: equal ones are paired first."""
    lone, waiting = [], list(old)
    for rule in new:
        same = next((other for other in waiting if not tuple(_details(other, rule, ignored))), None)
        if same is None:
            lone.append(rule)
        else:
            waiting.remove(same)
    paired = min(len(waiting), len(lone))
    for one, other in zip(waiting, lone, strict=False):
        details = tuple(_details(one, other, ignored))
        yield Change(Part.RULES, How.CHANGED, _kind(other), other.name, details, _headline(details))
    yield from (_whole(How.REMOVED, rule) for rule in waiting[paired:])
    yield from (_whole(How.ADDED, rule) for rule in lone[paired:])


def _whole(how: How, rule: Rule) -> Change:
    return Change(Part.RULES, how, _kind(rule), rule.name, tuple(_described(rule)))


def _kind(rule: Rule) -> str:
    return "alert" if rule.alert else "recording"


def _described(rule: Rule) -> Iterator[str]:
    """Yield what a rule is like, for one that comes or goes."""
    labels = rule.labels
    if rule.alert and "priority" in labels:
        yield f"{labels['priority']} for {labels.get('team', 'nobody in particular')}"
    if rule.annotations.get("if"):
        yield f"if: {rule.annotations['if']}"
    yield f"expression: {canonical(rule.expr)}"


def _headline(details: Sequence[str]) -> str:
    return next((text for text in details if text.startswith("threshold ")), "")


def _details(old: Rule, new: Rule, ignored: Labels) -> Iterator[str]:
    yield from _expression(old, new)
    if old.hold != new.hold:
        yield f"for {arrow(format_duration(old.hold), format_duration(new.hold))}"
    if old.keep != new.keep:
        yield f"keep_firing_for {arrow(format_duration(old.keep), format_duration(new.keep))}"
    without = {name: value for name, value in old.labels.items() if name not in ignored}
    yield from _texts("", without, new.labels)
    yield from _texts("text ", old.annotations, new.annotations)
    if old.group != new.group:
        yield f"group {arrow(old.group, new.group)}"


def _expression(old: Rule, new: Rule) -> Iterator[str]:
    before, after = canonical(old.expr), canonical(new.expr)
    if before == after:
        return
    apart = numbers_apart(old.expr, new.expr)
    if apart and len(apart) == 1:
        yield _number(old, new, *apart[0])
    else:
        yield f"expression {arrow(before, after)}"


def _number(old: Rule, new: Rule, was: float, will: float) -> str:
    """Return what becomes of the one number that differs: the threshold, or another."""
    if new.alert and compares_with(new.expr, will):
        unit = new.unit or old.unit
        return f"threshold {arrow(amount(was, unit), amount(will, unit))}"
    return f"a number in the expression {arrow(amount(was, ''), amount(will, ''))}"


def _texts(what: str, old: Labels, new: Labels) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name, "").rstrip() != new.get(name, "").rstrip():
            yield f"{what}{name}: {arrow(old.get(name, ''), new.get(name, ''))}"


def _intervals(old: Sequence[Group], new: Sequence[Group]) -> Iterator[Change]:
    """Yield groups of another interval; where none is wanted the server's own will do."""
    before = {group.name: group.interval for group in old}
    for group in new:
        was = before.get(group.name)
        if group.interval is not None and was is not None and was != group.interval:
            detail = f"interval {arrow(format_duration(was), format_duration(group.interval))}"
            yield Change(Part.RULES, How.CHANGED, "group", group.name, (detail,))
