"""The fast path writes what prometheus_client writes, byte for byte."""

import gzip
import math
import zlib

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.utils import floatToGoString
from sothat.exporters.declare import histogram
from sothat.exporters.exposition import Writer, encode
from sothat.exporters.histogram import Histogram
from sothat.exporters.negotiation import OPENMETRICS, TEXT
from sothat.exporters.sections import Part, joined, sections
from sothat.exporters.series import text, texts
from sothat.exporters.snapshot import Screen, Snapshot
from sothat.exporters.source import Sample
from sothat.model.metric import Contract, Label, MetricFamily, MetricType

LABELS = (Label("room"), Label("device"))
FAMILIES = (
    MetricFamily("demo_a_celsius", MetricType.GAUGE, 'Warm \\ or\n"not".', "celsius", LABELS),
    MetricFamily("demo_b_joules_total", MetricType.COUNTER, "Used.", "joules", LABELS),
    MetricFamily("demo_c", MetricType.UNTYPED, "Who knows.", None, LABELS),
    MetricFamily("demo_d_seconds_left", MetricType.GAUGE, "A unit inside the name.", "seconds"),
    MetricFamily("demo_e_info", MetricType.INFO, "Always 1.", "", LABELS),
    histogram("demo_f_seconds", "Took.", (0.1, 1.0)),
    MetricFamily("demo_g_seconds", MetricType.SUMMARY, "Took.", "seconds"),
)
CONTRACT = Contract("demo", FAMILIES)
BY_NAME = {family.name: family for family in FAMILIES}

label_values = st.text(st.characters(exclude_categories=["Cs"]))
labels = st.fixed_dictionaries({"room": label_values, "device": label_values})
numbers = st.one_of(
    st.floats(allow_nan=False),
    st.floats(0, 2e6),
    st.integers(-(10**20), 10**20).map(float),
    st.sampled_from([1e6, 999999.0, 1e15, 1e16, 1e-4, 1e-5, 123456789.0, -1e7, -0.0, 1e22]),
)
one_family = st.sampled_from(FAMILIES[:5]).flatmap(
    lambda family: st.lists(
        st.builds(
            Sample,
            st.just(family.name),
            numbers.map(abs) if family.type is MetricType.COUNTER else numbers,
            labels if family.labels else st.just({}),
        ),
        max_size=8,
    )
)


@st.composite
def histograms(draw):
    kept = Histogram("demo_f_seconds", (0.1, 1.0))
    for value in draw(st.lists(st.floats(0, 3), max_size=5)):
        kept.observe(value)
    return [*kept.samples()]


SUMMARY = [
    Sample("demo_g_seconds", 0.25, {"quantile": "0.5"}),
    Sample("demo_g_seconds_count", 4),
    Sample("demo_g_seconds_sum", 1),
]
everything = st.tuples(st.lists(one_family, max_size=5), histograms()).map(
    lambda pair: [sample for group in pair[0] for sample in group] + pair[1] + SUMMARY
)


def theirs(blocks, generate):
    """Return what prometheus_client writes of the same families."""
    metrics = []
    for block in sorted(blocks, key=lambda block: block.family.name):
        family = block.family
        kind = "unknown" if family.type is MetricType.UNTYPED else family.type.value
        base = family.name.removesuffix({"counter": "_total", "info": "_info"}.get(kind, ""))
        unit = family.unit if family.unit and base.endswith(f"_{family.unit}") else ""
        metric = Metric(base, family.help, kind, unit)
        for series, value in zip(block.series, block.values, strict=True):
            metric.add_sample(series.name, dict(series.labels), value)
        metrics.append(metric)

    class Everything:
        def collect(self):
            return metrics

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything())
    return generate(registry)


@given(everything)
def test_text_is_equal_to_the_byte(samples):
    blocks = Screen(CONTRACT).screen(samples).blocks
    assert encode([blocks], TEXT, unique=True) == theirs(blocks, generate_latest)


@given(everything)
def test_openmetrics_is_equal_to_the_byte_and_is_read_back(samples):
    blocks = Screen(CONTRACT).screen(samples).blocks
    body = encode([blocks], OPENMETRICS, unique=True) + OPENMETRICS.end
    assert body == theirs(blocks, generate_openmetrics)
    infos = [s for s in samples if s.name == "demo_e_info"]
    if not infos:  # whose value the parser wants to be 1
        found = [s for family in parse_openmetrics(body.decode()) for s in family.samples]
        assert len(found) == sum(len(block.values) for block in blocks)


@given(everything, everything)
def test_a_screen_that_has_met_series_before_writes_the_same(first, second):
    screen = Screen(CONTRACT)
    screen.screen(first)
    again = encode([screen.screen(second).blocks], TEXT, unique=True)
    assert again == encode([Screen(CONTRACT).screen(second).blocks], TEXT, unique=True)


@given(st.floats())
def test_a_number_is_written_as_go_does(value):
    assert text(value) == floatToGoString(value)
    assert texts([value, 1.0]) == [floatToGoString(value).encode(), b"1.0"]


@given(st.lists(st.floats(-1e9, 999_999.0), min_size=1))
def test_numbers_written_together_are_written_as_one_by_one(values):
    assert texts(values) == [repr(value).encode() for value in values]


