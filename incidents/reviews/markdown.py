"""A review as Markdown: what is exported, and what HTML and PDF are made of. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from sothat.incidents.incident import Incident
from sothat.incidents.reviews import fault_tree
from sothat.incidents.reviews.content import (
    BONES,
    Barrier,
    Difference,
    FaultNode,
    FaultTree,
    Fishbone,
    FiveWhys,
    ReviewContent,
    ReviewLine,
)
from sothat.incidents.reviews.review import FollowUp, Review, ReviewState
from sothat.incidents.times import format_time

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
BLAMELESS = (
    "Everybody acted sensibly with what they knew and had at the time. This review asks what made "
    "it so, and changes that; it judges nobody."
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A review with all that its export tells."""

    incident: Incident
    review: Review
    follow_ups: Sequence[FollowUp] = ()


def title(whole: Whole) -> str:
    """Return a review's title."""
    return f"Review of incident {whole.incident.id}: {whole.incident.promise.title}"


def markdown(whole: Whole) -> str:
    """Return a review as Markdown; what is empty is left out."""
    content = whole.review.content
    parts = [
        f"# {_plain(title(whole))}",
        *_facts(whole),
        f"> {BLAMELESS}",
        *_paragraphs(content),
        *_analyses(content),
        *_lessons(content),
        *_follow_ups(whole.follow_ups),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(whole: Whole) -> Iterator[str]:
    incident, review = whole.incident, whole.review
    rows = [
        ("Priority", str(incident.priority)),
        ("Team", incident.team),
        ("Site", incident.site),
        ("Outcome at stake", incident.promise.so_that or incident.outcome),
        ("Opened", format_time(incident.opened_at)),
        ("Acknowledged", _moment(incident.clocks.answered_at)),
        ("Resolved", _moment(incident.resolved_at)),
        ("Cause", str(review.content.cause)),
        ("State of this review", _state(review)),
    ]
    yield _table(("", ""), ((name, text) for name, text in rows if text))


def _state(review: Review) -> str:
    if review.published_at is None:
        return str(review.state)
    again = f", revision {review.revision}" if review.revision > 1 else ""
    before = "" if review.state is ReviewState.PUBLISHED else f"{review.state}, last "
    return f"{before}published {format_time(review.published_at)}{again}"


def _moment(at: int | None) -> str:
    return "" if at is None else format_time(at)


def _paragraphs(content: ReviewContent) -> Iterator[str]:
    yield from _section("Summary", content.summary)
    yield from _section("Impact", content.impact)
    yield from _section("Detection", content.detection)
    yield from _section("Response", content.response)
    yield from _section("Timeline", _timeline(content.timeline))
    yield from _section("What was done", _list(content.actions))
    yield from _section("Root cause", content.root_cause)
    yield from _section("What contributed", _list(content.contributing))


def _analyses(content: ReviewContent) -> Iterator[str]:
    yield from _section("Five whys", _five_whys(content.five_whys))
    yield from _section("Fishbone", _fishbone(content.fishbone))
    yield from _section("Fault tree", _fault_tree(content.fault_tree))
    yield from _section("Change analysis", _changes(content.changes))
    yield from _section("Barrier analysis", _barriers(content.barriers))


def _lessons(content: ReviewContent) -> Iterator[str]:
    yield from _section("What went well", _list(content.went_well))
    yield from _section("What made it harder", _list(content.went_badly))
    yield from _section("Where we were lucky", _list(content.lucky))
    yield from _section("Lessons", _list(content.lessons))


def _follow_ups(follow_ups: Sequence[FollowUp]) -> Iterator[str]:
    rows = (
        (str(one.id), one.text, one.owner, one.team, one.due.isoformat(), _fate(one))
        for one in follow_ups
    )
    heads = ("No.", "What", "Owner", "Team", "Due", "State")
    yield from _section("Follow-ups", _table(heads, rows) if follow_ups else "")


def _fate(one: FollowUp) -> str:
    return f"{one.state}: {one.note}" if one.note else str(one.state)


def _section(heading: str, text: str) -> Iterator[str]:
    if text.strip():
        yield f"## {heading}"
        yield text.strip()


def _timeline(lines: Iterable[ReviewLine]) -> str:
    ordered = sorted(lines, key=lambda line: line.at)
    rows = [(f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", one.text) for one in ordered]
    return _table(("Time (UTC)", "What happened"), rows) if rows else ""


def _five_whys(chain: FiveWhys) -> str:
    if not chain.whys:
        return ""
    lines = [f"{_plain(chain.problem)}"] if chain.problem else []
    steps = (
        f"{number}. Why? {_plain(why.answer)}"
        + (f" (shown by: {_plain(why.evidence)})" if why.evidence else "")
        for number, why in enumerate(chain.whys, 1)
    )
    return "\n\n".join([*lines, "\n".join(steps)])


def _fishbone(bones: Fishbone) -> str:
    named = ((name.capitalize(), getattr(bones, name)) for name in BONES)
    rows = [(name, "; ".join(found)) for name, found in named if found]
    if not rows:
        return ""
    effect = f"Effect: {_plain(bones.effect)}\n\n" if bones.effect else ""
    return effect + _table(("Category", "Causes"), rows)


def _fault_tree(tree: FaultTree) -> str:
    if not tree.nodes:
        return ""
    nodes = {node.id: node for node in tree.nodes}
    parts = ["\n".join(_branches(tree, nodes)), _verdict(tree)]
    if sets := fault_tree.cut_sets(tree):
        together = (" and ".join(_plain(nodes[name].text) for name in sorted(one)) for one in sets)
        parts.append("What suffices by itself:\n\n" + "\n".join(f"- {text}" for text in together))
    return "\n\n".join(parts)


def _branches(tree: FaultTree, nodes: dict[str, FaultNode]) -> Iterator[str]:
    waiting, written = [(tree.nodes[0].id, 0)], 0
    while waiting and written < 4 * len(nodes):
        name, depth = waiting.pop()
        node = nodes[name]
        yield f"{'  ' * depth}- {_sign(node)}{_plain(node.text)}"
        waiting += [(below, depth + 1) for below in reversed(node.inputs)]
        written += 1


def _sign(node: FaultNode) -> str:
    if node.gate:
        return f"**{'all of' if node.gate == 'and' else 'any of'}** – "
    return {True: "happened: ", False: "did not happen: ", None: "not known: "}[node.happened]


def _verdict(tree: FaultTree) -> str:
    return {
        True: "What is known explains the first event.",
        False: "What is known does not explain the first event: something is missing in the tree.",
        None: "Whether this explains the first event depends on what is not known yet.",
    }[fault_tree.follows(tree)]


def _changes(changes: Sequence[Difference]) -> str:
    rows = [(one.what, one.usual, one.this_time, one.effect) for one in changes]
    return _table(("What", "Usually", "This time", "Effect"), rows) if rows else ""


def _barriers(barriers: Sequence[Barrier]) -> str:
    rows = [(one.hazard, one.barrier, one.state, one.why, one.improvement) for one in barriers]
    heads = ("Hazard", "Barrier", "It", "Why", "What would make it hold")
    return _table(heads, rows) if rows else ""


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines if line.strip())


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(heads), _row(["---"] * len(heads)), *(_row(map(_plain, row)) for row in rows)]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return a text on one line in which nothing is Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
