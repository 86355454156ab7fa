"""Contracts: which series a family makes, and what two contracts may not do."""

import pytest
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, index


def family(name: str, kind: MetricType) -> MetricFamily:
    return MetricFamily(name, kind, "help", labels=(Label("site"),))


def test_a_histogram_makes_three_series_and_only_its_buckets_have_le() -> None:
    series = index([Contract("a", (family("x_seconds", MetricType.HISTOGRAM),))])
    assert sorted(series) == ["x_seconds_bucket", "x_seconds_count", "x_seconds_sum"]
    assert series["x_seconds_bucket"].label_names == {"site", "le", "instance", "job"}
    assert series["x_seconds_sum"].label_names == {"site", "instance", "job"}


def test_two_contracts_with_one_series_are_both_named() -> None:
    gauge = family("x", MetricType.GAUGE)
    with pytest.raises(ValueError, match="x is declared by both a and b"):
        index([Contract("a", (gauge,)), Contract("b", (gauge,))])
