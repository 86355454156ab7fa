"""Vector matching: which labels are left, and sides that can never meet."""

from typing import Any

import promql_parser as pp
from sothat.generator.typecheck.types import NONE, Labels, Shape, Type
from sothat.generator.typecheck.world import Walk


def is_vector(value: Type) -> bool:
    """Return whether a type is an instant vector."""
    return value.shape is Shape.VECTOR


def check_names(walk: Walk, modifier: Any, left: Type, right: Type | None, offset: int) -> None:
    """Report labels of ``on`` that one side can never have, of ``ignoring`` that neither can."""
    if modifier is None or modifier.matching is None:
        return
    if modifier.matching.type != pp.LabelModifierType.Include:
        if right is not None:
            _check_ignored(walk, modifier, left, right, offset)
        return
    side = left if right is None else right
    word = "left" if right is None else "right"
    if not is_vector(side):
        return
    for name in modifier.matching.labels:
        if not side.labels.can_have(str(name)):
            place = walk.locator.peek(str(name), offset)
            message = f"on ({name}): the {word} side has no label {name}"
            walk.report("unknown-matching-label", message, place)


def _check_ignored(walk: Walk, modifier: Any, left: Type, right: Type, offset: int) -> None:
    """Report labels of ``ignoring`` that neither side can have."""
    for name in map(str, modifier.matching.labels):
        if not left.labels.can_have(name) and not right.labels.can_have(name):
            message = f"ignoring ({name}): neither side has a label {name}"
            place = walk.locator.peek(name, offset)
            walk.report("unknown-matching-label", message, place)


def matched_labels(
    walk: Walk, operator: str, modifier: Any, left: Type, right: Type, offset: int
) -> Labels:
    """Return the labels of a binary expression's elements; report impossible matches."""
    if not is_vector(left) or not is_vector(right):
        return left.labels if is_vector(left) else right.labels if is_vector(right) else NONE
    check_names(walk, modifier, left, right, offset)
    if operator == "or":
        return left.labels.union(right.labels)
    _check_never(walk, modifier, left.labels, right.labels, offset)
    if operator in ("and", "unless"):
        return left.labels
    return _joined(walk, modifier, left.labels, right.labels, offset)


def _on(modifier: Any) -> frozenset[str] | None:
    matching = modifier.matching if modifier is not None else None
    if matching is None or matching.type != pp.LabelModifierType.Include:
        return None
    return frozenset(str(name) for name in matching.labels)


def _ignored(modifier: Any) -> frozenset[str]:
    matching = modifier.matching if modifier is not None else None
    if matching is None or matching.type == pp.LabelModifierType.Include:
        return frozenset()
    return frozenset(str(name) for name in matching.labels)


def _key(modifier: Any, labels: Labels) -> Labels:
    """Return the labels that take part in the matching."""
    on = _on(modifier)
    return labels.only(on) if on is not None else labels.without(_ignored(modifier))


def _check_never(walk: Walk, modifier: Any, left: Labels, right: Labels, offset: int) -> None:
    """Report sides whose keys can never be equal."""
    left_key, right_key = _key(modifier, left), _key(modifier, right)
    for one, other, side in ((left_key, right_key, "right"), (right_key, left_key, "left")):
        for name in sorted(one.certain):
            if not other.can_have(name) and _on(modifier) is None:
                walk.report(
                    "impossible-match",
                    f"the sides never match: the {side} side has no label {name}",
                    offset,
                    f"match with on (…) or ignoring ({name})",
                )
                return
    for name in sorted(left_key.values.keys() & right_key.values.keys()):
        both_there = name in left_key.certain and name in right_key.certain
        if both_there and not left_key.values[name] & right_key.values[name]:
            message = f"the sides never match: no value of {name} is on both"
            walk.report("impossible-match", message, offset, f"use ignoring ({name})")
            return


def _joined(walk: Walk, modifier: Any, left: Labels, right: Labels, offset: int) -> Labels:
    card = modifier.card if modifier is not None else pp.VectorMatchCardinality.OneToOne
    left_free = left.spreading - _key(modifier, left).spreading
    right_free = right.spreading - _key(modifier, right).spreading
    grouped = _grouped(modifier)
    if card == pp.VectorMatchCardinality.ManyToOne:
        _check_one_side(walk, right_free, "right", offset)
        return _with_group_labels(walk, left, right, grouped, offset)
    if card == pp.VectorMatchCardinality.OneToMany:
        _check_one_side(walk, left_free, "left", offset)
        return _with_group_labels(walk, right, left, grouped, offset)
    for free, side in ((left_free, "left"), (right_free, "right")):
        _check_one_side(walk, free, side, offset)
    return _key(modifier, left)


def _grouped(modifier: Any) -> tuple[str, ...]:
    names = modifier.group_labels if modifier is not None else None
    return tuple(str(name) for name in names or ())


def _check_one_side(walk: Walk, free: frozenset[str], side: str, offset: int) -> None:
    if free:
        names = ", ".join(sorted(free))
        walk.report(
            "many-to-many",
            f"many elements of the {side} side share one key: they differ in {names}",
            offset,
            f"match on {names} too, aggregate it away, or name the many side with group_{side}",
        )


def _with_group_labels(
    walk: Walk, many: Labels, one: Labels, names: tuple[str, ...], offset: int
) -> Labels:
    labels = many
    for name in names:
        if not one.can_have(name):
            place = walk.locator.peek(name, offset)
            message = f"group label {name}: the one side has no label {name}"
            walk.report("unknown-matching-label", message, place)
        labels = labels.plus(name, one.values.get(name))
    return labels
