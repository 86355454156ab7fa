"""Each problem is found where it is, with a hint; and only where it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import Inputs, all_problems, compile_catalogue, installed_boards
from sothat.generator.values import load_values
from sothat.model.problem import Problem, Severity, Unusable

ROTATION = (
    "calendars: {here: {country: DE, time_zone: Europe/Berlin}}\n"
    "rotations: {pumps: {team: plnt, calendar: here, starts: 2026-01-05T09:00, shift: 7d, "
    "members: [First]}}\n"
)
SECURITY_TEAM = """teams:
  guards:
    description: Guard it
    duties: [security]
    channels: {P1: [on-call], P2: [on-call], P3: [office], P4: [office]}
    escalation: [Guard on call]
"""
QUERY = "max_over_time(plant_pump_up[$window])"

# code, text to replace in plant.yaml, replacement, the text where the caret stands
CASES = [
    ("vague-action", "restarts the pump or opens the bypass", "is informed", "PlantPumpStopped"),
    ("vague-action", "The pump engineer vents the pipe", "Be aware", "PlantPressureLow"),
    ("informational-alert", "summary: Pressure is low", "summary: FYI pressure is low",
     "PlantPressureLow"),
    ("page-without-step", "      steps: [{do: Drive there}]\n", "", "PlantStationDown"),
    ("unknown-team", "owner: plant\n", "owner: plnt\n", "plnt"),
    ("outcome-restates-condition", "have warm rooms", "have a pump that run two minutes",
     "PlantPumpStopped"),
    ("outcome-clash", "kpi: comfort", "kpi: Availability!", "PlantStationDown"),
    ("unknown-metric", "plant_pump_up[", "plant_pump_upp[", "plant_pump_upp["),
    ("unknown-label", "plant_pump_up[", 'plant_pump_up{place="a"}[', 'place="a"'),
    ("impossible-matcher", QUERY, 'increase(plant_starts_total{mode="of"}[$window])', 'mode="of"'),
    ("promql-syntax", QUERY, "max_over_time(plant_pump_up[$window]))", ")\n"),
    ("promql-syntax", QUERY, "max_over_time(plant_pump_up[$window]) bye (site)", "bye (site)"),
    ("promql-syntax", "      window: 2m\n", "", "$window"),
    ("missing-comparison", '      threshold: "== 0"\n      window: 2m\n', "      window: 2m\n",
     "max_over_time("),
    ("rate-of-gauge", QUERY, "rate(plant_pump_up[$window])", "rate("),
    ("bare-counter", QUERY, "plant_starts_total", "plant_starts_total"),
    ("range-too-short", QUERY, "increase(plant_starts_total[20s])", "[20s]"),
    ("duplicate-alert", "name: PlantStationDown", "name: PlantPumpStopped", "PlantPumpStopped"),
    ("unknown-inhibitor", "alert: PlantStationDown", "alert: PlantStationDwn", "PlantPumpStopped"),
    ("inhibition-of-itself", "alert: PlantStationDown", "alert: PlantPumpStopped",
     "PlantPumpStopped"),
    ("inhibition-label-missing", "equal: [site]", "equal: [pump]", "PlantPumpStopped"),
    ("templated-summary", "who: Tenants", "who: '{{ end }}'", "PlantPumpStopped"),
    ("templated-summary", "A pump has not run", "A {{` pump", "PlantPumpStopped"),
    ("bad-template", "$labels.site }} is dark", "$labels.site is dark", "PlantStationDown"),
    ("bad-template", "{{ $labels.site }} is dark", "{{ end }}", "PlantStationDown"),
    ("template-label-missing", "$labels.pump }}", "$labels.pmp }}", "PlantPumpStopped"),
    ("templated-summary", "A pump has stopped", "'{{ $labels.pump }} stopped'", "PlantPumpStopped"),
    ("threshold-unit", 'threshold: "< 85%"', 'threshold: "< 85s"', '"< 85s"'),
    ("missing-do", "    do:\n", "    does:\n", "name: PlantPumpStopped"),
    ("missing-do", "      action: The pump engineer vents the pipe\n", "", "do:\n"),
    ("missing-so-that", "    so_that:\n", "    so_what:\n", "name: PlantPumpStopped"),
    ("missing-so-that", "outcome: have warm rooms in the morning", 'outcome: " "', '" "'),
    ("missing-if", "    if:\n", "    iff:\n", "name: PlantPumpStopped"),
    ("security-without-team", "kind: threshold", "kind: security", "PlantPressureLow"),
    ("unknown-key", "      window: 2m\n", "      windw: 1m\n", "windw"),
    ("bad-format", "keep_firing_for: 5m", "keep_firing_for: 300y", "300y"),
    ("bad-format", "      for: 5m\n", '      for: "5m\\n"\n', '"5m'),
    ("bad-format", "kpi: comfort", 'kpi: "!!!"', '"!!!"'),
    ("bad-format", "1x2 0x10}", "1x2 0x}", "1x2 0x"),
    ("bad-format", "{'plant_station_up{site=\"a\"}': 1x10}", "{'plant_station_up{site=a}': 1x10}",
     "{'plant"),
    ("bad-format", "fires: [{site: a}]", "fires: [{1st: a}]", "{1st"),
]  # fmt: skip


def test_an_alert_that_nothing_proves(bend: Callable, refused: Callable) -> None:
    """No test can be made of it, and its examples show one side only."""
    bend(
        "query: site:plant_pressure_ratio:min",
        "query: stddev by (site) (plant_pump_pressure_ratio)",
    )
    found = refused(bend("        at: 10m\n        fires: [{site: a}]\n", "        at: 10m\n"))
    (unproven,) = (problem for problem in found if problem.code == "unproven-alert")
    assert unproven.message == "nothing proves that PlantPressureLow fires"
    assert _at(unproven).startswith("PlantPressureLow")


def test_an_alert_whose_tests_can_be_made_needs_no_examples(bend: Callable) -> None:
    inputs = bend("fires: [{site: a, pump: p1}]", "fires: []")
    assert compile_catalogue(inputs, installed_checks()).catalogue.alerts


@pytest.mark.parametrize(("code", "old", "new", "text"), CASES)
def test_refused(
    bend: Callable, refused: Callable, code: str, old: str, new: str, text: str
) -> None:
    found = refused(bend(old, new))
    assert code in {problem.code for problem in found}
    first = next(problem for problem in found if problem.code == code)
    assert _at(first).startswith(text)


@pytest.mark.parametrize("expr", ["sum((", "site:plant_pressure_ratio:min", "up[", "1y", "$x"])
def test_a_recording_of_any_text_is_read(bend: Callable, refused: Callable, expr: str) -> None:
    """Tests are made of expressions whatever the rules that they name are like."""
    found = refused(
        bend("min by (site) (plant_pump_pressure_ratio)", f"'{expr}'", "recordings.yaml")
    )
    assert all(problem.position for problem in found)


def test_an_entry_whose_name_is_no_text(bend: Callable, refused: Callable) -> None:
    assert refused(bend("name: PlantPumpStopped", "name: [PlantPumpStopped]"))


def _at(problem: Problem) -> str:
    """Return what stands in the file from the problem's place on."""
    line = Path(problem.position.file).read_text().splitlines()[problem.position.line - 1]
    assert line == problem.source
    return line[problem.position.column - 1 :] + "\n"


