"""What changes for rules and boards when one contract takes the place of another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence

_STEADINESS = (Presence.EVENT, Presence.FEATURE, Presence.ALWAYS)


@dataclass(frozen=True, slots=True)
class Difference:
    """One change.

    Attributes:
        family: Name of the family; empty for what concerns all.
        breaking: Whether a sound rule or board can go blind or wrong by it.
    """

    family: str
    message: str
    breaking: bool


def differences(old: Contract, new: Contract) -> list[Difference]:
    """Return every change from one contract to another, by family."""
    before, after = _by_name(old), _by_name(new)
    found = list(_of_target_labels(old, new))
    for name in sorted({*before, *after}):
        found += _of_family(name, before.get(name), after.get(name))
    return found


def _by_name(contract: Contract) -> Mapping[str, MetricFamily]:
    return {f.name: f for declared in contract.families for f in declared.with_aliases}


def _of_target_labels(old: Contract, new: Contract) -> Iterator[Difference]:
    for name in sorted({*old.target_labels} - {*new.target_labels}):
        yield Difference("", f"the target label {name} has vanished", breaking=True)
    for name in sorted({*new.target_labels} - {*old.target_labels}):
        yield Difference("", f"the target label {name} is new", breaking=False)


def _of_family(
    name: str, old: MetricFamily | None, new: MetricFamily | None
) -> Iterator[Difference]:
    if old is None:
        yield Difference(name, "is new", breaking=False)
    elif new is None:
        yield Difference(name, "has vanished", breaking=True)
    else:
        yield from _of_type(old, new)
        yield from _of_unit(old, new)
        yield from _of_presence(old, new)
        yield from _of_labels(old, new)


def _of_type(old: MetricFamily, new: MetricFamily) -> Iterator[Difference]:
    if old.type is not new.type:
        same = {old.type, new.type} == {MetricType.GAUGE, MetricType.INFO}
        yield Difference(old.name, f"was a {old.type}, is a {new.type}", breaking=not same)


def _of_unit(old: MetricFamily, new: MetricFamily) -> Iterator[Difference]:
    if old.unit == new.unit:
        return
    both_known = old.unit is not None and new.unit is not None
    words = [_unit_words(unit) for unit in (old.unit, new.unit)]
    yield Difference(old.name, f"unit: was {words[0]}, is {words[1]}", breaking=both_known)


def _unit_words(unit: str | None) -> str:
    return "unknown" if unit is None else unit or "a plain number"


def _of_presence(old: MetricFamily, new: MetricFamily) -> Iterator[Difference]:
    if old.presence is not new.presence:
        breaking = _STEADINESS.index(new.presence) < _STEADINESS.index(old.presence)
        message = f"presence: was {old.presence}, is {new.presence}"
        yield Difference(old.name, message, breaking=breaking)


def _of_labels(old: MetricFamily, new: MetricFamily) -> Iterator[Difference]:
    before, after = _labels(old.labels), _labels(new.labels)
    for name in sorted({*before, *after}):
        if name not in after:
            breaking = not new.open_labels
            yield Difference(old.name, f"the label {name} has vanished", breaking=breaking)
        elif name not in before:
            yield Difference(old.name, f"the label {name} is new", breaking=False)
        else:
            for message, breaking in _of_label(before[name], after[name]):
                yield Difference(old.name, f"label {name}: {message}", breaking=breaking)


def _labels(labels: Iterable[Label]) -> Mapping[str, Label]:
    return {label.name: label for label in labels}


def _of_label(old: Label, new: Label) -> Iterator[tuple[str, bool]]:
    if new.optional != old.optional:
        message = "may be missing now" if new.optional else "is always there now"
        yield message, new.optional
    if old.values and new.values:
        for value in sorted({*old.values} - {*new.values}):
            yield f"the value {value} has vanished", True
        for value in sorted({*new.values} - {*old.values}):
            yield f"the value {value} is new", False
    elif old.values or new.values:
        yield ("its values are listed now" if new.values else "its values are open now"), False
