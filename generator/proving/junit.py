"""A proof as JUnit XML, as CI systems read it: a suite an alert, a case a test or a mutant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET

from sothat.generator.proving.proof import Outcome, Proof, Tried, Verdict

# What XML 1.0 cannot hold, not even escaped.
_IMPOSSIBLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ONE_LINE = 200


def as_junit(proofs: Iterable[Proof]) -> str:
    """Return proofs as JUnit XML."""
    suites = [_suite(proof) for proof in proofs]
    root = ET.Element("testsuites", {"name": "sothat prove", **_totals(suites)})
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _totals(suites: Sequence[ET.Element]) -> dict[str, str]:
    numbers = {key: sum(int(s.get(key, 0)) for s in suites) for key in ("tests", "failures")}
    seconds = sum(float(suite.get("time", 0)) for suite in suites)
    return {**{key: str(n) for key, n in numbers.items()}, "errors": "0", "time": f"{seconds:.3f}"}


def _suite(proof: Proof) -> ET.Element:
    cases = list(_cases(proof))
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite = ET.Element(
        "testsuite",
        name=_clean(proof.alert),
        tests=str(len(cases)),
        failures=str(failures),
        errors="0",
        skipped=str(skipped),
        time=f"{sum(test.seconds for test in proof.tests):.3f}",
    )
    suite.extend(cases)
    return suite


def _cases(proof: Proof) -> Iterator[ET.Element]:
    for test in proof.tests:
        yield _test(proof.alert, test)
    if not proof.tests:
        yield _case(proof.alert, "has tests", failure=("no tests", "No test asks for the alert."))
    for tried in proof.mutants:
        yield _mutant(proof.alert, tried)


def _test(alert: str, test: Outcome) -> ET.Element:
    first = next((line.strip() for line in test.words.splitlines() if line.strip()), "failed")
    failure = None if test.passed else (first[:_ONE_LINE], test.words)
    return _case(alert, test.name, test.seconds, failure)


def _mutant(alert: str, tried: Tried) -> ET.Element:
    name = f"mutant: {tried.mutant.change}"
    if tried.verdict is Verdict.SURVIVED:
        failure = ("no test kills the mutant", f"{tried.mutant.rule}: {tried.mutant.change}")
        return _case(alert, name, failure=failure)
    case = _case(alert, name)
    if tried.reason:
        ET.SubElement(case, "skipped", message=_clean(tried.reason))
    return case


def _case(
    alert: str, name: str, seconds: float = 0.0, failure: tuple[str, str] | None = None
) -> ET.Element:
    case = ET.Element("testcase", name=_clean(name), classname=_clean(alert), time=f"{seconds:.3f}")
    if failure:
        message, words = failure
        told = ET.SubElement(case, "failure", message=_clean(message), type="promtool")
        told.text = _clean(words)
    return case


def _clean(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _IMPOSSIBLE.sub("�", text)
