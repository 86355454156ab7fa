"""Boards through Grafana's HTTP API: folders, permissions, provenance, all or nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import yaml
from sothat.commands._main import run as sothat
from sothat.live.applying.tally import Ending, tally

from .grafana import URL, FakeGrafana


def board(uid: str, *titles: str) -> dict[str, Any]:
    panels = [{"id": n, "title": title, "type": "stat"} for n, title in enumerate(titles, 1)]
    return {"uid": uid, "title": uid.title(), "tags": ["sothat"], "panels": panels}


class Deployment:
    """A Grafana, and a folder of compiled boards for it."""

    def __init__(self, folder: Path, grafana: FakeGrafana) -> None:
        self.grafana = grafana
        self.compiled = folder / "compiled"
        self.target = folder / "target.yaml"
        (folder / "token").write_text("x")
        server = {"url": URL, "token": {"file": "token"}}
        data = {"apiVersion": "sothat/v1", "kind": "Deployment", "grafana": server}
        self.target.write_text(yaml.safe_dump(data))
        self.write("executive", board("sothat-one", "A", "B"))
        self.write("technical", board("sothat-two", "C"))

    def write(self, folder: str, content: dict[str, Any]) -> None:
        file = self.compiled / "dashboards" / folder / f"{content['uid']}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))

    def run(self, *words: str) -> int:
        return sothat([*words, "--target", str(self.target), "--compiled", str(self.compiled)])

    def apply(self) -> int:
        return self.run("apply", "--yes", "--message", "revision 7")


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    grafana = FakeGrafana()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        grafana.install(mock)
        yield Deployment(tmp_path, grafana)


def test_boards_folders_and_who_may_see_them(deployment: Deployment) -> None:
    grafana = deployment.grafana
    assert deployment.apply() == 0
    assert deployment.run("plan") == 0
    assert set(grafana.boards) == {"sothat-one", "sothat-two"}
    assert grafana.boards["sothat-one"]["folder"] == "sothat-folder-executive"
    assert grafana.boards["sothat-one"]["message"] == "revision 7"
    team = {"teamId": 3, "permission": 2}
    executive = grafana.folders["sothat-folder-executive"]["permissions"]
    technical = grafana.folders["sothat-folder-technical"]["permissions"]
    editor, viewer = {"role": "Editor", "permission": 2}, {"role": "Viewer", "permission": 1}
    assert all(row in executive for row in (team, editor, viewer))
    assert viewer not in technical
    assert team in technical


def test_an_edit_by_hand_is_drift_and_is_taken_back(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment.apply() == 0
    edited = deployment.grafana.boards["sothat-one"]["dashboard"]
    edited["panels"].pop()
    edited["version"] = 9
    capsys.readouterr()
    assert deployment.run("drift") == 1
    out = capsys.readouterr().out
    assert "board Sothat-One gains a panel (B)" in out
    assert "by admin" in out
    assert deployment.apply() == 0
    assert deployment.run("drift") == 0


def test_a_board_that_is_no_longer_wanted_goes(deployment: Deployment) -> None:
    assert deployment.apply() == 0
    (deployment.compiled / "dashboards" / "technical" / "sothat-two.json").unlink()
    deployment.grafana.boards["theirs"] = {"dashboard": {"uid": "theirs"}, "folder": ""}
    assert deployment.apply() == 0
    assert set(deployment.grafana.boards) == {"sothat-one", "theirs"}


@pytest.mark.parametrize("number", range(1, 7))
def test_a_grafana_that_fails_at_each_change_has_its_old_boards(
    deployment: Deployment, number: int
) -> None:
    grafana = deployment.grafana
    assert deployment.apply() == 0
    before = {uid: b["dashboard"]["panels"] for uid, b in grafana.boards.items()}
    deployment.write("executive", board("sothat-one", "A", "New"))
    deployment.write("technical", board("sothat-two", "D"))
    deployment.write("operational", board("sothat-three", "E"))
    count = 0

    def fail(_method: str, _path: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise requests.ConnectionError("cut")

    grafana.before = fail
    code = deployment.apply()
    if count < number:
        assert code == 0
        return
    assert code == 1
    assert {uid: b["dashboard"]["panels"] for uid, b in grafana.boards.items()} == before
    assert "sothat-folder-operational" not in grafana.folders
    assert deployment.apply() == 0
    assert deployment.run("plan") == 0


def test_boards_from_files_are_not_touched(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployment.apply() == 0
    deployment.grafana.by_file.add("sothat-one")
    deployment.write("executive", board("sothat-one", "Other"))
    assert deployment.apply() == 2
    assert "[board-by-file]" in capsys.readouterr().err


def test_somebody_without_rights_is_told_so(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{URL}/api/search", status=403)
        assert deployment.run("plan") == 2
    assert "[server-forbidden]" in capsys.readouterr().err


def test_how_applies_ended_is_counted(deployment: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "applies.prom"

    def cut(_method: str, _path: str) -> None:
        raise requests.ConnectionError("cut")

    assert deployment.run("apply", "--yes", "--textfile", str(file)) == 0
    deployment.write("executive", board("sothat-one", "Other"))
    deployment.grafana.before = cut
    assert deployment.run("apply", "--yes", "--textfile", str(file)) == 1
    text = file.read_text()
    assert "# TYPE sothat_applies_total counter" in text
    assert 'sothat_applies_total{outcome="applied"} 1.0' in text
    assert 'sothat_applies_total{outcome="rolled-back"} 1.0' in text


@pytest.mark.parametrize("content", [None, b"", b"{}", b"7", b'{"applied": "x"}', b"\xff"])
def test_a_damaged_count_is_begun_anew(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "endings.json"
    if content is not None:
        file.write_bytes(content)
    assert tally(file, Ending.APPLIED) == {Ending.APPLIED: 1, Ending.ROLLED_BACK: 0}
    assert tally(file, Ending.APPLIED)[Ending.APPLIED] == 2


def test_a_journal_in_a_folder_that_is_in_use_removes_nothing_of_it(
    deployment: Deployment,
) -> None:
    journal = deployment.target.parent / ".sothat-apply"
    theirs = journal / "data" / "wal"
    theirs.mkdir(parents=True)
    assert deployment.apply() == 0
    deployment.write("executive", board("sothat-one", "Other"))
    assert deployment.apply() == 0
    assert theirs.is_dir()
    assert len([each for each in journal.iterdir() if each.is_dir()]) == 2
