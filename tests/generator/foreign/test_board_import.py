"""A board of Grafana's becomes one of ours: its JSON, and a module that the compiler takes."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sothat.commands.import_ import command
from sothat.model.alert import Catalogue
from sothat.model.problem import Unusable

BOARD: dict[str, Any] = {
    "__inputs": [{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus"}],
    "__requires": [],
    "id": 17,
    "version": 4,
    "uid": "node-exporter",
    "title": 'Nodes "all"',
    "schemaVersion": 39,
    "panels": [
        {
            "type": "timeseries",
            "title": "Load",
            "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"},
            "targets": [{"expr": "node_load1", "datasource": "${DS_PROMETHEUS}"}],
        }
    ],
}


def run(tmp_path: Path, *boards: Any) -> Result:
    files = []
    for number, board in enumerate(boards):
        file = tmp_path / f"exported-{number}.json"
        file.write_text(board if isinstance(board, str) else json.dumps(board), encoding="utf-8")
        files.append(str(file))
    arguments = ["board", *files, "-o", str(tmp_path / "ours"), "--json"]
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("imported_board", file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_board_is_ours_and_asks_the_source_that_people_choose(tmp_path: Path) -> None:
    result = run(tmp_path, BOARD)
    assert (result.exception, result.return_value) == (None, 0)
    board = module(tmp_path / "ours" / "nodes_all.py").BOARD
    assert (board.uid, board.title, board.role) == ("node-exporter", 'Nodes "all"', "technical")
    built = board.build(Catalogue((), (), None, {}, {}), {})  # type: ignore[arg-type]
    assert not {"id", "version", "__inputs", "__requires"} & set(built)
    (panel,) = built["panels"]
    source = {"type": "prometheus", "uid": "$datasource"}
    assert panel["datasource"] == panel["targets"][0]["datasource"] == source
    assert [each["name"] for each in built["templating"]["list"]] == ["datasource"]


def test_what_does_not_carry_over_is_told_with_its_place(tmp_path: Path) -> None:
    panels = [
        {"type": "row", "panels": [{"type": "logs", "datasource": {"type": "loki", "uid": "x"}}]},
        {"type": "graph", "alert": {"name": "old"}},
        {"type": "library-panel", "libraryPanel": {"uid": "abc"}},
    ]
    result = run(tmp_path, {"title": "", "panels": panels})
    assert result.return_value == 1
    lost = {
        each["place"].partition("#")[2] for each in json.loads(result.stdout)["not_carried_over"]
    }
    assert lost == {"/uid", "/panels/0/panels/0", "/panels/1/alert", "/panels/2"}
    assert (tmp_path / "ours" / "exported_0.json").exists()


@pytest.mark.parametrize(
    ("boards", "code"),
    [
        (("{",), "json-syntax"),
        (("[1]",), "not-a-board"),
        (({"panels": 1},), "not-a-board"),
        ((BOARD, BOARD), "file-exists"),
    ],
)
def test_nothing_is_written_of_what_cannot_be_used(
    tmp_path: Path, boards: tuple[Any, ...], code: str
) -> None:
    result = run(tmp_path, *boards)
    assert isinstance(result.exception, Unusable)
    assert {problem.code for problem in result.exception.problems} == {code}
    assert not (tmp_path / "ours").exists()


def test_odd_titles_make_sound_modules(tmp_path: Path) -> None:
    for number, title in enumerate(['"""', "\\", "{x}\n'", "١٢", "  "]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run(folder, {**BOARD, "title": title}).exception is None
        (file,) = (folder / "ours").glob("*.py")
        assert module(file).BOARD.uid == "node-exporter"


def test_a_board_keeps_a_uid_that_grafana_takes_though_it_is_short(tmp_path: Path) -> None:
    assert run(tmp_path, {**BOARD, "uid": "nodes"}).return_value == 0
    (file,) = (tmp_path / "ours").glob("*.py")
    assert module(file).BOARD.uid == "nodes"


def test_a_board_whose_file_is_gone_says_so(tmp_path: Path) -> None:
    run(tmp_path, BOARD)
    board = module(tmp_path / "ours" / "nodes_all.py").BOARD
    board.file.unlink()
    with pytest.raises(Unusable) as caught:
        board.build(None, {})
    assert caught.value.problems[0].code == "unreadable-file"
