"""Boards held against boards, panel by panel: what a person who looks at them would notice."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.live.change import Change, How, Part
from sothat.live.planning.amounts import arrow, listed
from sothat.live.state import BoardState, FolderState

# What a server counts, moves or fills in.
_SERVERS_OWN = frozenset(
    {"id", "uid", "version", "iteration", "gnetId", "schemaVersion", "pluginVersion", "panels"}
)
_PANEL_WORDS: Mapping[str, str] = {
    "title": "title",
    "type": "type of panel",
    "targets": "queries",
    "description": "description",
    "gridPos": "place",
    "fieldConfig": "units, colours or thresholds",
    "links": "links",
}
_BUILT_IN = "builtIn"


def board_changes(old: Mapping[str, BoardState], new: Mapping[str, BoardState]) -> Iterator[Change]:
    """Yield what becomes of boards; both by uid, of the old ones only ours."""
    for uid in sorted({*old, *new}):
        before, after = old.get(uid), new.get(uid)
        if before and after:
            yield from _board(before, after)
        elif after:
            title = _short(after.title)
            yield Change(
                Part.BOARDS, How.ADDED, "board", uid, (after.title,), f"board {title} is new"
            )
        elif before:
            title = _short(before.title)
            goes = f"board {title} goes"
            yield Change(Part.BOARDS, How.REMOVED, "board", uid, (before.title,), goes)


def folder_changes(
    old: Mapping[str, FolderState], new: Mapping[str, FolderState]
) -> Iterator[Change]:
    """Yield what becomes of folders and of who may see them; others' are left alone."""
    for uid, folder in sorted(new.items()):
        before = old.get(uid)
        if before is None:
            yield Change(Part.BOARDS, How.ADDED, "folder", uid, (folder.title,))
        elif details := tuple(_folder_details(before, folder)):
            yield Change(Part.BOARDS, How.CHANGED, "folder", uid, details)


def _folder_details(old: FolderState, new: FolderState) -> Iterator[str]:
    if old.title != new.title:
        yield f"title {arrow(old.title, new.title)}"
    if old.permissions is None or new.permissions is None:
        return
    for role in sorted({*old.permissions, *new.permissions}):
        was, will = old.permissions.get(role, ""), new.permissions.get(role, "")
        if was != will:
            yield f"{role} may {arrow(was, will)}"


def _board(old: BoardState, new: BoardState) -> Iterator[Change]:
    details, headline = _details(old, new)
    if details:
        by_hand = f"last changed on the server: {old.origin}" if old.origin else ""
        shown = (*details, *filter(None, [by_hand]))
        yield Change(Part.BOARDS, How.CHANGED, "board", new.uid, shown, headline)


def _details(old: BoardState, new: BoardState) -> tuple[list[str], str]:
    before, after = panels(old.content), panels(new.content)
    lost = [_title(before[key]) for key in before if key not in after]
    gained = [_title(after[key]) for key in after if key not in before]
    details = [f"panel gone: {title}" for title in lost]
    details += [f"panel new: {title}" for title in gained]
    for key in before.keys() & after.keys():
        if what := _panel(before[key], after[key]):
            details.append(f"panel {_title(after[key])}: {what}")
    if old.folder != new.folder:
        details.append(f"folder {arrow(old.folder, new.folder)}")
    details += [f"{key} of the board" for key in _differing(old.content, new.content)]
    return sorted(details), _headline(_short(new.title), lost, gained)


def _headline(title: str, lost: Sequence[str], gained: Sequence[str]) -> str:
    words = [
        f"{verb} {'a panel' if len(names) == 1 else f'{len(names)} panels'} ({listed(names)})"
        for verb, names in (("loses", lost), ("gains", gained))
        if names
    ]
    return f"board {title} {' and '.join(words)}" if words else f"board {title} changes"


def _short(title: str) -> str:
    """Return a board's name without what it says of itself."""
    return title.partition(":")[0].strip() or title


def panels(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return a board's panels by id, those in folded rows among them."""
    found: dict[str, Mapping[str, Any]] = {}
    for panel in content.get("panels") or ():
        found[_key(panel)] = panel
        for inner in panel.get("panels") or ():
            found[_key(inner)] = inner
    return found


def _key(panel: Mapping[str, Any]) -> str:
    return str(panel.get("id") or _title(panel))


def _title(panel: Mapping[str, Any]) -> str:
    return str(panel.get("title") or panel.get("type") or "without a title")


def _panel(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    keys = dict.fromkeys(_PANEL_WORDS.get(key, "looks") for key in _differing(old, new))
    return ", ".join(keys)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the keys of two mappings that say different things."""
    keys = sorted({*old, *new} - _SERVERS_OWN)
    return [key for key in keys if not same(old.get(key), new.get(key))]


def same(old: Any, new: Any) -> bool:
    """Return whether two parts of a board say the same: nothing, empty and left out are one."""
    if _is_empty(old) and _is_empty(new):
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = {*old, *new} - {"pluginVersion"}
        return all(same(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        one, other = _meant(old), _meant(new)
        return len(one) == len(other) and all(map(same, one, other))
    return bool(old == new)


def _meant(items: Sequence[Any]) -> list[Any]:
    """Return a list without the annotations that Grafana gives to every board."""
    return [x for x in items if not (isinstance(x, Mapping) and x.get(_BUILT_IN) == 1)]


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    if isinstance(value, list):
        return not _meant(value)
    return value is None or value is False or value == ""
