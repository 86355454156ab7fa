"""A plan in words: one line, a page for a terminal, a comment for a pull request, data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sothat.live.change import Change, How, Part, Plan
from sothat.live.planning.amounts import counted, listed

NO_CHANGES = "no changes"
_SIGNS = {How.ADDED: "+", How.REMOVED: "-", How.CHANGED: "~"}
_TITLES = {Part.RULES: "Rules", Part.ROUTING: "Routing", Part.BOARDS: "Boards"}
# A headline more than once is counted instead.
_MOST_HEADLINES = 3
# More new ones than that are a list of names.
_MOST_IN_FULL = 12
_MOST_ROWS = 200
_WIDEST = 300


def summary(plan: Plan) -> str:
    """Return the plan in one line: what it means to people, then what it is about."""
    if plan.empty:
        return NO_CHANGES
    return ", ".join([*(effect.words for effect in plan.effects), *_subjects(plan)])


def summary_of(changes: Sequence[Change]) -> str:
    """Return changes alone in one line."""
    return summary(Plan(tuple(changes)))


def _subjects(plan: Plan) -> Iterator[str]:
    told = {name for effect in plan.effects for name in effect.names}
    thresholds = [c.headline for c in plan.of(Part.RULES) if c.headline]
    if len(thresholds) == 1:
        yield f"1 {thresholds[0]}"
    elif thresholds:
        yield f"{len(thresholds)} thresholds change"
    boards = [change.headline for change in plan.of(Part.BOARDS) if change.headline]
    yield from boards if len(boards) <= _MOST_HEADLINES else [f"{len(boards)} boards change"]
    rest = Counter(
        (change.kind, change.how)
        for change in plan.changes
        if not change.headline and change.name not in told
    )
    for (kind, how), count in rest.items():
        yield f"{counted(count, kind)} {how}"


def as_text(plan: Plan) -> Iterator[str]:
    """Yield the lines for a terminal, the summary first."""
    yield summary(plan)
    for effect in plan.effects:
        if effect.names:
            yield f"{'! ' if effect.grave else '  '}{effect.words}: {listed(effect.names, 10)}"
    for part in Part:
        changes = plan.of(part)
        if changes:
            yield ""
            yield f"{_TITLES[part]}"
            yield from _page(changes)
    if plan.notes:
        yield ""
        yield from (f"note: {note}" for note in plan.notes)


def _page(changes: Sequence[Change]) -> Iterator[str]:
    """Yield changes, line by line; of what comes or goes in great numbers only the names."""
    counts = Counter((change.kind, change.how) for change in changes)
    told: set[tuple[str, How]] = set()
    for change in changes:
        sort = (change.kind, change.how)
        if change.how is How.CHANGED or counts[sort] <= _MOST_IN_FULL:
            yield from _lines(change)
        elif sort not in told:
            told.add(sort)
            names = [each.name for each in changes if (each.kind, each.how) == sort]
            words = f"{counted(len(names), change.kind)}: {listed(names, _MOST_IN_FULL)}"
            yield f"  {_SIGNS[change.how]} {words}"


def _lines(change: Change) -> Iterator[str]:
    first, *more = change.details or ("",)
    head = f"  {_SIGNS[change.how]} {change.kind} {change.name}"
    yield f"{head}: {_cut(first)}" if first else head
    yield from (f"      {_cut(detail)}" for detail in more[:_MOST_IN_FULL])
    if len(more) > _MOST_IN_FULL:
        yield f"      and {len(more) - _MOST_IN_FULL} more"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 1]}…"


def as_markdown(plan: Plan, title: str) -> Iterator[str]:
    """Yield the lines of a comment on a pull request: people first, details folded away."""
    yield f"### {title}"
    yield ""
    if plan.empty:
        yield "No effect on alerts, routing or boards."
        return
    yield _escaped(summary(plan))
    yield ""
    if plan.effects:
        yield "**What it means to people**"
        yield ""
        for effect in plan.effects:
            names = f": {_codes(effect.names)}" if effect.names else ""
            yield f"- {'⚠️ ' if effect.grave else ''}{effect.words}{names}"
        yield ""
    for part in Part:
        if changes := plan.of(part):
            yield from _folded(_TITLES[part], changes)
    yield from (f"> {_escaped(note)}" for note in plan.notes)


def _folded(title: str, changes: Sequence[Change]) -> Iterator[str]:
    counts = Counter(change.how for change in changes)
    words = ", ".join(f"{count} {how}" for how, count in sorted(counts.items()))
    yield f"<details><summary><b>{title}</b>: {words}</summary>"
    yield ""
    yield "| | what | changes |"
    yield "|---|---|---|"
    for change in changes[:_MOST_ROWS]:
        details = "<br>".join(_escaped(_cut(detail)) for detail in change.details)
        yield f"| {change.how} | {change.kind} {_code(change.name)} | {details} |"
    if len(changes) > _MOST_ROWS:
        yield f"| … | {len(changes) - _MOST_ROWS} more | |"
    yield ""
    yield "</details>"
    yield ""


def _codes(names: Sequence[str], most: int = 10) -> str:
    more = len(names) - most
    return ", ".join(map(_code, names[:most])) + (f" and {more} more" if more > 0 else "")


def _code(name: str) -> str:
    return f"`{_cut(name).replace('`', ' ').replace('|', chr(92) + '|')}`"


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, and that fits a table."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|#@":
        shown = shown.replace(sign, f"\\{sign}" if sign != "@" else "@\u200b")
    return shown


def as_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain data."""
    return {"summary": summary(plan), "empty": plan.empty, **asdict(plan)}
