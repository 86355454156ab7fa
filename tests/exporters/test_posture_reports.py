"""Reports of vulnerabilities: sample data written by hand in the forms of three scanners."""

import json
import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.posture.parts.reports import parse_report
from sothat.exporters.posture.reading import Malformed
from sothat.exporters.posture.shapes import moment

from .posture import figures, machine, write


def trivy(**changed):
    def vulnerability(number, severity, fixed="", package="lib"):
        return {
            "VulnerabilityID": f"CVE-2026-{number}",
            "PkgName": package,
            "InstalledVersion": "1",
            "FixedVersion": fixed,
            "Severity": severity,
        }

    one = vulnerability(1, "CRITICAL", "2")
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-09-01T10:00:00.123456789Z",
        "ArtifactName": "registry.example/api:1",
        "Results": [
            {
                "Target": "debian",
                "Packages": [{"Name": "lib"}, {"Name": "curl"}],
                "Vulnerabilities": [
                    one,
                    one,
                    vulnerability(1, "CRITICAL", package="curl"),
                    vulnerability(2, "LOW"),
                    vulnerability(3, "NEGLIGIBLE"),
                ],
            },
            {"Target": "app", "Vulnerabilities": None},
        ],
        **changed,
    }


def cyclonedx(*vulnerabilities, **changed):
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"timestamp": "2026-09-01T10:00:00Z"},
        "components": [{"bom-ref": "a"}, {"bom-ref": "b"}],
        "vulnerabilities": list(vulnerabilities),
        **changed,
    }


def rated(*ratings, **more):
    return {"id": "CVE-1", "ratings": list(ratings), "affects": [{"ref": "a"}], **more}


PIP_AUDIT = {
    "dependencies": [
        {"name": "ok", "version": "1", "vulns": []},
        {
            "name": "bad",
            "version": "2",
            "vulns": [
                {"id": "PYSEC-1", "fix_versions": ["3"], "aliases": [], "description": "x"},
                {"id": "PYSEC-2", "fix_versions": []},
            ],
        },
        {"name": "editable", "skip_reason": "not on the index"},
    ],
    "fixes": [],
}


def of(folder, document, name="r.json"):
    data = document if isinstance(document, bytes) else json.dumps(document)
    write(folder, {name: data})
    path = str(folder / name)
    found = figures("reports", machine(folder), reports=["*.json"])
    return {(k[0].removeprefix("report_"), *k[2:]): v for k, v in found.items() if k[1] == path}


def counted(found):
    return {k[1:]: v for k, v in found.items() if k[0] == "vulnerabilities" and v}


def test_trivys_findings_by_severity_and_fix_each_once_a_package(tmp_path):
    found = of(tmp_path, trivy())
    assert counted(found) == {
        ("critical", "available"): 1,
        ("critical", "none"): 1,
        ("low", "none"): 1,
        ("unknown", "none"): 1,
    }
    assert found["vulnerabilities", "high", "available"] == 0
    assert found["components",] == 2
    assert found["timestamp_seconds",] == pytest.approx(moment("2026-09-01T10:00:00Z"), abs=1)
    assert ("vulnerabilities_dismissed",) not in found


@pytest.mark.parametrize("results", [None, [], [{"Target": "scratch"}]])
def test_a_trivy_report_without_findings_is_zero_everywhere(tmp_path, results):
    found = of(tmp_path, trivy(Results=results))
    assert found["readable",] == 1
    assert counted(found) == {}
    assert found["vulnerabilities", "critical", "none"] == 0
    assert ("components",) not in found


def test_the_worst_rating_counts_and_what_analysis_dismisses_does_not(tmp_path):
    found = of(
        tmp_path,
        cyclonedx(
            rated({"severity": "medium"}, {"severity": "critical"}),
            rated({"score": 7.5, "method": "CVSSv31"}, id="CVE-2", recommendation="Upgrade"),
            rated({"score": 9.9, "method": "OWASP"}, id="CVE-3"),
            rated({"severity": "info"}, id="CVE-4", affects=[{"ref": "a"}, {"ref": "b"}]),
            {"id": "CVE-5"},
            rated({"severity": "critical"}, id="CVE-6", analysis={"state": "not_affected"}),
            rated({"severity": "critical"}, id="CVE-7", analysis={"state": "in_triage"}),
        ),
    )
    assert counted(found) == {
        ("critical", "unknown"): 2,
        ("high", "available"): 1,
        ("unknown", "unknown"): 2,
        ("low", "unknown"): 2,
    }
    assert found["vulnerabilities_dismissed",] == 1
    assert found["components",] == 2
    assert not any(key[-1] == "none" for key in found)


