"""``sothat contract`` as people and pipelines use it."""

import json
from pathlib import Path

import pytest
from sothat.commands._main import run

DATA = Path(__file__).parent / "data"
MYSQL = str(DATA / "mysqld_exporter-0.14.txt.gz")
DOOR = '# TYPE door_open gauge\ndoor_open{door="a"} 1\n'


def sothat(*arguments: str) -> int:
    return run(["contract", *arguments])


@pytest.fixture
def door(tmp_path: Path) -> Path:
    file = tmp_path / "door.txt"
    file.write_text(DOOR)
    return file


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat("list") == 0
    assert "node_exporter" in capsys.readouterr().out
    assert sothat("list", "--json") == 0
    entries = json.loads(capsys.readouterr().out)["contracts"]
    counts = {entry["source"]: entry["families"] for entry in entries}
    assert counts["node_exporter"] > 1000
    assert {"cadvisor", "kubelet", "kube-state-metrics", "snmp_exporter", "grafana"} <= {*counts}


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat("show", "synthetic") == 0
    assert "  - name: up\n" in capsys.readouterr().out
    assert sothat("show", "synthetic", "--json") == 0
    assert json.loads(capsys.readouterr().out)["source"] == "synthetic"


def test_capture_then_check(door: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = door.with_suffix(".yaml")
    assert sothat("capture", str(door), "-o", str(contract)) == 0
    assert sothat("check", str(door), "--contract", str(contract)) == 0
    door.write_text(DOOR.replace("door=", "gate="))
    assert sothat("check", str(door), "--contract", str(contract), "--json") == 1
    problems = json.loads(capsys.readouterr().out.partition("\n")[2])["problems"]
    assert [p["code"] for p in problems] == ["undeclared-label", "missing-label"]
    assert {p["rule"] for p in problems} == {"door_open"}


def test_capture_on_standard_output(door: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat("capture", str(door), "--name", "gate") == 0
    assert "source: gate\n" in capsys.readouterr().out
    assert sothat("capture", str(door), "--json") == 0
    assert json.loads(capsys.readouterr().out)["source"] == "door"


def test_check_by_name() -> None:
    assert sothat("check", MYSQL, "--contract", "mysqld_exporter") == 0
    assert sothat("check", MYSQL, "--contract", "postgres_exporter") == 1
    assert sothat("check", MYSQL, "--contract", "mysqld_exporter", "--contract", "synthetic") == 1


def test_diff(door: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = door.with_name("old.yaml"), door.with_name("new.yaml")
    assert sothat("capture", str(door), "-o", str(old)) == 0
    assert sothat("diff", str(old), str(old)) == 0
    assert "no difference" in capsys.readouterr().out
    door.write_text(DOOR + "# TYPE door_moves_total counter\ndoor_moves_total 1\n")
    assert sothat("capture", str(door), "-o", str(new)) == 0
    assert sothat("diff", str(old), str(new)) == 0
    assert "compatible: door_moves_total: is new" in capsys.readouterr().out
    assert sothat("diff", str(new), str(old), "--json") == 1
    found = json.loads(capsys.readouterr().out)["differences"]
    assert found == [{"family": "door_moves_total", "message": "has vanished", "breaking": True}]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nothing.txt", "--contract", "synthetic"],
        ["check", MYSQL],
        ["check", MYSQL, "--contract", "no-such"],
        ["check", "http://127.0.0.1:1/metrics", "--contract", "synthetic"],
        ["check", MYSQL, "--contract", "synthetic", "--timeout", "0"],
        ["show", "nothing.yaml"],
        ["diff", "synthetic", "no-such"],
        ["capture", MYSQL, "-o", "no/such/folder/a.yaml"],
    ],
)
def test_unusable(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert sothat(*arguments) == 2
    assert "rror" in capsys.readouterr().err
