"""The control charts' rules as Prometheus evaluates them, held against the book's, written anew."""

import random
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest
import yaml

RULES = Path(__file__).parents[2] / "alert_rules" / "recordings-kpis.yaml"
DAYS = 60
PREFIX = "kpi_site:business_kpi_value"
CHANCE = random.Random(0)  # noqa: S311 – figures
CALM = [CHANCE.gauss(0, 0.6) for _ in range(DAYS)]


def ended(*last):
    """Return a calm past of small differences that ends in these days."""
    return [10 + value for value in (*CALM[: DAYS - len(last)], *last)]


def noise(seed):
    chance = random.Random(seed)  # noqa: S311 – figures
    return [10 + chance.gauss(0, 1) for _ in range(DAYS)]


CASES = {
    "calm": ended(),
    "spike": ended(9),
    "shift": ended(*[1.2 + 0.2 * (-1) ** n for n in range(9)]),
    "climb": ended(*[-0.6 + 0.3 * n for n in range(6)]),
    "fall": ended(*[0.6 - 0.3 * n for n in range(6)]),
    "saw": ended(*[0.9 * (-1) ** n + 0.01 * n for n in range(20)]),
    "twice": ended(4, 0, 4),
    "low": ended(-2, -2.2, 0, -2, -2.4),
    "flat": ended(*[0.02 * (-1) ** n for n in range(16)]),
    "wild": ended(*[3 * (-1) ** (n // 2) for n in range(8)]),
    **{f"noise-{seed}": noise(seed) for seed in range(6)},
}


def broken(values, days=28):
    """Return the numbers of Nelson's rules that the last day breaks, each day by its own chart."""
    deviations = [_deviation(values, day, days) for day in range(31, len(values))]
    steps = [later - earlier for earlier, later in pairwise(values)]
    turns = [earlier * later for earlier, later in pairwise(steps)]

    def side(count, least, edge):
        last = deviations[-count:]
        return any(sum(sign * one > edge for one in last) >= least for sign in (1, -1))

    return {
        number
        for number, is_broken in {
            1: abs(deviations[-1]) > 3,
            2: side(9, 9, 0),
            3: all(one > 0 for one in steps[-5:]) or all(one < 0 for one in steps[-5:]),
            4: all(one < 0 for one in turns[-12:]),
            5: side(3, 2, 2),
            6: side(5, 4, 1),
            7: all(abs(one) < 1 for one in deviations[-15:]),
            8: all(abs(one) > 1 for one in deviations[-8:]),
        }.items()
        if is_broken
    }


def _deviation(values, day, days):
    """Return a day's distance from the centre of the days before it, in sigmas."""
    before = values[day - days : day]
    ranges = [abs(later - earlier) for earlier, later in pairwise(values[day - days - 1 : day])]
    return (values[day] - fmean(before)) / (fmean(ranges) / 1.128)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("charts")
    recordings = yaml.safe_load(RULES.read_text())["recordings"]
    rules = [
        {"record": one["record"], "expr": one["expr"].replace("$window", one.get("window", ""))}
        for one in recordings
        if "business_kpi_value" in one["record"]
    ]
    groups = {"groups": [{"name": "charts", "interval": "6h", "rules": rules}]}
    (path / "rules.yaml").write_text(yaml.safe_dump(groups))
    return path


def prometheus_says(folder, expected):
    """Run promtool over all cases; each day is three equal readings, none of them at midnight."""
    series = [
        {"series": f'business_kpi_value{{kpi="k",site="{name}"}}', "values": _readings(values)}
        for name, values in CASES.items()
    ]
    info = {
        "series": 'business_kpi_info{kpi="k",chart="individuals"}',
        "values": f"1x{DAYS * 4 + 1}",
    }
    at = f"{DAYS * 24 + 6}h"
    tests = [
        {
            "expr": f'kpi_site_rule:business_kpi_value:broken{{rule="{number}"}} == 1',
            "eval_time": at,
            "exp_samples": [
                {
                    "labels": f'kpi_site_rule:business_kpi_value:broken{{kpi="k",site="{name}",'
                    f'rule="{number}"}}',
                    "value": 1,
                }
                for name, numbers in expected.items()
                if number in numbers
            ],
        }
        for number in range(1, 9)
    ]
    test = {"interval": "6h", "input_series": [*series, info], "promql_expr_test": tests}
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "6h", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(document))
    return subprocess.run(
        [program(), "test", "rules", "test.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _readings(values):
    return " ".join(["_", *(f"{value:.9f} {value:.9f} {value:.9f} _" for value in values)])


def program():
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: apt-get install prometheus"
    return promtool


def judged():
    """Return what each case breaks: to Prometheus 2, 28 days have 29 midnights."""
    done = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True)
    days = 29 if "version 2." in done.stdout + done.stderr else 28
    return {name: broken(values, days) for name, values in CASES.items()}


def test_the_rules_are_nelson_s(folder):
    done = prometheus_says(folder, judged())
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cases_break_every_rule_and_one_breaks_none():
    found = {name: broken(values) for name, values in CASES.items()}
    assert set().union(*found.values()) == set(range(1, 9))
    assert not found["calm"]


def test_a_wrong_expectation_is_noticed(folder):
    done = prometheus_says(folder, {**judged(), "spike": set()})
    assert done.returncode != 0
