"""Alerts on trial: the evidence that a real Prometheus has kept, and the decision in the file."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sothat.commands import _main
from sothat.live.shadow import dropped, place_of, promoted
from sothat.model.alert import Alert
from sothat.model.problem import Position, Unusable

from .history import Made, prometheus, write

DATA = Path(__file__).parents[1] / "generator" / "data"
NAME = "  - name: PlantStationDown\n"
MINUTE = 60_000


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    shutil.copytree(DATA / "small", tmp_path / "small")
    monkeypatch.chdir(tmp_path / "small")
    return Path("alert_rules")


def shadowed(catalogue, text):
    file = catalogue / "plant.yaml"
    before = file.read_text()
    assert NAME in before
    file.write_text(before.replace(NAME, NAME + text))
    return before, file


INLINE = "    shadow: {until: 2099-01-31, reason: How often at night?}\n"
BLOCK = "    shadow:\n      until: 2099-01-31\n\n      reason: How often at night?  # so\n"


def run(*arguments):
    contract = DATA / "contracts" / "plant.yaml"
    options = ("--catalogue", "alert_rules", "--contract", contract)
    return _main.run(["shadow", *map(str, arguments), *map(str, options)])


@pytest.mark.real
def test_a_trial_is_shown_and_decided(catalogue, tmp_path, capsys):
    before, file = shadowed(catalogue, INLINE)
    file.chmod(0o640)
    now = int(datetime.now(UTC).timestamp() * 1000) // MINUTE * MINUTE
    labels = {"__name__": "ALERTS", "alertstate": "firing", "alertname": "PlantStationDown"}
    points = [(now - n * MINUTE, 1.0) for n in range(100, 60, -1)]
    heard = {**labels, "site": "b"}
    with prometheus(tmp_path) as url:
        ends = [(now - 60 * MINUTE, None)]
        write(url, [Made({**labels, "shadow": "true"}, points + ends), Made(heard, points + ends)])
        assert run("list", "--prometheus", url, "--since", "1d") == 0
        out = capsys.readouterr().out
        assert "fired      1 on 1 days, 1 label sets, 40m in all" in out
        assert "How often at night?" in out
        assert run("promote", "Plant", "--prometheus", url) == 2
        assert "[unknown-alert]" in capsys.readouterr().err
        assert run("promote", "PlantStationDown", "--prometheus", url) == 0
    assert file.read_text() == before
    assert file.stat().st_mode & 0o777 == 0o640
    assert run("list", "--prometheus", "http://127.0.0.1:1") == 0
    assert "no alert is in shadow" in capsys.readouterr().out


def test_without_a_server_nothing_is_decided(catalogue, capsys):
    _, file = shadowed(catalogue, INLINE)
    text = file.read_text()
    for verb in ("promote", "drop"):
        assert run(verb, "PlantStationDown", "--prometheus", "http://127.0.0.1:1") == 2
        assert "[prometheus-unreachable]" in capsys.readouterr().err
    assert file.read_text() == text


def alert(file) -> Alert:
    found = object.__new__(Alert)
    object.__setattr__(found, "name", "A")
    object.__setattr__(found, "position", Position(str(file)))
    return found


ONE = "kind: Alerts\nalerts:\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  - name: A\n    x: 1\n" + INLINE, "  - name: A\n    x: 1\n"),
        ("  - name: A\n" + BLOCK + "    x: 1\n", "  - name: A\n    x: 1\n"),
    ],
)
def test_only_the_trial_leaves_the_file(tmp_path, text, kept):
    file = tmp_path / "a.yaml"
    file.write_text(ONE + text)
    assert promoted(place_of(alert(file))) == ONE + kept


def test_only_the_alert_leaves_the_file(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(ONE + "- name: B\n- name: A\n  shadow:\n    until: x\n# of C\n- name: C\n")
    place = place_of(alert(file))
    assert dropped(place) == ONE + "- name: B\n# of C\n- name: C\n"
    assert promoted(place) == ONE + "- name: B\n- name: A\n# of C\n- name: C\n"


@pytest.mark.parametrize(
    "text",
    [
        "alerts: [{name: A, shadow: {until: x}}]\n",
        "alerts:\n  - {name: A, shadow: {until: x}}\n  - name: B\n",
        "alerts:\n  - shadow: {until: x}\n    name: A\n",
    ],
)
def test_what_shares_its_lines_is_left_to_people(tmp_path, text):
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(Unusable) as caught:
        promoted(place_of(alert(file)))
    assert caught.value.problems[0].code == "shares-lines"
