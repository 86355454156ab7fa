"""A Grafana in memory: as much of its HTTP API as boards and folders need, as 9.4 answers."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

URL = "http://grafana.test"
Answer = tuple[int, dict[str, str], str]


@dataclass
class FakeGrafana:
    """Boards by uid with their folder and message; folders with their permissions."""

    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_file: set[str] = field(default_factory=set)
    # Called before each change; may raise as a connection does that is cut.
    before: Callable[[str, str], None] = lambda _method, _path: None

    def install(self, mock: responses.RequestsMock) -> None:
        pattern = re.compile(f"{URL}/.*")
        for method in ("GET", "POST", "PUT", "DELETE"):
            mock.add_callback(method, pattern, callback=self._answer)

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        path = urlsplit(str(request.url)).path.removeprefix("/api")
        method = str(request.method)
        if method != "GET":
            self.before(method, path)
        body = json.loads(request.body or "{}")
        for pattern, handler in self._routes().items():
            if match := re.fullmatch(pattern, f"{method} {path}"):
                query = parse_qs(urlsplit(str(request.url)).query)
                status, content = handler(body if method != "GET" else query, *match.groups())
                return status, {}, json.dumps(content)
        return 404, {}, json.dumps({"message": "Not found"})

    def _routes(self) -> dict[str, Callable[..., tuple[int, Any]]]:
        return {
            "GET /search": self._search,
            r"GET /dashboards/uid/([\w-]+)": self._get,
            "POST /dashboards/db": self._post,
            r"DELETE /dashboards/uid/([\w-]+)": self._delete,
            r"GET /folders/([\w-]+)": self._folder,
            r"PUT /folders/([\w-]+)": self._put_folder,
            "POST /folders": self._post_folder,
            r"DELETE /folders/([\w-]+)": self._delete_folder,
            r"GET /folders/([\w-]+)/permissions": self._permissions,
            r"POST /folders/([\w-]+)/permissions": self._permit,
        }

    def _search(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        tag = query["tag"][0]
        found = [u for u, b in self.boards.items() if tag in b["dashboard"].get("tags", [])]
        return 200, [{"uid": uid} for uid in found]

    def _get(self, _: Any, uid: str) -> tuple[int, Any]:
        if uid not in self.boards:
            return 404, {"message": "Dashboard not found"}
        board = self.boards[uid]
        meta = {
            "folderUid": board["folder"],
            "provisioned": uid in self.by_file,
            "updated": "2026-11-01T10:00:00Z",
            "updatedBy": "admin",
        }
        return 200, {"dashboard": board["dashboard"], "meta": meta}

    def _post(self, body: dict[str, Any]) -> tuple[int, Any]:
        board = body["dashboard"]
        uid = board["uid"]
        now = self.boards.get(uid, {}).get("dashboard", {}).get("version", 0)
        if board["version"] != now and not body["overwrite"]:
            return 412, {"status": "version-mismatch"}
        if body["folderUid"] not in {*self.folders, ""}:
            return 404, {"message": "folder not found"}
        content = {**board, "id": len(self.boards) + 1, "version": now + 1}
        place = {"folder": body["folderUid"], "message": body["message"]}
        self.boards[uid] = {"dashboard": content, **place}
        return 200, {"status": "success", "version": now + 1}

    def _delete(self, _: Any, uid: str) -> tuple[int, Any]:
        found = self.boards.pop(uid, None)
        return (200, {}) if found else (404, {})

    def _folder(self, _: Any, uid: str) -> tuple[int, Any]:
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        return 200, {"uid": uid, "title": self.folders[uid]["title"]}

    def _put_folder(self, body: dict[str, Any], uid: str) -> tuple[int, Any]:
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        self.folders[uid]["title"] = body["title"]
        return 200, {}

    def _post_folder(self, body: dict[str, Any]) -> tuple[int, Any]:
        rows = [
            {"role": "Editor", "permission": 2},
            {"role": "Viewer", "permission": 1},
            {"teamId": 3, "permission": 2},
        ]
        self.folders[body["uid"]] = {"title": body["title"], "permissions": rows}
        return 200, {}

    def _delete_folder(self, _: Any, uid: str) -> tuple[int, Any]:
        found = self.folders.pop(uid, None)
        return (200, {}) if found else (404, {})

    def _permissions(self, _: Any, uid: str) -> tuple[int, Any]:
        return 200, self.folders[uid]["permissions"]

    def _permit(self, body: dict[str, Any], uid: str) -> tuple[int, Any]:
        self.folders[uid]["permissions"] = body["items"]
        return 200, {}
