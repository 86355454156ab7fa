"""The evaluation says what real promtool says, of every operator and function that it knows."""

from typing import Any

import pytest
from sothat.generator.promql import parse
from sothat.generator.proving.evaluation.engine import compiled
from sothat.generator.proving.evaluation.series import (
    NAME,
    Era,
    Labels,
    Series,
    Times,
    Unknown,
    labels_of,
)
from sothat.generator.proving.evaluation.store import Store
from sothat.generator.proving.running import Job, Promtool
from sothat.generator.proving.solving.samples import plain

# Name, labels and samples, one a minute.
GIVEN: tuple[tuple[str, dict[str, str], list[float | None]], ...] = (
    ("m", {"site": "a", "pump": "1"}, [1.5, 2.5, 0.1, 7.25, 3.3, 9.0, 4.0, 4.0, 8.5, 1.1, 6.0]),
    # Sums of the last two are exact: promtool adds series up in any order.
    ("m", {"site": "a", "pump": "2"}, [0.3, 0.1, 0.2, 0.7, 0.3, 0.9, 0.4, 0.4, 0.5, 0.1, 0.5]),
    ("m", {"site": "b", "pump": "1"}, [5, 5, 5, None, None, 5, 5, 5, 5, 5, 5]),
    ("n", {"site": "a"}, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]),
    ("n", {"site": "b"}, [-4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4]),
    ("c_total", {"site": "a"}, [10, 13, 19, 2, 4, 9, 11, 30, 31, 31, 37]),
    ("h_bucket", {"site": "a", "le": "0.5"}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("h_bucket", {"site": "a", "le": "1"}, [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]),
    ("h_bucket", {"site": "a", "le": "+Inf"}, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]),
)
RANGED = [
    "rate",
    "increase",
    "delta",
    "irate",
    "idelta",
    "changes",
    "resets",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "last_over_time",
    "present_over_time",
]
EXPRESSIONS = (
    *(f"{name}(m[5m])" for name in RANGED),
    *(f"{name}(c_total[4m30s])" for name in RANGED),
    "quantile_over_time(0.3, m[5m])",
    "avg_over_time(m[5m:2m] offset 1m)",
    *(f"{name} by (site) (m)" for name in ("sum", "avg", "min", "max", "count", "group")),
    "sum without (pump) (m)",
    "quantile by (site) (0.4, m)",
    "m offset 3m",
    "-m",
    "abs(m - 3)",
    "clamp(m, 1, 4)",
    "round(m, 0.5)",
    "m / on (site) group_left () n",
    "n * on (site) group_right () m",
    "m > on (site) group_left () n",
    "m % 2",
    "m ^ 2",
    "2 < m",
    "m > bool 2",
    "m and on (site) n > 1",
    "m unless on (site) n > 1",
    "n or m",
    'label_replace(n, "place", "x-$1", "site", "(a)")',
    'absent(gone{site="a",pump!="1"})',
    'absent_over_time(gone{site="a"}[5m])',
    "time() - n",
    "histogram_quantile(0.6, sum by (site, le) (rate(h_bucket[5m])))",
    "vector(3) + 1",
    'scalar(n{site="a"}) + m',
    'm{site=~"a|c",pump!~"2"}',
)
# Milliseconds: between samples, at the last one, and after them.
TIMES = (150_000, 420_000, 600_000, 780_000)


def stored(era: Era) -> Store:
    store = Store(era)
    for name, labels, values in GIVEN:
        samples = [None if value is None else float(value) for value in values]
        store.add(Series(labels_of({**labels, NAME: name}), 60_000, samples))
    return store


def evaluated(expression: str, era: Era, times: Times) -> list[dict[Labels, float]]:
    """Return the elements that there are at each time."""
    found = compiled(parse(expression))(stored(era), times)
    return [
        {labels: value for labels, column in found.items() if (value := column[at]) is not None}
        for at in range(len(times))
    ]


def asked(expression: str, era: Era) -> list[dict[str, Any]]:
    return [
        {
            "expr": expression,
            "eval_time": f"{time}ms",
            "exp_samples": [
                {"labels": written(dict(labels)), "value": value}
                for labels, value in elements.items()
            ],
        }
        for time, elements in zip(TIMES, evaluated(expression, era, TIMES), strict=True)
    ]


def written(labels: dict[str, str]) -> str:
    name = labels.pop(NAME, "")
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def given() -> list[dict[str, str]]:
    return [
        {
            "series": written({**labels, NAME: name}),
            "values": " ".join("_" if value is None else plain(float(value)) for value in values),
        }
        for name, labels, values in GIVEN
    ]


def test_promtool_agrees(release: Promtool, request: pytest.FixtureRequest) -> None:
    era = Era.TWO if "oldest" in request.node.callspec.id else Era.THREE
    jobs = [
        Job(
            {"groups": []},
            {
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": given(),
                        "promql_expr_test": asked(expression, era),
                    }
                ],
            },
        )
        for expression in EXPRESSIONS
    ]
    answers = zip(EXPRESSIONS, release.run(jobs), strict=True)
    wrong = [f"{expression}\n{answer.words}" for expression, answer in answers if not answer.passed]
    assert not wrong, "\n".join(wrong)


LOOKING_AROUND = ("max_over_time((m + n)[5m:1m] offset -2m)", "avg_over_time((m - n)[4m:30s])")


@pytest.mark.parametrize("era", Era)
@pytest.mark.parametrize("expression", [*EXPRESSIONS, *LOOKING_AROUND])
def test_at_many_times_it_is_what_it_is_at_each(expression: str, era: Era) -> None:
    for pace in (30_000, 60_000, 90_000):
        times = range(0, 1_200_000, pace)
        alone = [found for time in times for found in evaluated(expression, era, [time])]
        for together in (times, list(times)):
            found = evaluated(expression, era, together)
            for one, other in zip(found, alone, strict=True):
                assert one == pytest.approx(other, rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("expression", ["m / on (site) n", "n / on (site) m", "m + on () n"])
def test_what_prometheus_refuses_is_refused(expression: str) -> None:
    with pytest.raises(Unknown):
        evaluated(expression, Era.THREE, TIMES)
