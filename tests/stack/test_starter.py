"""A team's own pack: begun by one command, installed beside sothat, and sound at once."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from sothat.commands._main import run
from sothat.model.problem import Unusable
from sothat.stack.starter import examples, name_for, pack_files

FIRST = "web-shop"


def installed(pack: Path, site: Path) -> Mapping[str, str]:
    """Install a pack into a folder of its own; return an environment in which it is found."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", site, pack], check=True, capture_output=True, timeout=120)
    return {**os.environ, "PYTHONPATH": str(site)}


def by_pace() -> list[ParameterSet]:
    """Return the examples; all but the one that people begin with belong to `make test-slow`."""
    return [
        pytest.param(name, marks=() if name == FIRST else pytest.mark.slow) for name in examples()
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("example", by_pace())
def test_a_pack_is_sound_from_the_first_minute(example: str, tmp_path: Path) -> None:
    pack = tmp_path / "hotel-alerts"
    assert run(["init", str(pack), "--like", example]) == 0
    environment = installed(pack, tmp_path / "site")
    own = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        own, cwd=pack, env=environment, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("example", "name"),
    [
        ("hospital", "hospital-building"),
        ("one-server", "one-server"),
        ("web-shop", "web-shop"),
    ],
)
def test_nothing_of_the_examples_name_is_left(example: str, name: str) -> None:
    files = list(pack_files(example, "hotel-alerts"))
    assert example in examples()
    assert any("hotel-alerts" in file.text for file in files)
    for file in files:
        assert name not in str(file.path) + file.text
        assert name.replace("-", "_") not in str(file.path) + file.text


def test_a_dead_panel_of_the_teams_own_board_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "hotel-alerts"
    assert run(["init", str(pack)]) == 0
    board = pack / "hotel_alerts" / "boards" / "orders.py"
    board.write_text(board.read_text().replace("sum(shop_orders_waiting)", "sum(shop_orders_wait)"))
    environment = installed(pack, tmp_path / "site")
    check = [sys.executable, "-m", "sothat.commands", "check", "--catalogue", "alert_rules"]
    done = subprocess.run(
        check, cwd=pack, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "shop_orders_wait" in done.stdout + done.stderr


def test_a_board_whose_library_is_missing_says_what_to_do(tmp_path: Path) -> None:
    pack = tmp_path / "hotel-alerts"
    assert run(["init", str(pack)]) == 0
    site = tmp_path / "site"
    environment = installed(pack, site)
    missing = "raise ModuleNotFoundError('No module', name='grafana_foundation_sdk')\n"
    (site / "grafana_foundation_sdk.py").write_text(missing)
    check = [sys.executable, "-m", "sothat.commands", "check", "--catalogue", "alert_rules"]
    done = subprocess.run(
        check, cwd=pack, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert "'hotel-alerts-sdk' (hotel_alerts.boards.sdk) cannot be loaded" in done.stderr
    hint = "install the package with the module 'grafana_foundation_sdk', or uninstall hotel-alerts"
    assert hint in done.stderr


def test_files_with_a_dot_are_there() -> None:
    paths = {str(file.path) for file in pack_files("web-shop", "hotel-alerts")}
    assert {".gitignore", ".github/workflows/ci.yml"} <= paths


def test_nobodys_files_are_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["init", str(tmp_path), "--name", "mine"]) == 2
    assert "not empty: notes.txt" in capsys.readouterr().err
    assert run(["init", str(tmp_path / "notes.txt"), "--name", "mine"]) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("folder", "name"), [("Hotel Alerts", "hotel-alerts"), ("our_b", "our-b"), ("shop1", "shop1")]
)
def test_the_folder_names_the_pack(folder: str, name: str, tmp_path: Path) -> None:
    assert name_for(tmp_path / folder) == name


@pytest.mark.parametrize(
    "words", [["--name", "Hôtel"], ["--name", "1st"], ["--name", "a--b"], ["--like", "../demo"]]
)
def test_names_that_are_none_are_refused(words: list[str], tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "sound"), *words]) == 2
    assert not (tmp_path / "sound").exists()


def test_a_folder_that_names_nothing_wants_a_name(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="is no name"):
        name_for(tmp_path / "123")


@pytest.mark.parametrize(
    "name", ["class", "json", "test", "tests", "alert-rules", "sothat", "click"]
)
def test_a_name_whose_module_would_stand_in_for_another_is_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"is no name for a pack: (a|it) "):
        name_for(tmp_path / name)


@pytest.mark.parametrize("name", ["abc", "a" * 30])
def test_a_name_after_which_no_board_can_be_called_is_none(name: str) -> None:
    with pytest.raises(Unusable) as refused:
        name_for(Path(name))
    assert refused.value.problems[0].hint.startswith("4 to 29 characters")


def test_boards_have_a_uid_that_grafana_takes_whatever_the_name() -> None:
    uid = re.compile(r'(?:uid = |board\(\s*"[a-z]+",\s*)"([^"]*)"')
    for name in ("abcd", "a" * 29):
        assert name_for(Path(name)) == name
        texts = [
            f.text
            for each in examples()
            for f in pack_files(each, name)
            if "boards" in f.path.parts
        ]
        found = [one for text in texts for one in uid.findall(text)]
        assert len(found) > 4
        assert all(8 <= len(one) <= 40 for one in found), found


def test_a_folder_keeps_its_letters_in_the_name() -> None:
    assert name_for(Path("Über Alarme")) == "uber-alarme"


def test_a_folder_that_makes_no_name_is_named_itself() -> None:
    with pytest.raises(Unusable, match="'日本' is no name"):
        name_for(Path("日本"))


def test_what_to_do_next_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "Our alerts", "--like", "one-server"]) == 0
    assert run(["init", "--like", "one-server", "--", "-oddly"]) == 0
    told = capsys.readouterr().out
    assert "  cd 'Our alerts'\n" in told
    assert "  cd ./-oddly\n" in told
