"""Who kills a mutant, and that judging many at once says the same as judging each alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sothat.generator.proving.mutants import Mutant, Slip, mutants_of
from sothat.generator.proving.running import Job, Promtool
from sothat.generator.proving.subjects import Group, Subject, subjects_of
from sothat.generator.proving.trials import Trial, plain_job, survivors, with_names
from sothat.model.problem import Unusable

from .conftest import ALERT, CASES, RECORDING, artefacts, case, question


def mutants(subject: Subject) -> tuple[Mutant, ...]:
    return tuple(mutant for rule in subject.rules for mutant in mutants_of(rule, 60))


def surviving(tool: Promtool, subject: Subject) -> set[str]:
    trial = Trial(subject, mutants(subject), subject.cases)
    return {mutant.change for _, mutant in survivors(tool.run, [trial])}


def alone(tool: Promtool, subject: Subject) -> set[str]:
    """Return the survivors, each mutant having a copy of all rules for itself."""
    alive = set()
    for mutant in mutants(subject):
        groups = [
            Group(
                group.settings,
                tuple(
                    mutant.of(rule) if mutant.rule in rule.values() else rule
                    for rule in group.rules
                ),
            )
            for group in subject.groups
        ]
        own = replace(subject, groups=tuple(groups))
        if all(answer.passed for answer in tool.run([plain_job(own, c) for c in own.cases])):
            alive.add(mutant.change)
    return alive


def test_together_as_alone(release: Promtool, subject: Subject) -> None:
    together = surviving(release, subject)
    assert together == alone(release, subject)
    assert "< 0.5 → <= 0.5" in together
    assert "for 2m → 1m" not in together


def test_a_mutant_of_a_recording_rule_is_seen_through_the_alert(tool: Promtool) -> None:
    recording = {**RECORDING, "expr": 'avg by (site) (pump_up{pump=~"1|2"})'}
    subject = subjects_of(artefacts(recording=recording))[0]
    alive = surviving(tool, subject)
    assert 'pump_up{pump=~"1|2"} dropped' in alive
    assert 'pump_up{pump=~"1|2"} → pump!~"1|2"' not in alive
    assert "site dropped from avg (site)" not in alive


def test_series_that_stand_for_a_recording_rule_are_every_mutant_s(tool: Promtool) -> None:
    given = [{"series": 'site:pumps_up:ratio{site="a"}', "values": "1x4 0x20"}]
    cases = [case("PumpsDown: recorded", question("PumpsDown", "7m", "a"), series=given)]
    subject = subjects_of(artefacts(cases=cases))[0]
    assert "site dropped from avg (site)" in surviving(tool, subject)


def test_a_mutant_that_cannot_be_evaluated_is_dead_and_spoils_nothing(release: Promtool) -> None:
    alert = {**ALERT, "expr": 'pump_up == 0 and on (site) pump_power{phase="1"} * on (site) x < 9'}
    series = [
        {"series": 'pump_up{site="a"}', "values": "0x20"},
        {"series": 'pump_power{site="a",phase="1"}', "values": "1x20"},
        {"series": 'pump_power{site="a",phase="2"}', "values": "1x20"},
        {"series": 'x{site="a"}', "values": "2x20"},
    ]
    cases = [case("PumpsDown: fires", question("PumpsDown", "7m", "a"), series=series)]
    subject = subjects_of(artefacts(alert, cases=cases))[0]
    together = surviving(release, subject)
    assert 'pump_power{phase="1"} dropped' not in together
    assert together == alone(release, subject)
    assert together


def test_alert_rule_tests_are_understood(release: Promtool) -> None:
    fires = {
        "eval_time": "7m",
        "alertname": "PumpsDown",
        "exp_alerts": [{"exp_labels": {"site": "a", "priority": "P2"}, "exp_annotations": {}}],
    }
    quiet = {"eval_time": "6m", "alertname": "PumpsDown", "exp_alerts": []}
    test = {**case("by name"), "alert_rule_test": [fires, quiet]}
    plain = {key: value for key, value in ALERT.items() if key != "annotations"}
    subject = subjects_of(artefacts(plain, cases=[test]))[0]
    together = surviving(release, subject)
    assert together == alone(release, subject)
    assert "for 2m → 1m" not in together


def test_a_failure_that_blames_no_mutant_is_no_kill(subject: Subject, tool: Promtool) -> None:
    def run(jobs: Sequence[Job]) -> list:
        return [replace(answer, passed=False, words="who knows") for answer in tool.run(jobs)]

    with pytest.raises(Unusable) as refused:
        list(survivors(run, [Trial(subject, mutants(subject), subject.cases)]))
    assert "for none of the mutants: who knows" in refused.value.problems[0].message


def test_what_an_alert_reads_of_another_alert_is_renamed() -> None:
    names = {"A": "A_1", "a:b:c": "a:b:c_1"}
    text = with_names('ALERTS{alertname="A"} unless rate(a:b:c[5m]) > a:b:cd', names)
    assert text == 'ALERTS{alertname="A_1"} unless rate(a:b:c_1[5m]) > a:b:cd'


def test_no_tests_kill_nothing(subject: Subject, tool: Promtool) -> None:
    untested = replace(subject, cases=())
    assert len(surviving(tool, untested)) == len(mutants(untested))


def test_the_small_suite_bites_where_it_says(subject: Subject, tool: Promtool) -> None:
    alive = [m for _, m in survivors(tool.run, [Trial(subject, mutants(subject), subject.cases)])]
    assert not [m for m in alive if m.slip is Slip.FOR]
    assert [case["name"] for case in CASES] == [case.name for case in subject.cases]
