"""Units of panels: inferred, filled in, and held against what a board says."""

import pytest
from sothat.generator.panel_units import fits, id_for, panel_units, with_units
from sothat.generator.typecheck import Unit
from sothat.generator.typecheck.world import World
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, index

WORLD = World(
    index(
        [
            Contract(
                "test",
                (
                    MetricFamily(
                        "sent_bytes_total", MetricType.COUNTER, "", "bytes", (Label("d"),)
                    ),
                    MetricFamily("busy_seconds_total", MetricType.COUNTER, "", "seconds"),
                    MetricFamily("energy_joules_total", MetricType.COUNTER, "", "joules"),
                    MetricFamily("odd", MetricType.GAUGE, "", None),
                ),
            )
        ]
    )
)


def board(expr: str, unit: str = "") -> dict[str, object]:
    panel: dict[str, object] = {"title": "P", "targets": [{"expr": expr}]}
    if unit:
        panel["fieldConfig"] = {"defaults": {"unit": unit}}
    return {"panels": [{"type": "row", "panels": [panel]}]}


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("rate(sent_bytes_total[$__rate_interval])", "Bps"),
        ("sum by (d) (increase(sent_bytes_total[5m]))", "bytes"),
        ("rate(busy_seconds_total[5m])", "percentunit"),
        ("rate(energy_joules_total[5m])", "watt"),
        ("count(odd)", "short"),
    ],
)
def test_a_unit_is_filled_in(expr: str, unit: str) -> None:
    (row,) = with_units(board(expr), WORLD)["panels"]
    assert row["panels"][0]["fieldConfig"]["defaults"]["unit"] == unit


@pytest.mark.parametrize("expr", ["odd", "rate(sent_bytes_total[5m]) * $factor", "sum("])
def test_what_is_not_known_is_left_alone(expr: str) -> None:
    assert with_units(board(expr), WORLD) == board(expr)


def test_a_given_unit_stays() -> None:
    given = board("rate(sent_bytes_total[5m])", "KBs")
    assert with_units(given, WORLD) == given


@pytest.mark.parametrize(
    ("unit", "good"), [("Bps", True), ("bytes", False), ("s", False), ("custom", True)]
)
def test_a_given_unit_is_held_against_the_query(unit: str, good: bool) -> None:  # noqa: FBT001
    (found,) = panel_units(board("rate(sent_bytes_total[5m])", unit), WORLD)
    assert fits(found.shown, found.inferred) is good


@pytest.mark.parametrize(
    ("word", "text", "grafana"),
    [
        ("bytes-per-second", "bytes per second", "Bps"),
        ("per-second", "1 per second", "suffix:/s"),
        ("watts", "watts", "watt"),
        ("hertz", "1 per second", "suffix:/s"),
        ("ratio", "ratio", "percentunit"),
    ],
)
def test_words_of_units(word: str, text: str, grafana: str) -> None:
    assert (Unit.of(word).text, id_for(Unit.of(word))) == (text, grafana)


def test_energy_over_time_is_power() -> None:
    assert Unit.of("joules").over(Unit.of("seconds")) == Unit.of("watts")
