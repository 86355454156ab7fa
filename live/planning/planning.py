"""The plan: from what is there to what is wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sothat.generator.conventions import GROUP_PREFIX
from sothat.live.change import Change, Plan
from sothat.live.planning.alertmanager_settings import hides
from sothat.live.planning.amounts import counted, listed
from sothat.live.planning.boards import board_changes, folder_changes
from sothat.live.planning.effects import effects
from sothat.live.planning.routing import routing_changes
from sothat.live.planning.rules import rule_changes
from sothat.live.planning.text_hash import text_hash
from sothat.live.state import BoardState, Group, Routing, State, rules_of

_OURS = "sothat-"


def make_plan(old: State, new: State, today: datetime) -> Plan:
    """Return what would change on the way from one state to another.

    Args:
        old: What is there; what it does not know (None) is left out.
        new: What is wanted.
        today: When the question is asked, aware of its zone.
    """
    ours = replace(old, groups=_our_groups(old, new), boards=_our_boards(old, new))
    changes = tuple(_changes(ours, new))
    meaning = tuple(effects(old, _with_others(old, ours, new), today)) if changes else ()
    return Plan(changes, meaning, tuple(_notes(old, new)))


def _changes(old: State, new: State) -> Iterator[Change]:
    if old.groups is not None and new.groups is not None:
        yield from rule_changes(old.groups, new.groups)
    if old.routing and new.routing and not _same_text(old.routing, new.routing):
        yield from routing_changes(old.routing, new.routing)
    if old.boards is not None and new.boards is not None:
        yield from folder_changes(old.folders, new.folders)
        yield from board_changes(old.boards, new.boards)


def _same_text(old: Routing, new: Routing) -> bool:
    """Return whether a server tells that it runs this very text."""
    return bool(new.text) and old.digest is not None and old.digest == text_hash(new.text)


def _hidden(old: Routing, new: Routing) -> bool:
    return not _same_text(old, new) and hides(old.data)


def _with_others(old: State, ours: State, new: State) -> State:
    """Return the state to come, in which the rules of others go on as they are."""
    if old.groups is None or ours.groups is None or new.groups is None:
        return new
    others = tuple(group for group in old.groups if group not in ours.groups)
    return replace(new, groups=(*new.groups, *others))


def _our_groups(old: State, new: State) -> tuple[Group, ...] | None:
    """Return the groups that bear our prefix, or the name of a group that is wanted."""
    if old.groups is None:
        return None
    wanted = {group.name for group in new.groups or ()}
    return tuple(g for g in old.groups if g.name in wanted or g.name.startswith(GROUP_PREFIX))


def _our_boards(old: State, new: State) -> Mapping[str, BoardState] | None:
    if old.boards is None:
        return None
    wanted = new.boards or {}
    return {
        uid: board for uid, board in old.boards.items() if uid in wanted or uid.startswith(_OURS)
    }


def _notes(old: State, new: State) -> Iterator[str]:
    yield from _rule_notes(old.groups or (), new.groups or ())
    if old.routing and new.routing and _hidden(old.routing, new.routing):
        yield "Alertmanager hides secrets: whether they are the same cannot be seen"
    fixed = sorted(b.uid for b in (_our_boards(old, new) or {}).values() if b.by_file)
    if fixed:
        yield (
            f"{counted(len(fixed), 'board')} provisioned by file ({listed(fixed)}): "
            "Grafana takes changes of them from its files only"
        )


def _rule_notes(old: Sequence[Group], new: Sequence[Group]) -> Iterator[str]:
    wanted = {group.name for group in new}
    others = [g for g in old if g.name not in wanted and not g.name.startswith(GROUP_PREFIX)]
    if others:
        yield f"{counted(len(others), 'group')} of others left alone"
    names = {rule.name for rule in rules_of(new) if rule.alert}
    double = sorted({rule.name for rule in rules_of(others) if rule.alert and rule.name in names})
    if double:
        yield f"others have alerts of the same name, which page besides ours: {listed(double)}"
    files: dict[str, set[str]] = {}
    for group in old:
        if group.name in wanted:
            files.setdefault(group.name, set()).add(group.file)
    twice = sorted(name for name, places in files.items() if len(places) > 1)
    if twice:
        groups = f"{counted(len(twice), 'group')} loaded from two files"
        yield f"{groups}, and evaluated twice: {listed(twice)}"
