"""Catalogues that build on others: what they take over, leave out and change."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import (
    Inputs,
    compile_catalogue,
    explain_alert,
    installed_inputs,
)
from sothat.generator.values import Values
from sothat.model.alert import Alert
from sothat.model.problem import Problem, Unusable

POLICY = """\
apiVersion: sothat/v1
kind: Policy
priorities:
  P1: {meaning: All down, severity: critical, acknowledge: 15m, update: 30m, resolve: 4h}
  P2: {meaning: Much down, severity: critical, acknowledge: 1h, update: 2h, resolve: 8h}
  P3: {meaning: A little down, severity: warning, acknowledge: 4h, update: 1d, resolve: 3d}
  P4: {meaning: Cosmetic, severity: info, acknowledge: 1d, resolve: 10d}
teams:
  night:
    description: Looks after the pumps at night
    duties: [security]
    channels: {P1: [night-call], P2: [night-call], P3: [night-call], P4: [night-call]}
    escalation: [Night engineer, Head of nights]
grouping: [alertname, site]
"""
MAINTENANCE = """\
calendar: hq
calendars: {hq: {country: FR, time_zone: Europe/Paris, years: 2026-2028}}
maintenance:
  venting:
    every: week
    day: tuesday
    start: "05:00"
    end: "06:00"
    calendar: hq
    notice_days: 2
    mutes: [{alertname: PlantPressureLow}]
