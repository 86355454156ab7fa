"""Expositions: what a family is called once it is stored, and input of any kind."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from sothat.generator.contracting.fetching import Exposition
from sothat.generator.contracting.observed import ObservedFamily, observe
from sothat.model.metric import MetricType
from sothat.model.problem import Unusable


def families(text: str, *, openmetrics: bool = False) -> dict[str, ObservedFamily]:
    return {f.name: f for f in observe(Exposition("test", text, openmetrics))}


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("# TYPE a_total counter\na_total 1\n", "a_total", MetricType.COUNTER),
        ("# TYPE a counter\na 1\n", "a", MetricType.COUNTER),
        ("#\tTYPE a counter\na 1\n", "a", MetricType.COUNTER),
        ("# TYPE a gauge\na 1\n", "a", MetricType.GAUGE),
        ("# TYPE a untyped\na 1\n", "a", MetricType.UNTYPED),
        ("a 1\n", "a", MetricType.UNTYPED),
        ('# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n', "a", "histogram"),
        ('# TYPE a summary\na{quantile="0.5"} 1\na_sum 1\na_count 1\n', "a", "summary"),
        ("# TYPE a_total counter\n", "a_total", MetricType.COUNTER),
    ],
)
def test_text_format(text: str, name: str, kind: str) -> None:
    found = families(text)
    assert [(f.name, f.type) for f in found.values()] == [(name, kind)]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("# TYPE a counter\na_total 1\na_created 5\n# EOF\n", "a_total", MetricType.COUNTER),
        ('# TYPE a info\na_info{v="1"} 1\n# EOF\n', "a_info", MetricType.INFO),
        ('# TYPE a stateset\na{a="x"} 1\n# EOF\n', "a", MetricType.GAUGE),
        ("# TYPE a unknown\na 1\n# EOF\n", "a", MetricType.UNTYPED),
    ],
)
def test_openmetrics(text: str, name: str, kind: MetricType) -> None:
    found = families(text, openmetrics=True)
    assert [(f.name, f.type, len(f.samples)) for f in found.values()] == [(name, kind, 1)]


def test_openmetrics_states_units() -> None:
    text = "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n"
    assert families(text, openmetrics=True)["a_seconds"].unit == "seconds"


def test_a_gauge_beside_a_counter_of_its_name_stays_itself() -> None:
    text = "# TYPE a gauge\na 1\n# TYPE a_total counter\na_total 1\n"
    assert {n: f.type.value for n, f in families(text).items()} == {
        "a": "gauge",
        "a_total": "counter",
    }


def test_empty_labels_and_those_that_split_a_family_are_left_out() -> None:
    text = '# TYPE a histogram\na_bucket{x="",y="1",le="1"} 1\na_count{x="",y="1"} 1\n'
    assert [dict(sample) for sample in families(text)["a"].samples] == [{"y": "1"}] * 2


def test_samples_without_a_type_are_one_family_wherever_they_stand() -> None:
    text = "".join(f'a{{n="{n}"}} 1\nb{{n="{n}"}} 1\n' for n in range(3))
    assert {name: len(f.samples) for name, f in families(text).items()} == {"a": 3, "b": 3}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a 1\nb\n", 2), ("a 1\n\n# TYPE b\n", 3), ('a{x="1} 1\n', 1), ("a one\n", 1)],
)
def test_a_bad_line_is_named(text: str, line: int) -> None:
    with pytest.raises(Unusable) as caught:
        families(text)
    problem = caught.value.problems[0]
    assert problem.code == "bad-exposition"
    assert problem.position
    assert problem.position.line == line


PIECES = st.sampled_from(
    [
        *("# TYPE a counter\n", "# HELP a", "a", "a_total", "{", "}", 'x="1"', ",", " 1", "\n"),
        *(
            "# EOF",
            "# {",
            "\\",
            '"',
            "1e999",
            "NaN",
            "\x00",
            "é",
            '{"a.b"}',
            "le=",
            "\r\n",
            "\u2028",
        ),
    ]
)


@settings(deadline=None)
@given(
    text=st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=16).map("".join)),
    openmetrics=st.booleans(),
)
def test_any_text_is_either_read_or_refused(*, text: str, openmetrics: bool) -> None:
    try:
        found = families(text, openmetrics=openmetrics)
    except Unusable as error:
        codes = [problem.code for problem in error.problems]
    else:
        codes = ["bad-exposition"] if all(f.name == n for n, f in found.items()) else ["misnamed"]
    assert codes == ["bad-exposition"]


NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8).map(lambda s: f"m_{s}x")
VALUES = st.text(max_size=6)


@settings(deadline=None)
@given(
    kinds=st.dictionaries(NAMES, st.sampled_from([Counter, Gauge, Histogram, Summary]), max_size=5),
    values=st.lists(VALUES, min_size=1, max_size=3, unique=True),
    openmetrics=st.booleans(),
)
def test_what_a_client_library_exposes_is_read_back(
    *,
    kinds: dict[str, type[Counter | Gauge | Histogram | Summary]],
    values: list[str],
    openmetrics: bool,
) -> None:
    registry = CollectorRegistry()
    expected = {}
    for name, kind in kinds.items():
        metric = kind(name, "help", ["label"], registry=registry)
        for value in values:
            metric.labels(value)
        expected[f"{name}_total" if kind is Counter else name] = kind.__name__.lower()
    generate = generate_openmetrics if openmetrics else generate_latest
    found = families(generate(registry).decode(), openmetrics=openmetrics)
    # Outside OpenMetrics, the library shows when a series was made as a gauge of its own.
    shown = {n: f for n, f in found.items() if openmetrics or not n.endswith("_created")}
    assert {name: family.type.value for name, family in shown.items()} == expected
    for family in shown.values():
        assert {sample.get("label", "") for sample in family.samples} == set(values)