def snapshot(samples):
    blocks = Screen(CONTRACT).screen(samples).blocks
    return Snapshot(blocks, success=True, reason="", finished=0, duration=0, dropped=0)


@given(st.lists(st.binary(max_size=300)))
def test_parts_are_one_gzip_member(contents):
    parts = [Part(content) for content in contents]
    packed = b"".join(joined(parts, gzip=True))
    whole = b"".join(contents)
    assert gzip.decompress(packed) == b"".join(joined(parts, gzip=False)) == whole
    # Readers that stop after the first member get everything all the same.
    reader = zlib.decompressobj(31)
    assert reader.decompress(packed) == whole
    assert reader.eof
    assert not reader.unused_data


def test_collectors_that_share_families_stand_together():
    found = sections([["a", "b"], ["c"], ["b", "d"], ["d"], []])
    assert sorted(section.members for section in found) == [(0, 2, 3), (1,), (4,)]


def test_bytes_are_made_anew_only_when_a_snapshot_changes():
    (section,) = sections([["demo_c"], ["demo_c"]])
    one = snapshot([Sample("demo_c", 1, {"room": "r", "device": "a"})])
    two = snapshot([Sample("demo_c", 2, {"room": "r", "device": "b"})])
    first = section.part([one, two], TEXT)
    assert section.part([one, two], TEXT) is first
    assert first.plain.decode().splitlines()[2:] == [
        'demo_c{device="a",room="r"} 1.0',
        'demo_c{device="b",room="r"} 2.0',
    ]
    assert b"# TYPE" in section.part([one, None], TEXT).plain
    assert section.part([one, two], OPENMETRICS).plain != first.plain
    doubled = section.part([one, one], TEXT).plain.decode()
    assert doubled.count('device="a"') == 1


def test_a_histogram_counts_what_lies_below_each_bound():
    kept = Histogram("demo_f_seconds", (0.1, 1.0), {"target": "t"})
    for value in (0.05, 0.1, 0.5, 7):
        kept.observe(value)
    found = {(s.name, s.labels.get("le")): s.value for s in kept.samples()}
    assert found == {
        ("demo_f_seconds_bucket", "0.1"): 2,
        ("demo_f_seconds_bucket", "1.0"): 3,
        ("demo_f_seconds_bucket", "+Inf"): 4,
        ("demo_f_seconds_count", None): 4,
        ("demo_f_seconds_sum", None): 7.65,
    }


def test_vanished_series_are_forgotten():
    screen = Screen(CONTRACT)
    for number in range(20):
        samples = [
            Sample("demo_c", 1, {"room": f"{number}-{n}", "device": ""}) for n in range(1000)
        ]
        assert len(screen.screen(samples).samples) == 1000
    assert sum(map(len, screen._series.values())) <= 2 * (2 * 1000 + 1024)


def test_whatever_is_yielded_is_screened_without_harm():
    garbage = [
        3,
        None,
        Sample("demo_c", "three", {"room": "", "device": ""}),
        Sample("demo_c", None, {"room": "", "device": ""}),
        Sample("demo_c", 1, {"room": 3, "device": ""}),
        Sample("demo_c", 1, {"room": [], "device": ""}),
        Sample("demo_c", 1, None),
        Sample("demo_c", 10**400, {"room": "", "device": ""}),
        Sample("demo_b_joules_total", -1, {"room": "", "device": ""}),
        Sample("demo c", 1),
        Sample([], 1),
        Sample("demo_c", 7, {"device": "", "room": "kept"}),
    ]
    screened = Screen(CONTRACT).screen(garbage)
    assert [sample.value for sample in screened.samples] == [7]
    assert screened.refused == len(garbage) - 1
    assert screened.complaints


def test_infinities_are_kept():
    values = [math.inf, -math.inf]
    samples = [Sample("demo_c", v, {"room": str(n), "device": ""}) for n, v in enumerate(values)]
    body = encode([Screen(CONTRACT).screen(samples).blocks], TEXT, unique=True).decode()
    assert [s.value for family in parse_text(body) for s in family.samples] == values


few = st.builds(
    Sample,
    st.sampled_from(["demo_a_celsius", "demo_c"]),
    st.sampled_from([0.0, 1.5, 1e7]),
    st.fixed_dictionaries({"room": st.sampled_from("ab"), "device": st.just("")}),
)


@given(st.lists(st.lists(few, max_size=6), min_size=2, max_size=5))
def test_a_writer_that_copies_what_is_as_it_was_writes_the_same(polls):
    screen, writer = Screen(CONTRACT), Writer(TEXT, unique=True)
    for samples in polls:
        blocks = screen.screen(samples).blocks
        assert writer.write([blocks]) == encode([blocks], TEXT, unique=True)


def test_samples_of_one_mapping_and_of_equal_ones_are_the_same_series():
    shared = {"room": "a", "device": ""}
    screen = Screen(CONTRACT)
    screen.screen([Sample("demo_c", 1, {"device": "", "room": "a"})])
    mixed = [
        Sample("demo_c", 2, shared),
        Sample("demo_a_celsius", 3, shared),
        Sample("x", 1, shared),
    ]
    mixed += [Sample("demo_c", 4, dict(shared))]
    screened = screen.screen(mixed)
    assert [tuple(s) for s in screened.samples] == [tuple(s) for s in mixed[:2]]
    assert (screened.doubled, screened.refused) == (1, 1)
