"""The type system: each finding fires on its cases and stays quiet on theirs; types as expected."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.typecheck import Flavour, infer
from sothat.generator.typecheck.comparing import HOLDS, constant_verdict
from sothat.generator.typecheck.types import Bounds
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, index
from sothat.runtime.documents import load_document

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
MODES = ("idle", "user", "system", "iowait")
FILESYSTEM = (Label("device"), Label("fstype"), Label("mountpoint"))
GAUGE, COUNTER = MetricType.GAUGE, MetricType.COUNTER
FAMILIES = (
    MetricFamily(
        "node_cpu_seconds_total", COUNTER, "", "seconds", (Label("cpu"), Label("mode", "", MODES))
    ),
    MetricFamily(
        "node_filesystem_avail_bytes", GAUGE, "", "bytes", FILESYSTEM,
        within="node_filesystem_size_bytes",
    ),
    MetricFamily("node_filesystem_size_bytes", GAUGE, "", "bytes", FILESYSTEM),
    MetricFamily("node_memory_MemTotal_bytes", GAUGE, "", "bytes"),
    MetricFamily("node_memory_MemAvailable_bytes", GAUGE, "", "bytes"),
    MetricFamily("node_boot_time_seconds", GAUGE, "", "seconds"),
    MetricFamily("node_uname_info", MetricType.INFO, "", "", (Label("nodename"),)),
    MetricFamily(
        "http_request_duration_seconds", MetricType.HISTOGRAM, "", "seconds", (Label("code"),)
    ),
    MetricFamily("up", GAUGE, "", "boolean"),
    MetricFamily("probe_ssl_earliest_cert_expiry", GAUGE, "", "seconds"),
    MetricFamily("pg_oldest_timestamp_seconds", GAUGE, "", "seconds"),
    MetricFamily(
        "kube_node_status_allocatable", GAUGE, "", None,
        (Label("node"), Label("resource"), Label("unit", follows="resource"),
         Label("uid", optional=True)),
    ),
)  # fmt: skip
WORLD = World(index([Contract("test", FAMILIES)]))


def expressions(kind: str) -> list[tuple[str, str]]:
    return [(path.stem, e) for path in CASES for e in load_document(path).data[kind]]


@pytest.mark.parametrize(("code", "expression"), expressions("fires"))
def test_it_fires(code: str, expression: str) -> None:
    assert code in {finding.code for finding in infer(expression, WORLD).findings}


@pytest.mark.parametrize(("code", "expression"), expressions("quiet"))
def test_it_stays_quiet(code: str, expression: str) -> None:
    assert [f for f in infer(expression, WORLD).findings if f.code == code] == []


@pytest.mark.parametrize(
    ("expression", "unit", "labels"),
    [
        ("rate(node_cpu_seconds_total[5m])", "ratio", "cpu instance job mode"),
        ("sum by (mode) (rate(node_cpu_seconds_total[5m]))", "ratio", "mode"),
        ("node_filesystem_avail_bytes / node_filesystem_size_bytes", "ratio",
         "device fstype instance job mountpoint"),
        ("deriv(node_memory_MemTotal_bytes[1h])", "bytes per second", "instance job"),
        (("rate(http_request_duration_seconds_sum[5m])"
         " / rate(http_request_duration_seconds_count[5m])"), "seconds", "code instance job"),
        ("histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))",
         "seconds", ""),
        ("rate(http_request_duration_seconds_count[5m])", "1 per second", "code instance job"),
        ("count(up)", "a plain number", ""),
        ("avg(up)", "ratio", ""),
        ("sum(up)", "a plain number", ""),
        ("sum(up) / count(up)", "ratio", ""),
        ("time() - node_boot_time_seconds", "seconds", "instance job"),
        ('absent(up{job="x"})', "a plain number", "job"),
        ("node_filesystem_avail_bytes * on (instance) group_left (nodename) node_uname_info",
         "bytes", "device fstype instance job mountpoint nodename"),
    ],
)  # fmt: skip
def test_units_and_labels(expression: str, unit: str, labels: str) -> None:
    inferred = infer(expression, WORLD).type
    assert inferred.unit is not None
    assert (inferred.unit.text, " ".join(sorted(inferred.labels.possible or ()))) == (unit, labels)


def test_what_is_not_known_stays_unknown() -> None:
    inferred = infer('sum by (x) (rate({__name__=~"a.*"}[5m])) / 5', WORLD)
    assert inferred.findings == ()
    assert (inferred.type.unit, inferred.type.flavour) == (None, Flavour.GAUGE)


def test_a_scaled_ratio_is_no_ratio_any_more() -> None:
    whole = infer("node_filesystem_avail_bytes / node_filesystem_size_bytes * 100", WORLD).type
    assert whole.unit is None or not whole.unit.share


def test_a_finding_stands_where_the_fault_is() -> None:
    text = 'sum by (mode) (rate(node_cpu_seconds_total{mode="idle"}[5m])) / on (mode) nope'
    (finding,) = infer(text, WORLD).findings
    assert text[finding.offset :] == "nope"


ENDS = st.floats(-100, 100, allow_nan=False)


@settings(max_examples=500)
@given(st.sampled_from(sorted(HOLDS)), ENDS, ENDS, ENDS, st.floats(0, 1))
def test_a_verdict_holds_for_every_value(
    operator: str, one: float, other: float, number: float, where: float
) -> None:
    low, high = sorted((one, other))
    verdict = constant_verdict(operator, Bounds(low, high), number)
    value = min(high, max(low, low + (high - low) * where))
    if verdict is not None:
        assert HOLDS[operator](value, number) is verdict