def test_pip_audit_knows_fixes_and_no_severities(tmp_path):
    found = of(tmp_path, PIP_AUDIT)
    assert counted(found) == {("unknown", "available"): 1, ("unknown", "none"): 1}
    assert found["components",] == 2
    assert not any(key[0] == "vulnerabilities" and key[1] != "unknown" for key in found)
    assert counted(of(tmp_path, PIP_AUDIT["dependencies"])) == counted(found)


def test_a_report_is_as_old_as_it_says_and_never_younger_than_its_file(tmp_path):
    write(tmp_path, {"r.json": json.dumps(trivy(CreatedAt="2099-01-01T00:00:00Z"))})
    os.utime(tmp_path / "r.json", (5000, 5000))
    found = figures("reports", machine(tmp_path), reports=["r.json"])
    assert found["report_timestamp_seconds", str(tmp_path / "r.json")] == 5000
    for unsaid in ("", None, "soon", 5):
        write(tmp_path, {"r.json": json.dumps(trivy(CreatedAt=unsaid))})
        os.utime(tmp_path / "r.json", (6000, 6000))
        found = figures("reports", machine(tmp_path), reports=["r.json"])
        assert found["report_timestamp_seconds", str(tmp_path / "r.json")] == 6000


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe{}",
        b"[" * 200_000,
        b"[]",
        [],
        {},
        5,
        {"version": 1, "matches": []},
        trivy(Results={}),
        trivy(Results=[5]),
        trivy(Results=[{"Vulnerabilities": "many"}]),
        trivy(Results=[{"Packages": [1]}]),
        cyclonedx(vulnerabilities={"a": 1}),
        cyclonedx(5),
        cyclonedx(rated(affects=5)),
        cyclonedx(rated(analysis="resolved")),
        cyclonedx(metadata=[1]),
        cyclonedx(components=7),
        {"dependencies": [{"name": "x", "vulns": "none"}]},
    ],
)
def test_a_report_that_is_none_costs_itself_only(tmp_path, document):
    good = of(tmp_path, trivy(), "good.json")
    found = of(tmp_path, document, "bad.json")
    assert found == {("readable",): 0}
    assert of(tmp_path, trivy(), "good.json") == good


def test_files_that_cannot_be_read_are_said_to_be_so(tmp_path):
    (tmp_path / "loop.json").symlink_to("loop.json")
    os.mkfifo(tmp_path / "pipe.json")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(10**12)
    found = figures("reports", machine(tmp_path), reports=["*.json", "gone.json"])
    names = ("huge", "loop", "pipe", "gone")
    assert found == {("report_readable", str(tmp_path / f"{name}.json")): 0 for name in names}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    (
        *("Results", "Vulnerabilities", "Severity", "vulnerabilities", "ratings", "affects"),
        *("analysis", "metadata", "components", "dependencies", "vulns", "severity", "score"),
        *("method", "id"),
    )
)
_KNOWN = st.recursive(
    _JSON, lambda inner: st.dictionaries(_KEYS, inner | st.lists(inner, max_size=2), max_size=3)
)
_START = st.sampled_from(
    [{"bomFormat": "CycloneDX"}, {"SchemaVersion": 2, "ArtifactName": "x"}, {"dependencies": []}]
)


@given(_START, st.dictionaries(_KEYS, _KNOWN, max_size=4))
def test_whatever_a_report_says_it_is_a_report_or_malformed(start, rest):
    with suppress(Malformed):
        report = parse_report(json.dumps({**start, **rest}).encode())
        assert {finding.severity for finding in report.findings} <= set(report.severities)
        assert {finding.fix for finding in report.findings} <= set(report.fixes)
