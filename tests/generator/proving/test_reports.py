"""What people, machines and CI systems get."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.proving.junit import as_junit
from sothat.generator.proving.mutants import Mutant, Slip
from sothat.generator.proving.proof import Outcome, Proof, Tried, Verdict, scores, unused_reasons
from sothat.generator.proving.reasons import reasons_of
from sothat.generator.proving.report import as_data, as_lines, as_page, summary
from sothat.runtime.documents import parse_document

PASSED = Outcome("A: fires", "tests/a.yaml", passed=True, words="", seconds=0.25)
FAILED = Outcome(
    "A: quiet", "tests/a.yaml", passed=False, words="\n  exp: <nil>\n  got: 1", seconds=1.0
)
LIVES = Tried(Mutant("B", Slip.FOR, "for 5m → none", {"for": None}), Verdict.SURVIVED)
DEAD = Tried(Mutant("B", Slip.BOUNDARY, "> 1 → >= 1", {"expr": "x >= 1"}), Verdict.KILLED)
SAME = Tried(Mutant("B", Slip.BOUNDARY, "> 0 → >= 1", {"expr": "x >= 1"}), Verdict.EQUIVALENT, "so")
TOLD = Tried(Mutant("r:a:b", Slip.LABEL, "a dropped", {"expr": "x"}), Verdict.EXPLAINED, "why")
PROOFS = [
    Proof("A", (PASSED, FAILED)),
    Proof("B", (PASSED,), (LIVES, DEAD, SAME, TOLD)),
    Proof("C", ()),
    Proof("D", (PASSED,), (DEAD,)),
]


def test_lines() -> None:
    assert list(as_lines(PROOFS)) == [
        "FAILED A: 2 tests, 1 failed",
        "       A: quiet (tests/a.yaml)",
        "       | ",
        "       |   exp: <nil>",
        "       |   got: 1",
        "FAILED B: 1 test, 4 mutants, 1 equivalent, 1 explained, 1 survived",
        "       survived: for 5m → none [for removed, or one evaluation shorter or longer]",
        "FAILED C: no tests",
        "ok     D: 1 test, 1 mutant",
    ]
    assert summary(PROOFS) == (
        "4 alerts, 4 tests, 1 failed, 1 without tests, 5 mutants, 2 killed, 1 equivalent, "
        "1 explained, 1 survived"
    )


def test_many_words_are_cut() -> None:
    wordy = Outcome("A", "f", passed=False, words="\n".join(map(str, range(1000))), seconds=0)
    lines = list(as_lines([Proof("A", (wordy,))]))
    assert len(lines) < 40
    assert "970 lines more" in lines[-1]


def test_data_has_stable_keys() -> None:
    data = json.loads(json.dumps(as_data(PROOFS, "2.42.0")))
    assert list(data) == ["promtool", "holds", "alerts"]
    assert data["holds"] is False
    assert list(data["alerts"][1]) == ["alert", "holds", "tests", "mutants"]
    assert list(data["alerts"][1]["mutants"][0]) == ["rule", "kind", "change", "verdict", "reason"]
    assert list(data["alerts"][0]["tests"][0]) == ["name", "file", "passed", "message", "seconds"]


def test_junit_has_what_ci_systems_read() -> None:
    root = ET.fromstring(as_junit(PROOFS))  # noqa: S314 – it is our own
    assert root.tag == "testsuites"
    assert root.attrib == {
        "name": "sothat prove",
        "tests": "10",
        "failures": "3",
        "errors": "0",
        "time": "1.750",
    }
    suite = root[1]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("B", "5", "1")
    assert [case.get("name") for case in suite][:2] == ["A: fires", "mutant: for 5m → none"]
    assert suite[1][0].tag == "failure"
    assert [case.get("message") for case in suite.iter("skipped")] == ["so", "why"]
    failure = root[0][1][0]
    assert failure.get("message") == "exp: <nil>"
    assert "got: 1" in (failure.text or "")


def is_valid(root: ET.Element) -> bool:
    """Tell whether a document is of the schema that Jenkins publishes for JUnit."""
    counts = all(s.get(k, "").isdigit() for s in root for k in ("tests", "failures", "errors"))
    named = all(case.get("name") and case.get("classname") for case in root.iter("testcase"))
    times = all(float(each.get("time", "x")) >= 0 for each in root.iter() if each.tag[:4] == "test")
    inside = {child.tag for case in root.iter("testcase") for child in case}
    return counts and named and times and inside <= {"failure", "skipped"}


@given(st.text(min_size=1), st.text())
def test_junit_of_any_text_is_xml(name: str, words: str) -> None:
    test = Outcome(name, "f", passed=False, words=words, seconds=0.1)
    root = ET.fromstring(as_junit([Proof(name, (test,))]))  # noqa: S314 – it is our own
    assert is_valid(root)


def test_the_page_counts_and_lists() -> None:
    page = as_page(PROOFS, "2.42.0", "2026-01-02")
    assert "2026-01-02" in page
    assert "| boundary moved (> and >=, < and <=) | 3 | 2 | 66.7% | 1 | 0 | 0 |" in page
    assert "| **all** | 5 | 2 | 40.0% | 1 | 1 | 1 |" in page
    assert "- B, `for 5m → none`\n" in page
    assert "- B through `r:a:b`, `a dropped`: why\n" in page
    assert [score.mutants for score in scores(PROOFS)] == [3, 1, 1]


REASONS = """\
apiVersion: sothat/v1
kind: Proof
mutants:
  - rule: r:a:b
    change: a dropped
    reason: There is but one a.
  - rule: B
    change: > 7 → > 8
    reason: It was so once.
  - rule: Unheard
    change: for 5m → none
    reason: A slip of the pen.
  - rule: A
    change: for 5m → none
    reason: Its tests fail, so that nothing is known.
"""


@pytest.mark.parametrize(("whole", "found"), [(True, {"Unheard"}), (False, set())])
def test_a_reason_that_explains_nothing_is_a_problem(*, whole: bool, found: set[str]) -> None:
    text = REASONS.replace("> 7 → > 8", '"> 7 → > 8"')
    reasons = list(reasons_of([parse_document(text, "proof.yaml")]))
    assert reasons[0].text == "There is but one a."
    killed = Proof("B", (PASSED,), (Tried(Mutant("B", Slip.FOR, "x", {}), Verdict.KILLED), TOLD))
    problems = list(unused_reasons([Proof("A", (FAILED,)), killed], reasons, whole=whole))
    assert {problem.rule for problem in problems} == {"B", *found}
    assert problems[0].position is not None
    assert (problems[0].code, problems[0].position.line) == ("unused-reason", 8)
