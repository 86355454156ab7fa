"""Drafts: complete, honest about what one look cannot tell, and contracts at once."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sothat.generator.contracting.capturing import captured, draft
from sothat.generator.contracting.checking import Terms, deviations
from sothat.generator.contracting.document import read_contract
from sothat.generator.contracting.fetching import Exposition
from sothat.generator.contracting.observed import observe
from sothat.model.metric import Contract, Label, MetricFamily, MetricType

TEXT = """# HELP door_open Whether a "door" is: open
# TYPE door_open gauge
door_open{door="front",kind="glass"} 1
door_open{door="back",kind=""} 0
# TYPE door_moves_seconds_total counter
door_moves_seconds_total 1
# TYPE door_build_info gauge
door_build_info{version="1"} 1
"""


def test_a_draft_generalises(tmp_path: Path) -> None:
    file = tmp_path / "door.yaml"
    file.write_text(draft("door", "door.txt", observe(Exposition("door.txt", TEXT))))
    assert read_contract(file) == Contract(
        "door",
        (
            MetricFamily("door_build_info", MetricType.GAUGE, "", "", (Label("version"),)),
            MetricFamily("door_moves_seconds_total", MetricType.COUNTER, "", "seconds"),
            MetricFamily(
                "door_open",
                MetricType.GAUGE,
                'Whether a "door" is: open',
                None,
                (Label("door"), Label("kind", optional=True)),
            ),
        ),
    )


def test_values_are_suggested_and_never_asserted() -> None:
    text = draft("door", "door.txt", observe(Exposition("door.txt", TEXT)))
    assert "    # door: seen back, front; list them as values if these are all" in text
    assert "values:" not in text


def test_many_values_are_no_suggestion() -> None:
    lines = "".join(f'a{{n="{n}"}} 1\n' for n in range(9))
    assert "n: seen" not in draft("a", "a", observe(Exposition("a", lines)))


def test_a_name_that_only_quotes_can_say_is_left_out() -> None:
    found = observe(Exposition("a", '{"a.b"} 1\na 1\n'))
    assert [f.name for f in captured("a", found).families] == ["a"]


LABELS = st.dictionaries(
    st.sampled_from(["x", "y", "z"]), st.text(max_size=5), min_size=0, max_size=3
)
SAMPLES = st.lists(LABELS, min_size=1, max_size=5)


def _pair(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return f'{name}="{escaped}"'


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["a", "b_seconds", "c_total"]), SAMPLES, min_size=1), st.text()
)
def test_what_was_captured_keeps_its_own_draft(
    tmp_path: Path, series: dict[str, list[dict[str, str]]], origin: str
) -> None:
    lines = [
        f"{name}{{{','.join(_pair(*item) for item in labels.items())}}} 1\n"
        for name, samples in series.items()
        for labels in samples
    ]
    found = observe(Exposition("x", "".join(lines)))
    file = tmp_path / "x.yaml"
    file.write_text(draft("x", origin, found), encoding="utf-8")
    assert deviations(found, Terms([read_contract(file)])) == []
