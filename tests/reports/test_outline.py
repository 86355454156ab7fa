"""The shipped outline asks for nothing that cannot exist."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sothat.generator.checked import CheckedCatalogue, installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.typecheck import infer
from sothat.generator.typecheck.units import Unit
from sothat.generator.values import Values
from sothat.model.problem import Unusable
from sothat.reports.asking import written
from sothat.reports.outline import Asked
from sothat.reports.reading import SHIPPED, load_outline
from sothat.reports.scope import scope_of

OUTLINE = load_outline()
MONTH = scope_of("2026-10", "Europe/Berlin", "", datetime(2026, 11, 20, tzinfo=UTC)).interval
ASKED = {
    asked.name: asked
    for section in OUTLINE.sections
    for asked in (*section.figures, *section.trends, *section.tables)
}
UNITS = {"ratio": "ratio", "seconds": "seconds", "joules": "joules"}


@pytest.fixture(scope="module")
def checked() -> CheckedCatalogue:
    return compile_catalogue(installed_inputs(None, Values()), installed_checks())


@pytest.mark.parametrize("asked", ASKED.values(), ids=list(ASKED))
@pytest.mark.parametrize("site", ["", 'har"bour'])
def test_every_query_can_have_an_answer(checked: CheckedCatalogue, asked: Asked, site: str) -> None:
    found = infer(written(asked.query, site, MONTH), checked.world)
    assert found.findings == ()
    unit = found.type.unit
    if unit is not None:
        assert _named(unit) in {"", UNITS.get(asked.unit.value, "")}


def _named(unit: Unit) -> str:
    """Return a unit's name; seconds and joules are powers, counts have none."""
    return unit.name or "".join(name for name, _ in unit.powers)


def test_what_misses_a_target_has_something_to_do_next() -> None:
    promised = [f for section in OUTLINE.sections for f in section.figures if f.target is not None]
    assert [one.name for one in promised if not one.advice] == []
    assert len({one.name for one in promised}) == len(promised)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("unit: ratio", "unit: percent", "unknown-value"),
        ("kind: ReportOutline", "kind: Report", "unknown-value"),
        ("recorded: count(up)\n", "", "missing-key"),
        ("title: Monthly report", "titel: Monthly report", "unknown-key"),
    ],
)
def test_a_slip_in_an_outline_is_told(tmp_path: Path, old: str, new: str, code: str) -> None:
    file = tmp_path / "outline.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Unusable) as caught:
        load_outline(file)
    assert code in {problem.code for problem in caught.value.problems}