"""


@pytest.fixture
def on_top(small: Inputs, tmp_path: Path) -> Callable[..., Inputs]:
    """Return a function that makes a catalogue on top of the small one."""

    def make(text: str, name: str = "night", builds_on: str = "../small/alert_rules") -> Inputs:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "policy.yaml").write_text(POLICY)
        head = f"apiVersion: sothat/v1\nkind: Pack\nbuilds_on: [{builds_on}]\n"
        (folder / "pack.yaml").write_text(head + text)
        return replace(small, catalogue=folder)

    return make


def compiled(inputs: Inputs) -> CheckedCatalogue:
    return compile_catalogue(inputs, installed_checks())


def alerts(inputs: Inputs) -> dict[str, Alert]:
    return {alert.name: alert for alert in compiled(inputs).catalogue.alerts}


def test_all_is_taken_over_under_the_policy_on_top(on_top: Callable[..., Inputs]) -> None:
    found = alerts(on_top("owners: {plant: night}\n"))
    assert list(found) == ["PlantPumpStopped", "PlantStationDown", "PlantPressureLow"]
    assert {alert.owner for alert in found.values()} == {"night"}


def test_one_team_may_own_all_of_it(on_top: Callable[..., Inputs]) -> None:
    assert {alert.owner for alert in alerts(on_top("owner: night\n")).values()} == {"night"}


def test_without_a_policy_of_its_own_that_below_counts(on_top: Callable[..., Inputs]) -> None:
    inputs = on_top("")
    (inputs.catalogue / "policy.yaml").unlink()
    assert {alert.owner for alert in alerts(inputs).values()} == {"plant"}


def test_a_policy_below_may_mute_what_is_not_taken_over(on_top: Callable[..., Inputs]) -> None:
    inputs = on_top("leave_out: [{alert: PlantPressureLow, reason: We have no gauge}]\n")
    (inputs.catalogue / "policy.yaml").unlink()
    below = inputs.catalogue.parent / "small" / "alert_rules" / "policy.yaml"
    below.write_text(below.read_text() + MAINTENANCE)
    assert "PlantPumpStopped" in alerts(inputs)


def test_a_team_below_that_nobody_stands_for_is_refused(
    on_top: Callable[..., Inputs], refused: Callable[[Inputs], Sequence[Problem]]
) -> None:
    (problem,) = (each for each in refused(on_top("")) if each.code == "unknown-team")
    assert problem.message == (
        "no team 'plant': nobody would be called for PlantPumpStopped and 2 more"
    )
    assert "owners: {plant: …}" in problem.hint


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("owner: nihgt\n", 4, "did you mean 'night'"),
        ("owners: {plant: nihgt}\n", 4, "did you mean 'night'"),
        ("owners:\n  plant: night\n  palnt: night\n", 6, "did you mean 'plant'"),
        ("owners:\n  plant: night\n  towers: nobody\n", 6, "those below belong to"),
    ],
)
def test_an_unknown_team_is_told_once_where_the_pack_names_it(
    on_top: Callable[..., Inputs],
    refused: Callable[[Inputs], Sequence[Problem]],
    text: str,
    line: int,
    named: str,
) -> None:
    (problem,) = (each for each in refused(on_top(text)) if each.code == "unknown-team")
    assert problem.position
    assert (Path(problem.position.file).name, problem.position.line) == ("pack.yaml", line)
    assert named in problem.hint


def test_a_team_below_that_owns_nothing_may_be_replaced(on_top: Callable[..., Inputs]) -> None:
    inputs = on_top("owners: {plant: night, spare: night}\n")
    below = inputs.catalogue.parent / "small" / "alert_rules" / "policy.yaml"
    text = below.read_text()
    start = text.index("  plant:")
    end = text.index("grouping:")
    below.write_text(text[:end] + text[start:end].replace("  plant:", "  spare:", 1) + text[end:])
    assert {alert.owner for alert in alerts(inputs).values()} == {"night"}


@pytest.mark.parametrize("text", ["only: 7\n", "owenr: night\n"])
def test_a_pack_that_cannot_be_used_does_not_say_that_there_is_no_policy(
    on_top: Callable[..., Inputs], refused: Callable[[Inputs], Sequence[Problem]], text: str
) -> None:
    inputs = on_top(text)
    (inputs.catalogue / "policy.yaml").unlink()
    assert "missing-policy" not in {each.code for each in refused(inputs)}


def test_what_is_left_out_is_gone_with_all_that_speaks_of_it(
    on_top: Callable[..., Inputs],
) -> None:
    text = "owner: night\nleave_out: [{alert: PlantStationDown, reason: We have one station}]\n"
    below = on_top(text).catalogue.parent / "small"
    (below / "alert_rules" / "parts.yaml").write_text(
        "apiVersion: sothat/v1\nkind: Dependencies\ncomponents:\n"
        "  station: {down: [PlantStationDown], alerts: [PlantPressureLow]}\n"
    )
    notes = below / "runbooks" / "PlantStationDown.md"
    notes.write_text("## History\n\n- It rained.\n")
    other = below / "runbooks" / "PlantPumpStopped.md"
    other.write_text(other.read_text() + "\nSee [the station](PlantStationDown.md).\n")
    checked = compiled(replace(on_top(text, name="again"), catalogue=below.parent / "again"))
    found = {alert.name: alert for alert in checked.catalogue.alerts}
    assert "PlantStationDown" not in found
    assert found["PlantPumpStopped"].inhibitions == ()
    assert checked.catalogue.components["station"].down == ()
    assert list(checked.notes) == ["PlantPumpStopped"]
    assert "See the station." in checked.notes["PlantPumpStopped"].text


def test_whoever_asks_for_what_is_left_out_is_told_why(on_top: Callable[..., Inputs]) -> None:
    text = "owner: night\nleave_out: [{alert: PlantStationDown, reason: We have one station}]\n"
    with pytest.raises(Unusable, match=r"is left out: \S*pack.yaml:5:21: We have one station"):
        explain_alert(on_top(text), "PlantStationDown")
    other = on_top("owner: night\nonly: [hall]\n", name="other")
    with pytest.raises(Unusable, match="no catalogue takes its domain over"):
        explain_alert(other, "PlantStationDown")


@pytest.mark.parametrize(
    "text",
    ["only: [hall]\n", "leave_out: [{domain: plant, reason: We have no plant}]\n"],
)
def test_domains_are_left_out(on_top: Callable[..., Inputs], text: str) -> None:
    inputs = on_top("owner: night\n" + text)
    plant = (inputs.catalogue.parent / "small" / "alert_rules" / "plant.yaml").read_text()
    own = plant.replace("domain: plant", "domain: hall").replace("Plant", "Hall")
    (inputs.catalogue / "hall.yaml").write_text(own.replace("owner: plant", "owner: night"))
    assert list(alerts(inputs)) == ["HallPumpStopped", "HallStationDown", "HallPressureLow"]


def test_a_threshold_is_changed_and_explained(on_top: Callable[..., Inputs]) -> None:
    inputs = on_top('owner: night\nalerts: {PlantPressureLow: {threshold: "< 70%", for: 9m}}\n')
    found = alerts(inputs)["PlantPressureLow"].condition
    assert (found.threshold and found.threshold.value, found.for_seconds) == (0.7, 540)
    settings = {each.key: each for each in explain_alert(inputs, "PlantPressureLow").settings}
    assert settings["if.threshold"].origin == settings["owner"].origin == "pack"
    assert "pack.yaml:5:" in settings["if.threshold"].place


def test_catalogues_stand_on_one_another(on_top: Callable[..., Inputs]) -> None:
    on_top("owner: night\nalerts: {PlantPressureLow: {for: 9m}}\n", name="middle")
    top = on_top(
        'alerts: {PlantPressureLow: {threshold: "< 60%"}}\n', name="top", builds_on="../middle"
    )
    found = alerts(top)["PlantPressureLow"].condition
    assert (found.threshold and found.threshold.value, found.for_seconds) == (0.6, 540)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("leave_out: [{alert: PlantStationDwn, reason: none}]\n", "unknown-alert", 5),
        ("leave_out: [{domain: planet, reason: none}]\n", "unknown-domain", 5),
        ("only: [plant, hal]\n", "unknown-domain", 5),
        ("alerts: {PlantPresureLow: {for: 9m}}\n", "unknown-alert", 5),
        ("alerts: {PlantPressureLow: {shape: round}}\n", "unknown-key", 5),
        ("leave_out: [{alert: PlantStationDown}]\n", "missing-key", 5),
    ],
)
def test_what_it_names_must_be_there(
    on_top: Callable[..., Inputs],
    refused: Callable[[Inputs], Sequence[Problem]],
    text: str,
    code: str,
    line: int,
) -> None:
    found = [p for p in refused(on_top("owner: night\n" + text)) if p.code == code]
    assert [problem.position and problem.position.line for problem in found] == [line]


@pytest.mark.parametrize("name", ["nowhere", "../nowhere", "plant"])
def test_a_catalogue_that_is_not_there(
    on_top: Callable[..., Inputs], refused: Callable[[Inputs], Sequence[Problem]], name: str
) -> None:
    codes = {problem.code for problem in refused(on_top("", builds_on=name))}
    assert "unknown-pack" in codes


def test_a_circle_is_refused(
    on_top: Callable[..., Inputs], refused: Callable[[Inputs], Sequence[Problem]]
) -> None:
    on_top("", name="one", builds_on="../two")
    two = on_top("", name="two", builds_on="../one")
    assert "pack-circle" in {problem.code for problem in refused(two)}
    assert "pack-circle" in {
        problem.code for problem in refused(on_top("", name="three", builds_on="../three"))
    }


def test_two_packs_in_one_catalogue(
    on_top: Callable[..., Inputs], refused: Callable[[Inputs], Sequence[Problem]]
) -> None:
    inputs = on_top("")
    (inputs.catalogue / "second.yaml").write_text((inputs.catalogue / "pack.yaml").read_text())
    assert "duplicate-pack" in {problem.code for problem in refused(inputs)}


def test_an_empty_folder_below_is_said(on_top: Callable[..., Inputs], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unusable, match="no YAML files here"):
        compiled(on_top("", builds_on="../empty"))


@pytest.fixture
def pumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that installs a pack called pumps, of a text."""
    site = tmp_path / "site"
    facts = site / "pumps-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: pumps\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(site)

    def install(text: str) -> None:
        module = f"pumps_pack_{abs(hash(text))}"
        (facts / "entry_points.txt").write_text(f"[sothat.packs]\npumps = {module}\n")
        (site / f"{module}.py").write_text(text)

    return install


