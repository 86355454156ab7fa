"""What to ask of Grafana's API to put the boards into their folders: requests as data, no I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.generator.boards_built import BuiltBoard, folders_of
from sothat.model.board import Folder

VIEW, EDIT = 1, 2


@dataclass(frozen=True, slots=True)
class Request:
    """A request to Grafana's API.

    Attributes:
        path: From the server's root, such as ``/api/folders``.
        fine: Answers beside 2xx that mean that all is as it should be.
    """

    method: str
    path: str
    body: Mapping[str, Any]
    fine: frozenset[int] = frozenset()


def permissions(folder: Folder) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return who sees a folder, as Grafana's API and its operator take it."""
    viewers = [{"role": "Viewer", "permission": VIEW}] if folder.viewers else []
    return {"items": [*viewers, {"role": "Editor", "permission": EDIT}]}


def requests_of(boards: tuple[BuiltBoard, ...], message: str) -> Iterator[Request]:
    """Yield the requests in the order in which they must be made.

    A folder that exists is left as it is (409, and 412 of newer servers) and gets its permissions
    again; a board is replaced by the one with its uid.

    Args:
        boards: All boards.
        message: What Grafana's history of versions is to say.
    """
    for folder in folders_of(boards):
        named = {"uid": folder.uid, "title": folder.name}
        yield Request("POST", "/api/folders", named, frozenset({409, 412}))
        yield Request("POST", f"/api/folders/{folder.uid}/permissions", permissions(folder))
    for board in boards:
        body = {
            "dashboard": board.content,
            "folderUid": board.folder.uid,
            "message": message,
            "overwrite": True,
        }
        yield Request("POST", "/api/dashboards/db", body)