def test_the_small_catalogue_is_clean(small: Inputs, refused: Callable) -> None:
    assert refused(small) == ()


def test_all_problems_whoever_looks(bend: Callable) -> None:
    """Several processes share the checks: a problem of theirs is told as any other."""
    bend("equal: [site]", "equal: [pump]")
    bend("owner: plant\n", "owner: plnt\n")
    inputs = replace(bend('threshold: "< 85%"', 'threshold: "< 85s"'), boards=installed_boards()[0])
    alone, together = (all_problems(inputs, installed_checks(), jobs) for jobs in (1, 3))
    assert {"unknown-team", "threshold-unit", "dead-panel"} <= {each.code for each in alone}
    assert together == alone


def test_all_problems_at_once(bend: Callable, refused: Callable) -> None:
    bend("    so_that:\n      who: Tenants", "    so_what:\n      who: Tenants")
    bend("equal: [site]", "equal: [pump]")
    bend('threshold: "< 85%"', 'threshold: "< 85s"')
    found = refused(bend("owner: plant\n", "owner: plnt\n"))
    assert {"missing-so-that", "unknown-team", "threshold-unit"} <= {p.code for p in found}


def test_a_broken_entry_does_not_make_references_to_it_problems(
    bend: Callable, refused: Callable
) -> None:
    inputs = bend("    so_that:\n      who: The town", "    so_what:\n      who: The town")
    assert {p.code for p in refused(inputs)} == {"missing-so-that", "unknown-key"}


def test_a_typo_is_guessed(bend: Callable, refused: Callable) -> None:
    problem = next(iter(refused(bend("plant_pump_up[", "plant_pump_upp["))))
    assert "plant_pump_up" in problem.hint


def test_a_place_in_a_folded_query(bend: Callable, refused: Callable) -> None:
    folded = ">-\n        max_over_time(\n          plant_pmp_up[$window]\n        )"
    (problem,) = (p for p in refused(bend(QUERY, folded)) if p.code == "unknown-metric")
    assert _at(problem) == "plant_pmp_up[$window]\n"


def test_a_place_in_a_quoted_query(bend: Callable, refused: Callable) -> None:
    quoted = r'"max_over_time(plant_pump_up{site=~\"a|b\", pmp=\"1\"}[$window])"'
    (problem,) = (p for p in refused(bend(QUERY, quoted)) if p.code == "unknown-label")
    assert _at(problem).startswith("pmp")


