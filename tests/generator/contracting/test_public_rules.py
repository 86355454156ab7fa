"""Rules in the style of public sets pass against the shipped contracts; their mutants do not.

A contract that is too narrow cries wolf on rules that work, one that is too wide sees nothing.
"""

from pathlib import Path

import pytest
from sothat.generator.contracting.shipped import shipped_contracts
from sothat.generator.declared import series_of
from sothat.generator.foreign.rule_problems import rule_problems
from sothat.generator.foreign.rules import read_rules
from sothat.generator.typecheck.world import World
from sothat.model.problem import Problem

RULES = Path(__file__).parent / "rules"
FILES = sorted(RULES.glob("*.yaml"))
WORLD = World(series_of(shipped_contracts()))


def problems(file: Path) -> list[Problem]:
    rules, malformed = read_rules(file)
    assert len(rules) >= 20
    accepted = {rule.name: rule.labels.get("accepted", "") for rule in rules}
    found = rule_problems(rules, WORLD)
    return [*malformed, *(p for p in found if p.code != accepted[p.rule])]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_false_alarm(file: Path) -> None:
    assert problems(file) == []


MUTANTS = [
    ("host", "node_load1 ", "node_load_1 ", "unknown-metric"),
    ("host", 'mode="idle"', 'mode="idel"', "impossible-matcher"),
    ("host", 'state="failed"', 'state="failing"', "impossible-matcher"),
    ("host", "rate(node_netstat_Tcp_RetransSegs", "rate(node_load5", "rate-of-gauge"),
    ("host", "without (device)", "without (interface)", "unknown-grouping-label"),
    ("host", '{mode="idle"}', '{state="idle"}', "unknown-label"),
    ("host", "time() - node_boot_time_seconds", "time() - node_load1", "unit-mismatch"),
    ("kubernetes", "status_phase{phase=", "status_phase{state=", "unknown-label"),
    ("kubernetes", '"Pending|Running"', '"pending|running"', "impossible-matcher"),
    ("kubernetes", 'type="hard"', 'type="limit"', "impossible-matcher"),
    ("kubernetes", "{{ $labels.daemonset }}", "{{ $labels.daemon }}", "template-label-missing"),
    ("databases", 'state="idle in transaction"', 'state="idle_in_tx"', "impossible-matcher"),
    ("databases", "pg_replication_slot_slot_is", "pg_replication_slot_is_is", "unknown-metric"),
    (
        "databases",
        "rate(pg_stat_database_deadlocks",
        "rate(pg_database_size_bytes",
        "rate-of-gauge",
    ),
    ("databases", "{{ $labels.relname }}", "{{ $labels.table }}", "template-label-missing"),
    ("databases", "mysql_up", "mysqld_up", "unknown-metric"),
    ("network", 'phase="processing"', 'phase="process"', "impossible-matcher"),
    ("network", "probe_success", "probe_succeeded", "unknown-metric"),
    ("network", "{{ $labels.ifName }}", "{{ $labels.ifname }}", "template-label-missing"),
    ("network", "(handler, le) (rate(prom", "(handler) (rate(prom", "quantile-without-le"),
    ("network", 'area="heap"', 'area="Heap"', "impossible-matcher"),
    ("network", 'alertstate="firing"', 'alertstate="active"', "impossible-matcher"),
]


@pytest.mark.parametrize(("file", "old", "new", "code"), MUTANTS)
def test_a_mutant_is_caught(tmp_path: Path, file: str, old: str, new: str, code: str) -> None:
    text = (RULES / f"{file}.yaml").read_text()
    assert old in text
    (tmp_path / "rules.yaml").write_text(text.replace(old, new, 1))
    assert code in {problem.code for problem in problems(tmp_path / "rules.yaml")}
