"""Expositions held against a contract."""

import pytest
from sothat.generator.contracting.checking import Terms, deviations
from sothat.generator.contracting.fetching import Exposition
from sothat.generator.contracting.observed import observe
from sothat.model.metric import Alias, Contract, Label, MetricFamily, MetricType, Presence

CONTRACT = Contract(
    "door",
    (
        MetricFamily("door_up", MetricType.GAUGE, ""),
        MetricFamily(
            "door_open",
            MetricType.GAUGE,
            "",
            labels=(
                Label("door"),
                Label("state", values=("ajar", "wide"), optional=True),
                Label("code", pattern="[0-9]{2}", optional=True),
            ),
            presence=Presence.FEATURE,
        ),
        MetricFamily(
            "door_moves_total",
            MetricType.COUNTER,
            "",
            presence=Presence.EVENT,
            aliases=(Alias("door_moves"),),
        ),
        MetricFamily("door_info", MetricType.INFO, "", presence=Presence.FEATURE, open_labels=True),
        MetricFamily("door_new", MetricType.GAUGE, "", since="2.0"),
    ),
    open_prefixes=("door_sensor_",),
)
LIBRARY = Contract("library", (MetricFamily("go_threads", MetricType.GAUGE, ""),))
UP = "# TYPE door_up gauge\ndoor_up 1\n"


def codes(text: str) -> list[str]:
    found = deviations(observe(Exposition("x", text)), Terms([CONTRACT], [LIBRARY]))
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    "more",
    [
        "",
        '# TYPE door_open gauge\ndoor_open{door="a",state="ajar",code="07"} 1\n',
        '# TYPE door_open gauge\ndoor_open{door="a",state="",instance="h:1",job="d"} 1\n',
        "# TYPE door_moves counter\ndoor_moves 1\n",
        '# TYPE door_info gauge\ndoor_info{anything="x"} 1\n',
        "# TYPE door_sensor_7 gauge\ndoor_sensor_7 1\n",
        "# TYPE go_threads gauge\ngo_threads 1\n",
    ],
)
def test_kept(more: str) -> None:
    assert codes(UP + more) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing-family"),
        ("# TYPE door_up gauge\n", "missing-family"),
        (UP + "# TYPE window_open gauge\nwindow_open 1\n", "undeclared-family"),
        ("# TYPE door_up counter\ndoor_up 1\n", "wrong-metric-type"),
        ("door_up 1\n", "wrong-metric-type"),
        (UP + '# TYPE door_open gauge\ndoor_open{door="a",floor="1"} 1\n', "undeclared-label"),
        (UP + '# TYPE door_open gauge\ndoor_open{door="a",state="shut"} 1\n', "undeclared-value"),
        (UP + '# TYPE door_open gauge\ndoor_open{door="a",code="7"} 1\n', "undeclared-value"),
        (UP + '# TYPE door_open gauge\ndoor_open{door="a",code="077"} 1\n', "undeclared-value"),
        (UP + '# TYPE door_open gauge\ndoor_open{state="ajar"} 1\n', "missing-label"),
        (UP + '# TYPE door_open gauge\ndoor_open{door=""} 1\n', "missing-label"),
    ],
)
def test_not_kept(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_many_values_outside_are_cut_short() -> None:
    lines = "".join(f'door_open{{door="a",state="{n}"}} 1\n' for n in range(9))
    text = UP + "# TYPE door_open gauge\n" + lines
    found = deviations(observe(Exposition("x", text)), Terms([CONTRACT]))
    assert found[0].message.endswith("0, 1, 2, 3, 4, …")
