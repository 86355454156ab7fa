"""Grafana's boards as a part: folders first, then boards, then who may see them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from sothat.live.applying.part import Step
from sothat.live.planning.boards import board_changes, folder_changes
from sothat.live.reading.grafana import LEVELS, boards_named, folders_of
from sothat.live.reading.http import Api, ServerFailed
from sothat.live.state import BoardState, FolderState
from sothat.model.problem import Problem, Unusable

_NUMBERS: Mapping[str, int] = {word: number for number, word in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Boards and folders of one state."""

    boards: Mapping[str, BoardState]
    folders: Mapping[str, FolderState]

    def text(self) -> str:
        """Return it as JSON, for the journal."""
        data = {
            "boards": {
                uid: [b.title, b.folder, b.version, b.content] for uid, b in self.boards.items()
            },
            "folders": {uid: [f.title, f.permissions] for uid, f in self.folders.items()},
        }
        return json.dumps(data, default=dict)


def shelf_from(text: str) -> Shelf:
    """Return what `Shelf.text` has written."""
    data: Any = json.loads(text)
    return Shelf(
        {
            uid: BoardState(uid, title, folder, content, version)
            for uid, (title, folder, version, content) in data["boards"].items()
        },
        {uid: FolderState(uid, title, may) for uid, (title, may) in data["folders"].items()},
    )


@dataclass(frozen=True, slots=True)
class BoardPart:
    """The boards that change.

    Attributes:
        old: What the server had when the apply began, of what changes.
        new: What it is to have, of what changes.
        message: Why, for the history that Grafana keeps of each board.
    """

    api: Api
    old: Shelf
    new: Shelf
    message: str
    name: str = "boards"

    def prepare(self) -> Iterator[Step]:
        """Yield nothing: Grafana keeps every version itself."""
        yield from ()

    def forward(self) -> Iterator[Step]:
        """Yield the steps to the new state."""
        yield from self._steps(self.old, self.new, self.message)

    def back(self) -> Iterator[Step]:
        """Yield the steps to the old state."""
        yield from self._steps(self.new, self.old, f"back to what was before: {self.message}")

    def tidy(self) -> None:
        """Remove nothing."""

    def _steps(self, source: Shelf, goal: Shelf, message: str) -> Iterator[Step]:
        for uid, folder in goal.folders.items():
            yield Step(f"boards: folder {folder.title}", partial(self._put_folder, folder))
            if folder.permissions is not None:
                who = partial(self._permit, uid, folder.permissions)
                yield Step(f"boards: who may see folder {folder.title}", who)
        for board in goal.boards.values():
            yield Step(f"boards: {board.uid}", partial(self._put, board, source, message))
        for uid in source.boards.keys() - goal.boards.keys():
            yield Step(f"boards: remove {uid}", partial(self._remove, "dashboards/uid", uid))
        for uid in source.folders.keys() - goal.folders.keys():
            yield Step(f"boards: remove folder {uid}", partial(self._remove, "folders", uid))
        yield Step("boards: look whether Grafana has them", partial(self._verify, goal))

    def _put_folder(self, folder: FolderState) -> None:
        content = {"uid": folder.uid, "title": folder.title, "overwrite": True}
        try:
            self.api.send("PUT", f"/api/folders/{_quoted(folder.uid)}", content)
        except ServerFailed as failed:
            if not failed.missing:
                raise
            self.api.send("POST", "/api/folders", content)

    def _permit(self, uid: str, permissions: Mapping[str, str]) -> None:
        """Set what the basic roles may do; teams and people keep what they have."""
        path = f"/api/folders/{_quoted(uid)}/permissions"
        rows = self.api.get(path)
        kept = [_person(row) for row in rows or () if row.get("userId") or row.get("teamId")]
        roles = [{"role": role, "permission": _NUMBERS[may]} for role, may in permissions.items()]
        self.api.send("POST", path, {"items": [*kept, *roles]})

    def _put(self, board: BoardState, source: Shelf, message: str) -> None:
        """Write a board, unless somebody has changed it since it was read.

        Raises:
            Unusable: Somebody has, or Grafana refuses.
        """
        now = boards_named(self.api, [board.uid]).get(board.uid)
        if now and not _differ({board.uid: now}, {board.uid: board}):
            return
        expected = source.boards.get(board.uid)
        if now and expected and _differ({board.uid: now}, {board.uid: expected}):
            detail = f"board {board.uid} was changed by somebody else meanwhile: {now.origin}"
            raise Unusable([Problem("board-changed", detail, hint="run sothat plan again")])
        content = {
            **board.content,
            "uid": board.uid,
            "id": None,
            "version": now.version if now else 0,
        }
        body = {
            "dashboard": content,
            "folderUid": board.folder,
            "message": message,
            "overwrite": False,
        }
        self.api.send("POST", "/api/dashboards/db", body)

    def _remove(self, kind: str, uid: str) -> None:
        try:
            self.api.send("DELETE", f"/api/{kind}/{_quoted(uid)}")
        except ServerFailed as failed:
            if not failed.missing:
                raise

    def _verify(self, goal: Shelf) -> None:
        changes = _differ(boards_named(self.api, goal.boards), goal.boards)
        changes += folder_changes(folders_of(self.api, tuple(goal.folders)), goal.folders)
        if changes:
            lacking = ", ".join(sorted({change.name for change in changes}))
            message = f"Grafana does not have what it was given: {lacking}"
            raise Unusable(
                [Problem("not-live", message, hint="does another tool write its boards?")]
            )


def _differ(old: Mapping[str, BoardState], new: Mapping[str, BoardState]) -> list[Any]:
    return list(board_changes(old, new))


def _person(row: Mapping[str, Any]) -> dict[str, Any]:
    key = "userId" if row.get("userId") else "teamId"
    return {key: row[key], "permission": row["permission"]}


def _quoted(uid: str) -> str:
    return quote(uid, safe="")
