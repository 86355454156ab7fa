"""The state that compiled artefacts describe."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sothat.generator.routing.reading import read_configuration
from sothat.live.state import BoardState, FolderState, Group, Routing, Rule, State
from sothat.model.artefact import Artefact
from sothat.model.board import Folder, folder_of
from sothat.model.duration import parse_duration
from sothat.model.problem import Position, unusable
from sothat.runtime.documents import Document, parse_document, read_text

RULES, ROUTING, BOARDS = "prometheus/rules/", "alertmanager/alertmanager.yml", "dashboards/"
POLICY = "incidents/policy.json"
_ROLES = ("executive", "operational", "technical")


def state_of(artefacts: Iterable[Artefact], units: Mapping[str, str] | None = None) -> State:
    """Return the state that artefacts describe.

    Args:
        artefacts: What `sothat build` writes; what is none of rules, routing, boards or policy is
            left out.
        units: Base unit of each alert's figure, by the alert's name.

    Raises:
        Unusable: One is not what the compiler writes.
    """
    texts = {artefact.path: artefact.text for artefact in artefacts}
    boards = tuple(_boards(texts))
    groups = tuple(_groups(texts, units or {}))
    return State(
        # Nothing of a part is no wish to have none: a slip in a path would remove all alerts.
        groups=groups or None,
        routing=routing_of(texts[ROUTING], ROUTING) if ROUTING in texts else None,
        boards={board.uid: board for board, _ in boards} or None,
        folders={folder.uid: _folder(folder) for _, folder in boards},
        policy=_json(POLICY, texts[POLICY]) if POLICY in texts else {},
    )


def read_compiled(folder: Path) -> tuple[Artefact, ...]:
    """Return the artefacts of an output folder that make up a state.

    Raises:
        Unusable: There are none, or one cannot be read.
    """
    paths = [
        *sorted((folder / RULES).glob("*.yaml")),
        *sorted((folder / BOARDS).rglob("*.json")),
        *(path for path in (folder / ROUTING, folder / POLICY) if path.is_file()),
    ]
    if not paths:
        hint = "name the folder that `sothat build` wrote"
        position = Position(str(folder))
        raise unusable("nothing-compiled", "nothing compiled here", position=position, hint=hint)
    return tuple(Artefact(path.relative_to(folder).as_posix(), read_text(path)) for path in paths)


def routing_of(text: str, name: str, digest: float | None = None) -> Routing:
    """Return the routing that the text of an ``alertmanager.yml`` says.

    Raises:
        Unusable: Alertmanager would refuse it.
    """
    document = parse_document(text, name)
    return Routing(read_configuration(document), document.data, text, digest)


def groups_of(text: str, name: str, units: Mapping[str, str] | None = None) -> Iterator[Group]:
    """Yield the groups of a rule file.

    Raises:
        Unusable: It is none.
    """
    document = parse_document(text, name)
    try:
        for group in (document.data or {}).get("groups") or ():
            yield _group(group, name, units or {})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _odd(document, "this is no rule file") from error


def _odd(document: Document, message: str) -> Exception:
    return unusable("not-a-rule-file", message, position=document.position())


def _groups(texts: Mapping[str, str], units: Mapping[str, str]) -> Iterator[Group]:
    for path in sorted(texts):
        if path.startswith(RULES):
            yield from groups_of(texts[path], path, units)


def _group(data: Mapping[str, Any], file: str, units: Mapping[str, str]) -> Group:
    name = str(data["name"])
    interval = parse_duration(str(data["interval"])) if data.get("interval") else None
    rules = tuple(_rule(rule, name, units) for rule in data.get("rules") or ())
    return Group(name, interval, rules, file)


def _rule(data: Mapping[str, Any], group: str, units: Mapping[str, str]) -> Rule:
    alert = "alert" in data
    name = str(data["alert" if alert else "record"])
    return Rule(
        name=name,
        alert=alert,
        expr=str(data["expr"]),
        hold=_seconds(data.get("for")),
        keep=_seconds(data.get("keep_firing_for")),
        labels={key: str(value) for key, value in (data.get("labels") or {}).items()},
        annotations={key: str(value) for key, value in (data.get("annotations") or {}).items()},
        group=group,
        unit=units.get(name, "") if alert else "",
    )


def _seconds(text: object) -> float:
    return parse_duration(str(text)) if text else 0.0


def _boards(texts: Mapping[str, str]) -> Iterator[tuple[BoardState, Folder]]:
    for path in sorted(texts):
        if path.startswith(BOARDS):
            content = _json(path, texts[path])
            folder = _folder_of(path, content)
            uid = str(content.get("uid") or PurePosixPath(path).stem)
            yield BoardState(uid, str(content.get("title", uid)), folder.uid, content), folder


def _folder_of(path: str, content: Mapping[str, Any]) -> Folder:
    """Return a board's folder: that on disk, or where there is none that of the role it names."""
    on_disk = PurePosixPath(path).parent.name
    if f"{on_disk}/" != BOARDS:
        return folder_of(on_disk)
    tags = content.get("tags") or ()
    return folder_of(next((role for role in _ROLES if role in tags), ""))


def _folder(folder: Folder) -> FolderState:
    seen = {"Viewer": "View"} if folder.viewers else {}
    return FolderState(folder.uid, folder.name, {**seen, "Editor": "Edit"})


def _json(path: str, text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unusable("json-syntax", f"not JSON: {error}", position=Position(path)) from error
    if not isinstance(data, dict):
        raise unusable("json-syntax", "this is no JSON object", position=Position(path))
    return data
