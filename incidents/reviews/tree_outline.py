"""A fault tree as people write it, one event a line, inputs further in. Pure.

    OR: No water in block B
      [x] The pump stood still
      AND: Both valves were shut
        [x] Valve 1 was shut
        [ ] Valve 2 was shut

``[x]`` happened, ``[ ]`` did not, without either nobody knows. The same basic event may stand
in several places: it is one.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from sothat.incidents.reviews.content import FaultNode, FaultTree

_LINE = re.compile(
    r"(?P<indent>\s*)(?:(?P<gate>and|or):\s*|(?P<mark>\[[ x]?\])\s*)?(?P<text>.+)", re.IGNORECASE
)
_TAB = "    "
Gate = Literal["and", "or"] | None


class BadOutline(ValueError):  # noqa: N818 – it is named for what it is
    """A text that is no fault tree; it says which line is wrong, and how."""


@dataclass(slots=True)
class _Event:
    """A line on its way to a node."""

    id: str
    text: str
    gate: Gate
    happened: bool | None
    indent: int
    inputs: list[str] = field(default_factory=list)


def tree_of(text: str) -> FaultTree:
    """Return the tree in a text.

    Raises:
        BadOutline: It is none.
    """
    events: dict[str, _Event] = {}
    above: list[_Event] = []
    basic: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        event = _event(line, f"e{len(events) + 1}")
        while above and above[-1].indent >= event.indent:
            above.pop()
        if events:
            _want_gate(above, number)
        if event.gate is None:
            event.id = basic.setdefault(event.text, event.id)
        if above and event.id not in above[-1].inputs:
            above[-1].inputs.append(event.id)
        _keep(events, event, number)
        above.append(event)
    return FaultTree(nodes=tuple(map(_node, events.values())))


def _event(line: str, name: str) -> _Event:
    found = _LINE.fullmatch(line.replace("\t", _TAB).rstrip())
    if found is None:
        raise BadOutline("a line without a text")
    gate: Gate = None
    if found["gate"]:
        gate = "and" if found["gate"].lower() == "and" else "or"
    happened = "x" in found["mark"].lower() if found["mark"] else None
    return _Event(name, found["text"].strip(), gate, happened, len(found["indent"]))


def _want_gate(above: list[_Event], number: int) -> None:
    if not above:
        raise BadOutline(f"line {number}: only the first event has nothing above it; move it in")
    if above[-1].gate is None:
        text = f"line {number}: '{above[-1].text:.60}' needs AND: or OR: before it to have inputs"
        raise BadOutline(text)


def _keep(events: dict[str, _Event], event: _Event, number: int) -> None:
    known = events.setdefault(event.id, event)
    if known is event or event.happened in (None, known.happened):
        return
    if known.happened is not None:
        raise BadOutline(f"line {number}: '{event.text:.60}' happened, and did not")
    known.happened = event.happened


def _node(event: _Event) -> FaultNode:
    return FaultNode(
        id=event.id,
        text=event.text,
        gate=event.gate,
        inputs=tuple(event.inputs),
        happened=event.happened,
    )


def outline_of(tree: FaultTree) -> str:
    """Return a tree as people write it; what is shared stands in each place."""
    nodes = {node.id: node for node in tree.nodes}
    lines: list[str] = []
    waiting = [(tree.nodes[0].id, 0)] if tree.nodes else []
    # A gate that is shared many times over would be written out again and again.
    while waiting and len(lines) < 4 * len(nodes):
        name, depth = waiting.pop()
        node = nodes[name]
        lines.append("  " * depth + mark(node) + " ".join(node.text.split()))
        waiting += [(below, depth + 1) for below in reversed(node.inputs)]
    return "\n".join(lines)


def mark(node: FaultNode) -> str:
    """Return what stands before an event's text."""
    if node.gate:
        return f"{node.gate.upper()}: "
    return {True: "[x] ", False: "[ ] ", None: ""}[node.happened]
