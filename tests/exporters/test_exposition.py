"""What is exposed is well-formed, whatever is in the labels."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from sothat.exporters.contract import contract as own
from sothat.exporters.declare import counter, gauge
from sothat.exporters.exposition import expose
from sothat.exporters.service import GROUP
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Sample
from sothat.model.metric import Contract, Label, MetricFamily, MetricType
from sothat.runtime.plugins import load_extensions

from .promtool import has_nothing_to_say

CONTRACT = Contract(
    "demo",
    (
        gauge("demo_temperature_celsius", "Warm \\ or\nnot.", [Label("room")]),
        counter("demo_used_joules_total", "Used.", [Label("room")]),
        gauge("demo_seconds_left", "A unit inside the name."),
        MetricFamily("demo_took_seconds", MetricType.HISTOGRAM, "Took.", buckets=(1.0,)),
    ),
)
FAMILIES = {name: family for family in CONTRACT.families for name in family.series_names}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

values = st.floats(allow_nan=False, min_value=0)
samples = st.lists(
    st.one_of(
        st.builds(
            Sample,
            st.sampled_from(["demo_temperature_celsius", "demo_used_joules_total"]),
            values,
            st.fixed_dictionaries({"room": st.text(st.characters(codec=None))}),
        ),
        st.builds(Sample, st.just("demo_seconds_left"), values),
    )
)


@given(samples)
def test_every_kept_sample_is_read_back_once(given_samples):
    kept = Screen(CONTRACT).screen(given_samples).samples
    wanted = {(s.name, *s.labels.values()): s.value for s in kept}
    assert len(wanted) == len(kept)
    for accept, parse in (("", parse_text), (OPENMETRICS, parse_openmetrics)):
        body, _ = expose(kept, FAMILIES, accept)
        if not kept and parse is parse_openmetrics:
            assert body == b"# EOF\n"
            continue
        found = [s for family in parse(body.decode()) for s in family.samples]
        assert len(found) == len(kept)
        assert {(s.name, *s.labels.values()): s.value for s in found} == wanted


def test_bytes_that_are_no_utf8_are_marked():
    sample = Sample("demo_temperature_celsius", 1, {"room": "caf\udce9"})
    body, _ = expose(Screen(CONTRACT).screen([sample]).samples, FAMILIES, "")
    assert 'room="caf\ufffd"' in body.decode()


def test_of_two_collectors_with_the_same_series_the_first_counts():
    twice = [Sample("demo_seconds_left", 1), Sample("demo_seconds_left", 2)]
    body, _ = expose(twice, FAMILIES, "")
    assert body.decode().splitlines()[2:] == ["demo_seconds_left 1.0"]


def test_histograms_keep_their_buckets():
    three = [
        Sample("demo_took_seconds_bucket", 1, {"le": "1"}),
        Sample("demo_took_seconds_bucket", 2, {"le": "+Inf"}),
        Sample("demo_took_seconds_sum", 3),
        Sample("demo_took_seconds_count", 2),
    ]
    screened = Screen(CONTRACT).screen(three)
    assert not screened.complaints
    body, _ = expose(screened.samples, FAMILIES, "")
    assert "# TYPE demo_took_seconds histogram" in body.decode()


def declared_families():
    contracts = load_extensions("sothat.contracts")
    declared = [own(), *(contracts[name].contract() for name in load_extensions(GROUP))]
    assert {contract.source for contract in declared} >= {
        *("host", "posture", "network", "postgresql", "mysql", "redis", "database", "business"),
        "tuya",
    }
    return [family for contract in declared for family in contract.families]


def test_every_declared_family_passes_promtool():
    """Names, types and help texts of all contracts, also those that need an event to be seen."""
    families = declared_families()
    one_each = [Sample(f.name, 1, dict.fromkeys(f.label_names, "x")) for f in families]
    body, _ = expose(one_each, {f.name: f for f in families}, "")
    has_nothing_to_say(body)


def test_no_two_declared_families_are_one_in_openmetrics():
    """A counter is called without its _total there: beside x, x_total would be x a second time."""
    families = declared_families()
    one_each = [Sample(f.name, 1, dict.fromkeys(f.label_names, "x")) for f in families]
    body, _ = expose(one_each, {f.name: f for f in families}, OPENMETRICS)
    named = Counter(line.split()[2] for line in body.decode().splitlines() if "# TYPE " in line)
    assert [name for name, times in named.items() if times > 1] == []
