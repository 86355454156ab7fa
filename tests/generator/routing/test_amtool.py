"""The walk through the tree is that of every release at hand, for anybody's configuration."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sothat.generator.routing.reading import read_configuration
from sothat.generator.routing.walking import receiving
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document

from .releases import parser_of
from .strategies import configuration, labels, odd_lines, quoted, trees

REFUSED = "refused"
RUNS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def theirs(amtool: str, file: Path, given_labels: Mapping[str, str]) -> str:
    """Return the receivers that amtool names, in order."""
    pairs = [f"{name}={quoted(value)}" for name, value in given_labels.items()]
    command = [amtool, "config", "routes", "test", f"--config.file={file}", *pairs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # Newer releases warn on the same stream.
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 else REFUSED


def ours(amtool: str, text: str, given_labels: Mapping[str, str]) -> str:
    try:
        found = read_configuration(parse_document(text, "a.yml"), parser_of(amtool))
    except Unusable:
        return REFUSED
    return ",".join(route.receiver for route in receiving(found.route, given_labels))


def assert_same(amtool: str, data: Any, tmp_path: Path, given_labels: Mapping[str, str]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    file = tmp_path / "alertmanager.yml"
    file.write_text(text, encoding="utf-8")
    assert ours(amtool, text, given_labels) == theirs(amtool, file, given_labels), text


@RUNS
@given(tree=trees, given_labels=labels)
def test_random_trees(
    amtool: str, tmp_path: Path, tree: list[Any], given_labels: dict[str, str]
) -> None:
    assert_same(amtool, configuration(tree), tmp_path, given_labels)


@RUNS
@given(line=odd_lines, value=st.sampled_from(["", "a", "b", "n", "\\", '"']))
def test_random_syntax(amtool: str, tmp_path: Path, line: str, value: str) -> None:
    tree = [{"receiver": "one", "matchers": [line]}]
    assert_same(amtool, configuration(tree), tmp_path, {"a": value, "ab": value})


@pytest.mark.parametrize(
    "line",
    [
        'site=~"(?=a)"',  # Python's alone
        'site=~"\\\\C"',  # RE2's alone
        'site=~"a)|(b"',
        '{site="a",}',
        "site=a,job=b",
        '"site"="a"',
        "'site'=\"a\"",
        'sïte="a"',
        'site="\\u0061"',
        'site="\\x61"',
        'site="\\q"',
        "site=",
        "site",
        "",
        ",",
        'site=~"[[:alpha:]]"',
        'site=~"\\\\pL"',
    ],
)
def test_syntax_that_tells_them_apart(amtool: str, tmp_path: Path, line: str) -> None:
    data = configuration([{"receiver": "one", "matchers": [line]}])
    for given_labels in ({"site": "a"}, {"site": "a", "job": "b"}, {"site": "u0061"}):
        assert_same(amtool, data, tmp_path, given_labels)


BROKEN: dict[str, Any] = {
    "no receiver": {"route": {}},
    "unknown receiver": {"route": {"receiver": "one", "routes": [{"receiver": "nobody"}]}},
    "root with matcher": {"route": {"receiver": "one", "matchers": ["a=b"]}},
    "root with match": {"route": {"receiver": "one", "match": {"a": "b"}}},
    "grouping": {"route": {"receiver": "one", "group_by": ["...", "a"]}},
    "unknown interval": {
        "route": {"receiver": "one", "routes": [{"mute_time_intervals": ["never"]}]}
    },
    "bad pattern": {"route": {"receiver": "one", "routes": [{"match_re": {"a": "("}}]}},
    "bad duration": {"route": {"receiver": "one", "group_wait": "soon"}},
    "doubled receiver": {"receivers": [{"name": "one"}, {"name": "one"}]},
    "routes of text": {"route": {"receiver": "one", "routes": "all"}},
    "no pattern": {"route": {"receiver": "one", "routes": [{"match_re": {"a": None}}]}},
    "no name": {"route": {"receiver": "one", "routes": [{"match": {"a-b": "c"}}]}},
    "grouped twice": {"route": {"receiver": "one", "group_by": ["a", "a"]}},
    "grouped by nothing": {"route": {"receiver": "one", "group_by": [""]}},
    "no interval": {"route": {"receiver": "one", "group_interval": "0s"}},
    "no repetition": {"route": {"receiver": "one", "repeat_interval": "0s"}},
    "inhibition": {"inhibit_rules": [{"source_matchers": ["="]}]},
}
INTERVALS: dict[str, Any] = {
    "backwards": {"times": [{"start_time": "10:00", "end_time": "09:00"}]},
    "same": {"times": [{"start_time": "10:00", "end_time": "10:00"}]},
    "midnight": {"times": [{"start_time": "00:00", "end_time": "24:00"}]},
    "after midnight": {"times": [{"start_time": "00:00", "end_time": "24:01"}]},
    "half": {"times": [{"start_time": "10:00"}]},
    "short": {"times": [{"start_time": "9:00", "end_time": "10:00"}]},
    "days": {"weekdays": ["Monday:friday", "SUNDAY"]},
    "days backwards": {"weekdays": ["saturday:sunday"]},
    "day": {"weekdays": ["noday"]},
    "month": {"months": ["january:3", "12"]},
    "months backwards": {"months": ["may:1"]},
    "last days": {"days_of_month": ["-3:-1", "1:-1", 5]},
    "last days backwards": {"days_of_month": ["-1:-3"]},
    "across": {"days_of_month": ["-1:3"]},
    "no day": {"days_of_month": ["0"]},
    "day 32": {"days_of_month": ["32"]},
    "28 to -1": {"days_of_month": ["28:-1"]},
    "years": {"years": ["2020:2022", 2030]},
    "years backwards": {"years": ["2022:2020"]},
    "zone": {"location": "Europe/Berlin"},
    "no zone": {"location": "Europe/Nowhere"},
    "three": {"months": ["1:2:3"]},
    "empty": {"times": [], "months": []},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_they_refuse_is_refused(amtool: str, tmp_path: Path, name: str) -> None:
    data = configuration([]) | BROKEN[name]
    assert_same(amtool, data, tmp_path, {})
    assert ours(amtool, json.dumps(data), {}) == REFUSED


@pytest.mark.parametrize("name", INTERVALS)
def test_the_same_intervals_are_accepted(amtool: str, tmp_path: Path, name: str) -> None:
    interval = {"name": "some", "time_intervals": [INTERVALS[name]]}
    assert_same(amtool, configuration([]) | {"time_intervals": [interval]}, tmp_path, {})
