"""A board that was exported from Grafana, made fit to stand among ours. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.model.board import is_uid

_INPUT = re.compile(r"\$\{(DS_[A-Z0-9_-]+)\}")
# What Grafana writes for itself, and what names one server's things.
_OWN = ("id", "version", "iteration", "__inputs", "__requires", "__elements", "gnetId")
_SOURCE = {"type": "prometheus", "uid": "$datasource"}
_CHOICE = {
    "name": "datasource",
    "type": "datasource",
    "query": "prometheus",
    "label": "Data source",
    "current": {},
    "hide": 0,
}
_MODULE = '''\
"""{headline}: imported from Grafana; the JSON beside it is what it draws."""

from pathlib import Path

from sothat.dashboards.imported import ImportedBoard

BOARD = ImportedBoard(
    Path(__file__).with_suffix(".json"), uid={uid!r}, title={title!r}, role={role!r}
)
'''


@dataclass(frozen=True, slots=True)
class Drafted:
    """A board of ours.

    Attributes:
        name: Of its module.
        lost: What does not carry over, each with the place in the export and what to do.
    """

    name: str
    uid: str
    title: str
    json: str
    module: str
    lost: tuple[tuple[str, str, str], ...]


def draft_board(board: Mapping[str, Any], stem: str, role: str) -> Drafted:
    """Return a board as a module and its JSON.

    Args:
        board: Grafana's classic JSON.
        stem: What it is called where it has no title.
        role: Whom it serves.
    """
    title = str(board.get("title") or stem)
    uid = _uid(board, title)
    lost = tuple(_lost(board, uid))
    content = {key: _sourced(value) for key, value in board.items() if key not in _OWN}
    content |= {"uid": uid, "title": title, "templating": _templating(content)}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    headline = " ".join(re.sub(r'["\\]', "'", title).split()) or "A board"
    module = _MODULE.format(headline=headline, title=title, uid=uid, role=role)
    return Drafted(_name(title, stem), uid, title, text, module, lost)


def _uid(board: Mapping[str, Any], title: str) -> str:
    """Return the board's own uid, or one that follows from its title."""
    own = board.get("uid")
    if isinstance(own, str) and is_uid(own):
        return own
    return "imported-" + hashlib.sha256(title.encode()).hexdigest()[:12]


def _name(title: str, stem: str) -> str:
    found = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    found = found or re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    return found if found[:1].isalpha() else f"board_{found}".strip("_")


def _sourced(value: Any) -> Any:
    """Return a part with the data source that people choose, where the export asked for one."""
    if isinstance(value, str):
        return _INPUT.sub("$datasource", value)
    if isinstance(value, list):
        return [_sourced(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _sourced(item) for key, item in value.items()}
    source = found.get("datasource")
    named = source.get("type") == "prometheus" if isinstance(source, dict) else False
    return {**found, "datasource": _SOURCE} if named or source == "$datasource" else found


def _templating(content: Mapping[str, Any]) -> Mapping[str, Any]:
    held = content.get("templating")
    kept = held.get("list", []) if isinstance(held, dict) else []
    variables = kept if isinstance(kept, list) else []
    names = [each.get("name") for each in variables if isinstance(each, dict)]
    return {"list": variables if "datasource" in names else [_CHOICE, *variables]}


def _lost(board: Mapping[str, Any], uid: str) -> Iterator[tuple[str, str, str]]:
    """Yield what does not carry over: its pointer, what it is, what to do."""
    if board.get("uid") != uid:
        yield "/uid", f"an address of its own: it is now {uid}", "change links that lead to it"
    for pointer, panel in _panels(board, ""):
        if "libraryPanel" in panel:
            what = "a library panel, whose content is not in the export"
            yield pointer, what, "unlink it in Grafana, and export again"
        if "alert" in panel:
            yield f"{pointer}/alert", "an alert of a panel", "write it: sothat import rules"
        source = panel.get("datasource")
        kind = source.get("type", "prometheus") if isinstance(source, dict) else "prometheus"
        if kind not in {"prometheus", "datasource", "grafana", None}:
            what = f"a panel of '{kind}': nothing here knows what it asks for"
            yield pointer, what, "it is kept, and not checked"


def _panels(node: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    panels = node.get("panels")
    for number, panel in enumerate(panels if isinstance(panels, list) else ()):
        if isinstance(panel, dict):
            place = f"{pointer}/panels/{number}"
            yield place, panel
            if panel.get("type") == "row":
                yield from _panels(panel, place)
