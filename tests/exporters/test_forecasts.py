"""Forecasts that know how wrong they were, on series whose truth is known."""

import json
import math
import random

import pytest
import responses
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.commands.forecast import command
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.forecasts.collector import COLLECTOR
from sothat.exporters.forecasts.judging import forecast
from sothat.exporters.forecasts.model import band, fitted, grid, quantile
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

WEEKS = 8
NOW = 1_790_000_000.0
SERVER = "http://prometheus:9090"


def use(slope=0.002, noise=0.01, weekly=0.03, weeks=WEEKS, bursts=0.0, seed=1):
    """Return hours of use: half full, so much more a day, with a week's rhythm and noise."""
    chance = random.Random(seed)  # noqa: S311 – noise
    hours = range(weeks * 168)
    return [
        0.5
        + slope * hour / 24
        + weekly * math.sin(2 * math.pi * hour / 168)
        + chance.gauss(0, noise)
        + (0.2 if chance.random() < bursts else 0)
        for hour in hours
    ]


def days(made, name):
    return made.full[name] / 86400


def test_a_trend_with_a_week_and_noise_is_found():
    made = forecast(use())
    # Half of it is left at 0.2 % a day: 250 days, of which 56 are over.
    assert days(made, "expected") == pytest.approx(194, rel=0.15)
    assert days(made, "early") < days(made, "expected") < days(made, "late")
    assert made.used[7].expected == pytest.approx(0.5 + 0.002 * 63, abs=0.02)


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"bursts": 0.01},
        {"noise": 0.002},
        {"slope": 0.0, "noise": 0.02},
        {"weekly": 0.1},
        {"slope": -0.001},
    ],
    ids=str,
)
def test_it_beats_what_was_a_week_ago_and_its_band_holds(way):
    made = forecast(use(**way))
    for ahead in (7, 28):
        test = made.tests[ahead]
        assert test.error < test.naive
        assert 0.6 <= test.hits <= 0.95  # of the 80 % that are promised; 28 origins a test


def test_bursts_do_not_bend_the_trend():
    calm, rough = fitted(use()), fitted(use(bursts=0.02))
    assert rough.slope == pytest.approx(calm.slope, rel=0.15)


def test_no_trend_is_never_full():
    assert "expected" not in forecast(use(slope=0.0)).full


def test_a_step_shows_in_the_error():
    values = use(slope=0.0, noise=0.002, weekly=0.0)
    stepped = values[:900] + [value + 0.2 for value in values[900:]]
    assert forecast(stepped).tests[7].error > 5 * forecast(values).tests[7].error


def test_too_little_of_the_past_is_no_forecast():
    assert forecast([]) is None
    assert forecast([0.5] * 100) is None
    assert forecast(use(weeks=2)) is None  # nothing to try it on
    assert forecast([None] * 2000) is None
    assert forecast(use(weeks=3)) is not None


def test_gaps_are_left_out():
    values = use(noise=0.002)
    chance = random.Random(3)  # noqa: S311 – holes
    patchy = [None if chance.random() < 0.3 else value for value in values]
    patchy[200:290] = [None] * 90
    assert days(forecast(patchy), "expected") == pytest.approx(
        days(forecast(values), "expected"), rel=0.1
    )


def test_what_is_full_is_full_now():
    made = forecast([1.2 + 0.0001 * n for n in range(1000)])
    assert days(made, "expected") < 0.1


def test_points_come_into_their_hours():
    points = [
        (NOW - 7200, 1.0),
        (NOW - 3700, 2.0),
        (NOW - 3650, 4.0),
        (NOW, 5.0),
        (NOW - 1, math.nan),
    ]
    assert grid(points, NOW, 24) == [1.0, 3.0, 5.0]
    assert grid([], NOW, 24) == []


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=60))
def test_a_band_holds_what_it_says(errors):
    low, high = band(errors)
    assert low <= 0 <= high
    outside = sum(not low - 1e-9 <= error <= high + 1e-9 for error in errors)
    assert outside <= 0.2 * len(errors) + 2
    assert min(errors) <= quantile(sorted(errors), 0.5) <= max(errors)


