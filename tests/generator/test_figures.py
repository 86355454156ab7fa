"""What a panel draws: something to see in good times, in its own unit."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sothat.generator.checked import CheckedCatalogue
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.figures import figure_of
from sothat.generator.promql import parse
from sothat.generator.thresholds import parse_threshold
from sothat.generator.typecheck import infer
from sothat.generator.typecheck.world import World
from sothat.generator.values import Values
from sothat.model.alert import Alert
from sothat.model.board import Figure

OPEN = World(series={}, closed=False)
Draw = Callable[..., Figure]
COMPARING = {"==", "!=", ">", "<", ">=", "<="}


@pytest.fixture(scope="module")
def checked() -> CheckedCatalogue:
    return compile_catalogue(installed_inputs(None, Values()), ())


@pytest.fixture(scope="module")
def draw(checked: CheckedCatalogue) -> Draw:
    """Return a function that draws an expression, where nothing is known of any series."""

    def figure(expr: str, threshold: str = "") -> Figure:
        alert = checked.catalogue.alerts[0]
        limit = parse_threshold(threshold) if threshold else None
        condition = replace(alert.condition, query=expr, expr=expr, threshold=limit)
        try:
            whole = infer(expr, OPEN).type
        except ValueError:
            whole = None
        return figure_of(replace(alert, condition=condition), whole, OPEN)

    return figure


def figure(one: Alert, checked: CheckedCatalogue) -> Figure:
    return figure_of(one, infer(one.condition.expr, checked.world).type, checked.world)


@pytest.mark.parametrize(
    ("expr", "lines"),
    [
        ("up == 0", ["up"]),
        ("(a and on (job) b >= 1) > 0.05", ["a"]),
        ("a == 0 and on (x) min_over_time(b[5m]) > 0", ["a"]),
        ("a unless on () b == 1", ["a"]),
        ("max_over_time(up[2m]) == 0 or absent_over_time(up[2m])",
         ["max_over_time(up[2m])", "count(last_over_time(up[2m])) or vector(0)"]),
        ('absent(up{job="x"})', ['count(up{job="x"}) or vector(0)']),
        ("v > u:r:upper or v < l:r:lower", ["v", "u:r:upper", "l:r:lower"]),
        ('label_join(a == 0, "h", "-", "i")', ['label_join(a, "h", "-", "i")']),
        ("vector(1)", ["vector(1)"]),
        ("sum(a == bool 0)", ["sum(a == bool 0)"]),
        ("a == bool 0", ["a == bool 0"]),
        ("0.5 < a", ["a"]),
        ('a{x="b > c or d"} > 3', ['a{x="b > c or d"}']),
        ("a > on (x) group_left (y) b", ["a", "b"]),
        ("((a)) > 1", ["a"]),
        ("(a) / (b) > 1", ["(a) / (b)"]),
        ("a > b or b", ["a", "b"]),
        ("not promql ((", ["not promql (("]),
    ],
)  # fmt: skip
def test_comparisons_and_guards_are_left_out(draw: Draw, expr: str, lines: Sequence[str]) -> None:
    assert [line.query for line in draw(expr).lines] == lines


def test_both_windows_of_a_burning_budget_are_drawn(draw: Draw) -> None:
    figure = draw("(long and short > 0.0144 and total >= 3) > 0.0144", "> 1.44%")
    assert [line.query for line in figure.lines] == ["long", "short"]
    assert figure.unit == "percentunit"


def test_limits_that_are_series_are_told_from_what_they_limit(draw: Draw) -> None:
    figure = draw("a > b")
    assert [(line.query, line.limit) for line in figure.lines] == [("a", False), ("b", True)]
    assert not any(line.limit for line in draw("a > b or b").lines)


def test_every_shipped_alert_draws_promql_without_a_comparison_at_its_top(
    checked: CheckedCatalogue,
) -> None:
    for one in checked.catalogue.alerts:
        for line in figure(one, checked).lines:
            assert str(getattr(parse(line.query), "op", "")) not in (
                "==",
                "!=",
                ">",
                "<",
                ">=",
                "<=",
            )
            assert line.labels is not None, one.name


def test_units_and_labels_are_those_of_the_types(checked: CheckedCatalogue) -> None:
    alerts = {one.name: one for one in checked.catalogue.alerts}
    battery = figure(alerts["IotDeviceBatteryLow"], checked)
    assert battery.unit == "percentunit"
    rest = ("device", "floor", "gateway", "product", "room", "instance")
    assert battery.lines[0].labels == ("site", "building", *rest)
    assert figure(alerts["IotDeviceSlow"], checked).unit == "s"
    down = figure(alerts["ExporterDown"], checked)
    assert [line.labels for line in down.lines] == [("instance",), ()]


def test_labels_that_can_be_missing_tell_series_apart_as_well(checked: CheckedCatalogue) -> None:
    alerts = {one.name: one for one in checked.catalogue.alerts}
    failing = figure(alerts["HostDiskFailing"], checked)
    assert failing.lines[0].labels == ("device", "disk", "type", "instance")
