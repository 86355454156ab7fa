"""Each kind, from its short form to what promtool says of its examples."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.generator.checked import installed_checks
from sothat.generator.compile import Inputs, all_problems
from sothat.generator.declared import read_contract
from sothat.generator.kind import installed_kinds

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
POLICY = HERE.parent / "data" / "small" / "alert_rules" / "policy.yaml"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Inputs]:
    """Return a function that gives the inputs of a catalogue of one case."""

    def make(case: Path) -> Inputs:
        folder = tmp_path / "alert_rules"
        folder.mkdir()
        shutil.copy(case, folder)
        policy = POLICY.read_text(encoding="utf-8").replace(
            "  plant:", "  works:\n    duties: [security]"
        )
        (folder / "policy.yaml").write_text(policy, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return Inputs(Path("alert_rules"), (read_contract(HERE / "contract.yaml"),))

    return make


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_examples_hold(
    case: Path,
    catalogue: Callable,
    built: Callable,
    write_out: Callable,
    run_tool: Callable,
    promtool: str,
) -> None:
    inputs = catalogue(case)
    assert all_problems(inputs, installed_checks()) == []
    folder = write_out(built(inputs))
    rules = run_tool(promtool, "check", "rules", *(folder / "prometheus/rules").glob("*.yaml"))
    assert rules.returncode == 0, rules.stdout + rules.stderr
    tests = run_tool(promtool, "test", "rules", *(folder / "prometheus/tests").glob("*.yaml"))
    assert tests.returncode == 0, tests.stdout + tests.stderr


def test_a_case_for_each_kind() -> None:
    assert {case.stem.replace("_", "-") for case in CASES} >= set(installed_kinds())