@given(
    st.lists(st.none() | st.floats(0, 1), min_size=336, max_size=500),
)
@settings(max_examples=15, deadline=None)
def test_whatever_was_measured_gives_shares_or_nothing(values):
    made = forecast(values)
    if made is not None:
        assert all(one.late <= one.expected <= one.early for one in made.used.values())
        assert all(one.late >= 0 for one in made.used.values())


def answer(values, labels, now=NOW):
    points = [
        [now - 3600 * (len(values) - 1 - hour), str(value)] for hour, value in enumerate(values)
    ]
    result = [{"metric": labels, "values": points}]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


class Clock(SystemClock):
    def time(self):
        return NOW


def opened(tmp_path, **more):
    written = {"type": "forecasts", "prometheus": SERVER, **more}
    document = parse_document(repr(written), "exporter.yaml")
    return COLLECTOR.open(Settings(document, ()), Context("f", tmp_path, {}, Clock()))


def poll(source, seconds=30):
    clock = SystemClock()
    found, failure = [], None
    try:
        found.extend(source.collect(Deadline(clock.monotonic() + seconds, clock)))
    except PollFailed as error:
        failure = error
    assert not Screen(source.contract).screen(found).complaints
    return {(s.name[len("forecast_") :], *s.labels.values()): s.value for s in found}, failure


@responses.activate
def test_the_collector_tells_the_error_beside_each_forecast(tmp_path):
    labels = {"instance": "h:9780", "mountpoint": "/data", "device": "sda"}
    responses.post(f"{SERVER}/api/v1/query_range", json=answer(use(), labels))
    found, failure = poll(opened(tmp_path, forecasts=["disk"]))
    assert failure is None
    what = ("disk", "h:9780", "/data")
    assert found["seconds_until_full", *what, "expected"] / 86400 == pytest.approx(194, rel=0.15)
    assert found["used_ratio", *what, "28d", "late"] < found["used_ratio", *what, "28d", "early"]
    assert 0 < found["error_ratio", *what, "7d"] < found["naive_error_ratio", *what, "7d"]
    assert 0.6 < found["band_hit_ratio", *what, "28d"] <= 1
    assert found["history_seconds", *what] == WEEKS * 7 * 86400


@responses.activate
def test_one_that_fails_leaves_the_others(tmp_path):
    bad = responses.matchers.urlencoded_params_matcher({"query": "bad"}, allow_blank=True)
    assert bad

    def reply(request):
        if "query=bad" in request.body:
            return 400, {}, json.dumps({"status": "error", "error": "no", "errorType": "bad_data"})
        return 200, {}, json.dumps(answer([100 * v for v in use()], {"instance": "i"}))

    responses.add_callback(responses.POST, f"{SERVER}/api/v1/query_range", reply)
    own = [{"name": "worse", "promql": "bad"}, {"name": "line", "promql": "good", "limit": 100}]
    found, failure = poll(opened(tmp_path, forecasts=own))
    assert failure.reason == "prometheus"
    assert found["seconds_until_full", "line", "i", "", "expected"] / 86400 == pytest.approx(
        194, rel=0.15
    )


def test_a_forecast_of_one_name_twice_is_refused(tmp_path):
    with pytest.raises(Unusable, match="twice"):
        opened(tmp_path, forecasts=["disk", "disk"])


@responses.activate
def test_the_command_prints_the_error_beside_each():
    labels = {"instance": "h:9780", "mountpoint": "/data"}

    def reply(request):
        end = float(dict(pair.split("=") for pair in request.body.split("&"))["end"])
        return 200, {}, json.dumps(answer(use(), labels, end))

    responses.add_callback(responses.POST, f"{SERVER}/api/v1/query_range", reply)
    options = ["--prometheus", SERVER, "--of", "disk"]
    done = CliRunner().invoke(command, options)
    head, line = done.output.splitlines()
    assert "error at 7 days" in head
    assert line.startswith("disk      h:9780    /data")
    assert "in band" in line
    (data,) = json.loads(CliRunner().invoke(command, [*options, "--json"]).output)["forecasts"]
    assert data["back_test"]["7d"]["error_ratio"] < data["back_test"]["7d"]["naive_error_ratio"]
    wrong = CliRunner().invoke(command, ["--prometheus", SERVER, "--of", "discs"])
    assert isinstance(wrong.exception, Unusable)
