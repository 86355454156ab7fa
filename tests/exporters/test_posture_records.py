"""Records, manifests and certificates; names and dates are made up."""

import datetime as dt
import hashlib
import json
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.posture import manifests
from sothat.exporters.posture.manifests import entries
from sothat.exporters.posture.shapes import moment

from .certificates import Authority
from .posture import FixedClock, figures, machine, samples, write

RECORDS = """# what was done
records:
  - {check: restore-test, subject: shop, at: 2026-09-01T10:00:00Z, passed: true, by: a role}
  - {check: restore-test, subject: shop, at: 2026-09-10, passed: false}
  - {check: restore-test, subject: shop, at: 2026-07-01T10:00:00+02:00, passed: true}
  - {check: dependency-review, subject: api, at: 2026-08-01T00:00:00Z, passed: false}
"""
NOW = moment("2026-09-20T00:00:00Z")


def records(folder, **files):
    write(folder, {f"{name}.yaml": text for name, text in files.items()})
    where = machine(folder, clock=FixedClock(NOW))
    found = figures("records", where, records=["*.yaml"])
    return {tuple(str(part).removeprefix(f"{folder}/") for part in k): v for k, v in found.items()}


def test_the_last_success_and_the_last_time_are_told_apart(tmp_path):
    assert records(tmp_path, a=RECORDS) == {
        ("records_readable", "a.yaml"): 1,
        ("records_invalid", "a.yaml"): 0,
        ("record_passed", "restore-test", "shop"): 0,
        ("record_timestamp_seconds", "restore-test", "shop"): moment("2026-09-10"),
        ("record_last_passed_timestamp_seconds", "restore-test", "shop"): moment(
            "2026-09-01T10:00:00Z"
        ),
        ("record_passed", "dependency-review", "api"): 0,
        ("record_timestamp_seconds", "dependency-review", "api"): moment("2026-08-01T00:00:00Z"),
    }


def test_files_are_taken_together_and_json_will_do(tmp_path):
    entry = {"check": "restore-test", "subject": "shop", "at": "2026-09-15", "passed": True}
    found = records(tmp_path, a=RECORDS, b=json.dumps({"records": [entry]}))
    assert found["record_passed", "restore-test", "shop"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "party"},
        {"subject": ""},
        {"subject": 5},
        {"at": "soon"},
        {"at": "2026-09-22"},
        {"at": "2062-09-01"},
        {"passed": "yes"},
    ],
)
def test_a_record_that_lacks_something_or_lies_ahead_is_counted_and_does_not_count(tmp_path, wrong):
    good = {"check": "restore-test", "subject": "s", "at": "2026-09-01", "passed": True}
    found = records(tmp_path, a=json.dumps({"records": [good, {**good, **wrong}, 5]}))
    assert found["records_invalid", "a.yaml"] == 2
    assert found["record_timestamp_seconds", "restore-test", "s"] == moment("2026-09-01")


@pytest.mark.parametrize(
    "text", ["", "[]", "records: {}", "a: [", b"\xff", b"\0", "[" * 5000, "x" * 2_000_000]
)
def test_a_file_that_is_none_costs_itself_only(tmp_path, text):
    found = records(tmp_path, good=RECORDS, bad=text)
    assert found["records_readable", "bad.yaml"] == 0
    assert ("records_invalid", "bad.yaml") not in found
    assert found["records_readable", "good.yaml"] == 1
    assert found["record_passed", "restore-test", "shop"] == 0