def test_an_unreadable_file_comes_with_the_problems_of_the_others(bend: Callable) -> None:
    inputs = bend("owner: plant\n", "owner: plnt\n")
    (inputs.catalogue / "broken.yaml").write_text("a: [1", encoding="utf-8")
    with pytest.raises(Unusable) as raised:
        compile_catalogue(inputs, installed_checks())
    assert {p.code for p in raised.value.problems} == {"yaml-syntax", "unknown-team"}


def test_policy(small: Inputs, refused: Callable) -> None:
    policy = small.catalogue / "policy.yaml"
    (small.catalogue / "second.yaml").write_text(policy.read_text())
    assert [p.code for p in refused(small)] == ["duplicate-policy"]
    (small.catalogue / "second.yaml").unlink()
    policy.unlink()
    assert [p.code for p in refused(small)] == ["missing-policy"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("teams:", "channels: {on-call: {description: d}}\nteams:", "[office]"),
        ("grouping:", ROTATION + "grouping:", "plnt"),
    ],
)
def test_references_of_the_policy(
    bend: Callable, refused: Callable, old: str, new: str, text: str
) -> None:
    first = next(iter(refused(bend(old, new, "policy.yaml"))))
    assert first.code == "unknown-reference"
    assert _at(first).startswith(text)


def test_a_role_of_a_security_team_will_do(bend: Callable, refused: Callable) -> None:
    bend("teams:", SECURITY_TEAM, "policy.yaml")
    bend("kind: threshold", "kind: security")
    action = "action: The pump engineer vents the pipe\n"
    assert refused(bend(action, f"{action}      escalation: [Guard on call]\n")) == ()


def test_notes_for_nobody(small: Inputs, refused: Callable) -> None:
    (small.catalogue.parent / "runbooks" / "PlantPumpStoped.md").write_text("…")
    (problem,) = refused(small)
    assert (problem.code, problem.hint) == ("orphan-notes", "did you mean 'PlantPumpStopped'?")


def test_values_for_no_alert(small: Inputs, refused: Callable) -> None:
    values = load_values(None, ["alerts.PlantPumpStoped.for=1m"])
    assert [p.code for p in refused(replace(small, values=values))] == ["unknown-alert"]


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ("limits.for", "bad-override"),
        ("limits..for=1m", "bad-override"),
        ("limits.for=soon", "bad-format"),
        ("limits.fro=1m", "unknown-key"),
        ("urls.incidents=localhost", "bad-format"),
        ("alerts.X.threshold=85%", "bad-format"),
    ],
)
def test_bad_overrides(override: str, code: str) -> None:
    with pytest.raises(Unusable) as raised:
        load_values(None, [override])
    assert [p.code for p in raised.value.problems] == [code]


def test_nobody_else_makes_a_checked_catalogue() -> None:
    with pytest.raises(TypeError):
        CheckedCatalogue(None, (), object())  # type: ignore[arg-type]


EXCEPTION = """exceptions:
  - code: {code}
    rule: PlantPressureLow
    reason: The new rota starts in March
    expires: {expires}
"""
TODAY = date(2027, 3, 31)


def excepted(bend: Callable, code: str, expires: str) -> Inputs:
    bend("The pump engineer vents the pipe", "Be aware")
    return replace(
        bend("alerts:\n", EXCEPTION.format(code=code, expires=expires) + "alerts:\n"), today=TODAY
    )


def test_an_exception_lets_pass_until_its_last_day(bend: Callable, refused: Callable) -> None:
    assert refused(excepted(bend, "vague-action", "2027-03-31")) == ()


@pytest.mark.parametrize(
    ("code", "expires", "found"),
    [
        ("vague-action", "2027-03-30", {"expired-exception", "vague-action"}),
        ("page-without-step", "2027-12-31", {"unused-exception", "vague-action"}),
        ("unknown-team", "2027-12-31", {"impossible-exception", "vague-action"}),
        ("no-such-code", "2027-12-31", {"impossible-exception", "vague-action"}),
        ("vague-action", "2027-02-31", {"bad-format", "vague-action"}),
    ],
)
def test_exceptions_that_do_not_hold(
    bend: Callable, refused: Callable, code: str, expires: str, found: set[str]
) -> None:
    problems = refused(excepted(bend, code, expires))
    assert {problem.code for problem in problems} == found
    own = next(p for p in problems if "exception" in p.code or p.code == "bad-format")
    assert _at(own).startswith((code, expires))
    assert (own.severity is Severity.WARNING) == (own.code == "unused-exception")


@pytest.mark.parametrize(
    "line", ["    reason: The new rota starts in March\n", "    expires: 2027-04-01\n"]
)
def test_an_exception_needs_reason_and_end(bend: Callable, refused: Callable, line: str) -> None:
    text = EXCEPTION.format(code="vague-action", expires="2027-04-01").replace(line, "")
    assert [p.code for p in refused(bend("alerts:\n", text + "alerts:\n"))] == ["missing-key"]
