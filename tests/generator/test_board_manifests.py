"""Boards for Kubernetes and for Grafana's API: the same boards, whole, in their folders."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml
from sothat.generator.boards_built import BuiltBoard
from sothat.generator.compile import Inputs
from sothat.generator.grafana_api import permissions, requests_of
from sothat.model.board import folder_of

LEGEND = "{{device}}, {{site}}"


class Plant:
    uid = "plant-board"
    title = "Plant"

    def __init__(self, role: str = "technical") -> None:
        self.role = role

    def build(self, _catalogue: object, _contracts: object) -> dict[str, Any]:
        target = {"refId": "A", "expr": "plant_pump_up", "legendFormat": LEGEND}
        return {"uid": self.uid, "panels": [{"title": "Ö", "targets": [target]}]}


def documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


def test_a_config_map_holds_the_very_board(small: Inputs, built: Callable) -> None:
    texts = built(replace(small, boards=(Plant(),)))
    (found,) = [
        one
        for one in documents(texts["kubernetes/dashboards.yaml"])
        if one["metadata"]["name"] == "plant-board"
    ]
    assert found["kind"] == "ConfigMap"
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"grafana_folder": "technical"}
    board = json.loads(found["data"]["plant-board.json"])
    assert board == json.loads(texts["dashboards/technical/plant-board.json"])
    assert board["panels"][0]["targets"][0]["legendFormat"] == LEGEND


def test_the_operator_gets_folders_before_boards(small: Inputs, built: Callable) -> None:
    texts = built(replace(small, boards=(Plant("executive"),)))
    found = documents(texts["kubernetes/grafanadashboards.yaml"])
    kinds = [one["kind"] for one in found]
    assert kinds == sorted(kinds, reverse=True)
    folders = {one["spec"]["title"]: one for one in found if one["kind"] == "GrafanaFolder"}
    (board,) = [one for one in found if one["metadata"]["name"] == "plant-board"]
    assert board["spec"]["folderRef"] == folders["executive"]["metadata"]["name"]
    assert board["spec"]["configMapRef"] == {"name": "plant-board", "key": "plant-board.json"}
    who = json.loads(folders["executive"]["spec"]["permissions"])
    assert {"role": "Viewer", "permission": 1} in who["items"]


def test_viewers_see_the_executive_folder_alone() -> None:
    for role, seen in (("executive", True), ("operational", False), ("technical", False)):
        roles = {item["role"] for item in permissions(folder_of(role))["items"]}
        assert ("Viewer" in roles) is seen


def test_a_role_never_leaves_the_folder_of_the_boards() -> None:
    assert folder_of("../../etc").name == "etc"
    assert folder_of("..").name == "other"
    assert folder_of("Our Own").name == "our-own"


def test_requests_make_each_folder_once_and_name_it_in_the_boards() -> None:
    boards = tuple(
        BuiltBoard(uid, folder_of(role), {"uid": uid})
        for uid, role in (("one", "technical"), ("two", "technical"), ("three", "executive"))
    )
    made = list(requests_of(boards, "because"))
    folders = [r.body["uid"] for r in made if r.path == "/api/folders"]
    assert folders == ["sothat-folder-executive", "sothat-folder-technical"]
    pushed = {r.body["dashboard"]["uid"]: r.body for r in made if r.path == "/api/dashboards/db"}
    assert pushed["two"]["folderUid"] == "sothat-folder-technical"
    assert pushed["three"]["overwrite"] is True
    assert {r.body["message"] for r in made if "message" in r.body} == {"because"}
