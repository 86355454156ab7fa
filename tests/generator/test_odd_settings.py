"""Settings that go together in no way, and files that are hardly there: told, never a traceback."""

from collections.abc import Callable

import pytest
from sothat.generator.compile import Inputs
from sothat.model.problem import Unusable

KIND = "kind: threshold\n    summary: Pressure is low"
THRESHOLD = '      threshold: "< 85%"\n      for: 5m\n'


def settled(bend: Callable, kind: str, settings: str) -> Inputs:
    bend(KIND, KIND.replace("threshold", kind))
    return bend(THRESHOLD, settings)


@pytest.mark.parametrize(
    ("kind", "settings", "code", "words"),
    [
        ("prediction", "      within: 1h\n      over: 0s\n", "promql-syntax", "greater than 0"),
        ("prediction", '      within: 1h\n      over: 1h\n      threshold: "< 5"\n', "bad-value",
         "only one of 'within', 'threshold'"),
        ("control-band", "      tolerance: 10%\n      centre: 1e999\n", "out-of-range", "inf"),
        ("control-band", "      tolerance: 3 sigma\n      centre: 1\n", "bad-value", "of a past"),
        ("control-band", "      tolerance: 10%\n      centre: 1\n      against: {window: 1d}\n",
         "bad-value", "only one of 'centre', 'against'"),
        ("degradation", '      threshold: "> 150%"\n      against: {window: 1d}\n', "missing-key",
         "the key 'floor' is missing: 'against' needs it"),
        ("degradation",
         '      threshold: "> 150%"\n      against: {window: 1d, season: 1d}\n      floor: 1\n',
         "bad-value", "only one of 'window', 'season'"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together(
    bend: Callable, refused: Callable, kind: str, settings: str, code: str, words: str
) -> None:
    found = refused(settled(bend, kind, settings))
    assert [words in problem.message for problem in found if problem.code == code] == [True]


def test_what_is_no_promql_is_told_once(bend: Callable, refused: Callable) -> None:
    bend("        fires: [{site: a}]\n      - name: at 85 %", "      - name: at 85 %")
    (problem,) = refused(bend("query: site:plant_pressure_ratio:min", "query: nope("))
    assert problem.code == "promql-syntax"


def test_a_link_that_leads_nowhere_is_no_missing_alert(small: Inputs, refused: Callable) -> None:
    (small.catalogue / ".#plant.yaml").symlink_to("nobody@nowhere.1")
    assert refused(small) == ()
    (small.catalogue / "more.yaml").symlink_to("gone.yaml")
    with pytest.raises(Unusable) as caught:
        refused(small)
    (problem,) = caught.value.problems
    assert problem.code == "unreadable-file"
    assert str(problem.position).endswith("more.yaml")


def test_the_other_ending_counts_where_the_file_is_ours(small: Inputs, refused: Callable) -> None:
    (small.catalogue / "ci.yml").write_text("on: push\n", encoding="utf-8")
    assert refused(small) == ()
    (small.catalogue / "recordings.yaml").rename(small.catalogue / "recordings.yml")
    assert refused(small) == ()
