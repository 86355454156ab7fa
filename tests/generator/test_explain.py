"""Where each value comes from: defaults of folders, head, entry, environment; and `explain`."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sothat.commands import _main
from sothat.generator.compile import Inputs, explain_alert
from sothat.generator.explanation import Explanation
from sothat.generator.values import load_values
from sothat.model.problem import Unusable

HEAD = "apiVersion: sothat/v1\nkind: Defaults\n"


@pytest.fixture
def layered(small: Inputs) -> Inputs:
    """Return the small catalogue with defaults in two folders and no owner in its file."""
    inner = small.catalogue / "inner"
    inner.mkdir()
    plant = small.catalogue / "plant.yaml"
    text = plant.read_text(encoding="utf-8").replace("owner: plant\n", "")
    (inner / "plant.yaml").write_text(text, encoding="utf-8")
    plant.unlink()
    outer = HEAD + "owner: plnt\ndomain: other\nif: {for: 9m, keep_firing_for: 7m}\n"
    (small.catalogue / "defaults.yaml").write_text(outer, encoding="utf-8")
    (inner / "defaults.yaml").write_text(HEAD + "owner: plant\n", encoding="utf-8")
    return small


def setting(found: Explanation, key: str) -> tuple[str, str, str]:
    last = [source for source in found.settings if source.key == key][-1]
    return last.value, last.origin, last.place


def test_the_nearer_wins_key_by_key(layered: Inputs, refused: Callable) -> None:
    assert refused(layered) == ()
    found = explain_alert(layered, "PlantPumpStopped")
    inner = "alert_rules/inner"
    assert setting(found, "owner") == ("plant", "defaults", f"{inner}/defaults.yaml:3:8")
    assert setting(found, "domain") == ("plant", "file", f"{inner}/plant.yaml:3:9")
    assert setting(found, "if.for") == ("1m", "entry", f"{inner}/plant.yaml:14:12")
    assert setting(found, "if.keep_firing_for")[:2] == ("7m", "defaults")


def test_what_is_inherited_is_compiled(layered: Inputs, built: Callable) -> None:
    rules = built(layered)["prometheus/rules/plant.yaml"]
    assert rules.count("keep_firing_for: 7m") == 2
    assert rules.count("keep_firing_for: 5m") == 1


def test_nothing_to_inherit(layered: Inputs, refused: Callable) -> None:
    for file in layered.catalogue.rglob("defaults.yaml"):
        file.unlink()
    problems = refused(layered)
    assert {p.code for p in problems} == {"missing-key"}
    assert len(problems) == 3
    assert problems[0].source.strip() == "- name: PlantPumpStopped"


def test_values_and_limits(small: Inputs) -> None:
    overrides = ["limits.for=5s", "alerts.PlantPumpStopped.window=3m"]
    inputs = replace(small, values=load_values(None, overrides))
    found = explain_alert(inputs, "PlantPumpStopped")
    assert setting(found, "if.window") == ("3m", "values", f"--set {overrides[1]}")
    assert setting(found, "if.for") == ("5s", "limit of the values", "limits.for")
    assert found.promql == "max_over_time(plant_pump_up[3m]) == 0"


def test_another_way_to_write_a_duration_is_no_limit(bend: Callable) -> None:
    found = explain_alert(bend("      for: 1m\n", "      for: 60s\n"), "PlantPumpStopped")
    assert setting(found, "if.for")[:2] == ("60s", "entry")


def test_type_route_and_relations(small: Inputs) -> None:
    found = explain_alert(small, "PlantPumpStopped")
    assert found.type["labels"] == "instance, job, pump, site"
    assert found.route["receiver"] == "incident-service"
    assert found.route["channels"] == ["on-call"]
    assert found.muted_by == ("PlantStationDown (equal site)",)
    assert explain_alert(small, "PlantStationDown").mutes == ("PlantPumpStopped",)


def test_what_a_kind_makes(bend: Callable) -> None:
    inputs = bend(
        "      window: 2m\n",
        "      window: 2m\n      absent: {selector: 'plant_pump_up{site=\"a\"}', for: 9m}\n",
    )
    assert explain_alert(inputs, "PlantPumpStopped").makes == ("PlantPumpStoppedAbsent",)
    found = explain_alert(inputs, "PlantPumpStoppedAbsent")
    assert (found.made_for, found.promql) == ("PlantPumpStopped", 'absent(plant_pump_up{site="a"})')


def test_values_cannot_tune_what_is_made(bend: Callable, refused: Callable) -> None:
    inputs = bend(
        "      window: 2m\n",
        "      window: 2m\n      absent: {selector: 'plant_pump_up{site=\"a\"}', for: 9m}\n",
    )
    values = load_values(None, ["alerts.PlantPumpStoppedAbsent.for=1m"])
    (problem,) = refused(replace(inputs, values=values))
    assert (problem.code, problem.hint) == ("unknown-alert", "tune PlantPumpStopped instead")


def test_an_unknown_alert_is_guessed(small: Inputs) -> None:
    with pytest.raises(Unusable) as raised:
        explain_alert(small, "PlantPumpStoped")
    assert raised.value.problems[0].hint == "did you mean 'PlantPumpStopped'?"


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main.run(["explain", "IotDeviceOffline"]) == 0
    assert "if.threshold" in capsys.readouterr().out
    assert _main.run(["explain", "IotDeviceOffline", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["labels"]["team"] == "building-operations"
    (covers,) = (each for each in found["settings"] if each["key"] == "covers")
    assert covers["value"] == ["M-DEV"]
    assert _main.run(["explain", "Nothing"]) == 2


def test_schemas_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main.run(["schema", "Policy"]) == 0
    printed = capsys.readouterr().out
    assert _main.run(["schema", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "policy.json").read_text(encoding="utf-8") == printed
    assert _main.run(["schema", "Nothing"]) == 2