def summed(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_files_are_compared_with_their_manifest(tmp_path):
    write(tmp_path, {"etc/same": "1", "etc/changed": "2", "etc/odd\nname": "3"})
    os.mkfifo(tmp_path / "etc/pipe")
    lines = [
        f"{summed('1')}  same",
        f"{summed('1').upper()} *{tmp_path}/etc/same",
        f"{summed('1')}  changed",
        f"{summed('1')}  gone",
        f"{summed('1')}  same/below",
        f"{summed('1')}  pipe",
        f"\\{summed('3')}  odd\\nname",
    ]
    write(tmp_path, {"etc/m.sha256": "\n".join([*lines, "", ""])})
    os.utime(tmp_path / "etc/m.sha256", (5000, 5000))
    found = figures("drift", machine(tmp_path), manifests=["etc/m.sha256"])
    m = str(tmp_path / "etc/m.sha256")
    assert found == {
        ("manifest_readable", m): 1,
        ("manifest_timestamp_seconds", m): 5000,
        ("manifest_files", m, "same"): 3,
        ("manifest_files", m, "changed"): 1,
        ("manifest_files", m, "missing"): 2,
        ("manifest_files", m, "unreadable"): 1,
        **{
            ("file_drifted", m, f"{tmp_path}/etc/{name}"): 1
            for name in ("changed", "gone", "same/below")
        },
    }


@pytest.mark.parametrize("text", ["", "junk", f"{summed('1')}  a\n{summed('1')[:40]}", b"\0" * 99])
def test_a_manifest_that_is_cut_off_or_none_is_not_called_readable(tmp_path, text):
    write(tmp_path, {"m": text, "a": "1"})
    found = figures("drift", machine(tmp_path), manifests=["m", "none"])
    assert found["manifest_readable", str(tmp_path / "m")] == 0
    assert found["manifest_readable", str(tmp_path / "none")] == 0
    assert ("manifest_timestamp_seconds", str(tmp_path / "none")) not in found


def test_a_manifest_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(manifests, "LARGEST_FILE", 10)
    write(tmp_path, {"m": "".join(f"{summed('x')}  f{n}\n" for n in range(300)), "f0": "x" * 20})
    found = figures("drift", machine(tmp_path), manifests=["m"])
    assert found["manifest_files", str(tmp_path / "m"), "changed"] == 1
    assert sum(key[0] == "file_drifted" for key in found) == 100


@given(st.binary(max_size=200))
def test_any_bytes_are_lines_of_a_manifest_or_not(tmp_path_factory, data):
    for entry in entries(data, tmp_path_factory.getbasetemp()):
        assert entry is None or len(entry.checksum) == 64


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def der(path):
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate, certificate.public_bytes(serialization.Encoding.DER)


def inventory(folder, **settings):
    found = figures("certificates", machine(folder), certificates=["*"], **settings)
    expiries = {}
    for sample in samples("certificates", machine(folder), certificates=["*"], **settings):
        if "expiry" in sample.name:
            name = sample.labels["file"].removeprefix(f"{folder}/")
            expiries.setdefault(name, {})[sample.labels["subject"]] = sample.value
    return expiries, {key[1]: value for key, value in found.items() if len(key) == 2}


def test_each_certificate_of_each_file_in_any_form(tmp_path, authority):
    cert, key = authority.issue("server")
    certificate, binary = der(cert)
    expiry = certificate.not_valid_after_utc.timestamp()
    bundle = cert.read_bytes() + key.read_bytes() + authority.file.read_bytes() + cert.read_bytes()
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    secret = serialization.BestAvailableEncryption(b"pass")
    packed = pkcs12.serialize_key_and_certificates(
        b"x", private, certificate, [authority.cert], secret
    )
    write(tmp_path, {"bundle.pem": bundle, "one.der": binary, "packed.p12": packed})
    expiries, states = inventory(tmp_path, pkcs12_password={"env": "PASSWORD"})
    assert expiries["bundle.pem"] == {"server": expiry, "authority": expiry}
    assert expiries["one.der"] == {"server": expiry}
    assert expiries["packed.p12"] == {"server": expiry, "authority": expiry}
    assert states == {"read": 3, "unreadable": 0, "malformed": 0}
    assert dt.datetime.fromtimestamp(expiry, dt.UTC) == certificate.not_valid_after_utc
    assert inventory(tmp_path)[1] == {"read": 2, "unreadable": 0, "malformed": 1}


def test_a_broken_one_counts_and_those_before_it_are_kept(tmp_path, authority):
    cert, _ = authority.issue("server")
    good = cert.read_bytes()
    broken = {
        "cut.pem": good + good[: len(good) // 2],
        "wrong.pem": good + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "cut.der": der(cert)[1][:-5],
        "empty.pem": b"",
        "nul.pem": b"\0" * 100,
        "key.pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }
    write(tmp_path, broken)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)
    expiries, states = inventory(tmp_path)
    assert states == {"read": 0, "unreadable": 3, "malformed": len(broken)}
    assert expiries.keys() == {"cut.pem", "wrong.pem"}


def test_a_pattern_that_matches_nothing_is_zero_and_no_setting_is_no_figure(tmp_path):
    assert inventory(tmp_path)[1] == {"read": 0, "unreadable": 0, "malformed": 0}
    assert figures("certificates", machine(tmp_path)) == {}


@given(st.binary(max_size=300).map(lambda data: b"0" + data))
def test_any_bytes_are_certificates_or_malformed(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    write(folder, {"x": data})
    assert sum(inventory(folder)[1].values()) == 1