@pytest.mark.parametrize("builds_on", ["pumps", "pumps, ../small/alert_rules"])
def test_an_installed_pack_is_found_by_its_name(
    on_top: Callable[..., Inputs], pumps: Callable[[str], None], tmp_path: Path, builds_on: str
) -> None:
    pumps(f"CATALOGUE = {str(tmp_path / 'small/alert_rules')!r}\n")
    assert len(alerts(on_top("owner: night\n", builds_on=builds_on))) == 3


@pytest.mark.parametrize("text", ["", "CATALOGUE = 7\n", "CATALOGUE = '/no/such/folder'\n"])
def test_an_installed_pack_that_offers_no_folder(
    on_top: Callable[..., Inputs], pumps: Callable[[str], None], text: str
) -> None:
    pumps(text)
    with pytest.raises(Unusable, match="'pumps' offers no folder by the name CATALOGUE"):
        compiled(on_top("owner: night\n", builds_on="pumps"))


def test_parts_of_the_shipped_catalogue_under_a_policy_of_ones_own(
    on_top: Callable[..., Inputs],
) -> None:
    text = "owner: night\nonly: [infrastructure, database, monitoring]\n"
    text += "leave_out: [{alert: DatabaseDown, reason: Somebody else looks after it}]\n"
    inputs = installed_inputs(on_top(text, builds_on="sothat").catalogue, Values())
    found = alerts(inputs)
    assert "HostDown" in found
    assert "DatabaseDown" not in found
    assert {alert.domain for alert in found.values()} == {
        "infrastructure",
        "database",
        "monitoring",
    }
