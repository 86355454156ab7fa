"""Fault trees: what is wrong with one, what follows from what is known, the least that suffices.

Pure. An event is basic, or follows from its inputs by a gate; two gates may share an input.
"""

from collections.abc import Iterator, Mapping

from sothat.incidents.reviews.content import FaultNode, FaultTree

# What is shown of the cut sets; a tree of many gates has more than anybody reads.
MOST_CUT_SETS = 32
_MOST_SETS = 2_000
CutSet = frozenset[str]


def problems(tree: FaultTree) -> Iterator[str]:
    """Yield what keeps a tree from being one."""
    nodes = {node.id: node for node in tree.nodes}
    if len(nodes) != len(tree.nodes):
        yield "fault tree: two events have the same id"
        return
    broken = [text for node in tree.nodes for text in _node_problems(node, nodes)]
    yield from broken
    if broken or not nodes:
        return
    if circle := _circle(nodes):
        yield f"fault tree: {circle} follows from itself"
        return
    reached = _below(tree.nodes[0].id, nodes)
    for node in tree.nodes:
        if node.id not in reached:
            yield f"fault tree: the first event does not depend on {node.id}"


def _node_problems(node: FaultNode, nodes: Mapping[str, FaultNode]) -> Iterator[str]:
    place = f"fault tree: {node.id}"
    if node.gate is None and node.inputs:
        yield f"{place} has inputs and no gate: say and, or or"
    if node.gate is not None and not node.inputs:
        yield f"{place} has a gate without inputs"
    if node.gate is not None and node.happened is not None:
        yield f"{place} has a gate: whether it happened follows from its inputs"
    for name in node.inputs:
        if name not in nodes:
            yield f"{place}: there is no event {name}"


def _circle(nodes: Mapping[str, FaultNode]) -> str:
    """Return an event that follows from itself, empty if none does; trees may be deep."""
    waiting = {name: set(node.inputs) for name, node in nodes.items()}
    while ready := [name for name, inputs in waiting.items() if not inputs]:
        for name in ready:
            del waiting[name]
        for inputs in waiting.values():
            inputs.difference_update(ready)
    return next(iter(waiting), "")


def _below(top: str, nodes: Mapping[str, FaultNode]) -> set[str]:
    found, waiting = {top}, [top]
    while waiting:
        fresh = set(nodes[waiting.pop()].inputs) - found
        found |= fresh
        waiting += fresh
    return found


def follows(tree: FaultTree) -> bool | None:
    """Return whether the first event follows from what is known; None: that is open.

    Args:
        tree: One without `problems`.
    """
    known: dict[str, bool | None] = {}
    for node in _inputs_first(tree):
        values = [known[name] for name in node.inputs]
        known[node.id] = _gated(node.gate, values) if node.gate else node.happened
    return known[tree.nodes[0].id] if tree.nodes else None


def _gated(gate: str, values: list[bool | None]) -> bool | None:
    decisive = gate == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def cut_sets(tree: FaultTree) -> tuple[CutSet, ...]:
    """Return the minimal cut sets: ids of basic events that together bring the first one about.

    The smallest come first, at most `MOST_CUT_SETS`; of a tree with too many to count, none.
    """
    found: dict[str, set[CutSet]] = {}
    for node in _inputs_first(tree):
        found[node.id] = _sets(node, found)
        if len(found[node.id]) > _MOST_SETS:
            return ()
    if not tree.nodes:
        return ()
    ordered = sorted(found[tree.nodes[0].id], key=lambda one: (len(one), sorted(one)))
    return tuple(ordered[:MOST_CUT_SETS])


def _sets(node: FaultNode, found: Mapping[str, set[CutSet]]) -> set[CutSet]:
    if node.gate is None:
        return {frozenset((node.id,))}
    if node.gate == "or":
        return _minimal(set().union(*(found[name] for name in node.inputs)))
    sets: set[CutSet] = {frozenset()}
    for name in node.inputs:
        sets = _minimal({one | other for one in sets for other in found[name]})
        if len(sets) > _MOST_SETS:
            break
    return sets


def _minimal(sets: set[CutSet]) -> set[CutSet]:
    if len(sets) > _MOST_SETS:
        return sets
    kept: list[CutSet] = []
    for one in sorted(sets, key=len):
        if not any(other <= one for other in kept):
            kept.append(one)
    return set(kept)


def _inputs_first(tree: FaultTree) -> Iterator[FaultNode]:
    nodes = {node.id: node for node in tree.nodes}
    done: set[str] = set()
    waiting = [tree.nodes[0].id] if tree.nodes else []
    while waiting:
        node = nodes[waiting[-1]]
        missing = [name for name in node.inputs if name not in done]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if node.id not in done:
            done.add(node.id)
            yield node
