"""The contract kits: what comes with us passes them, and whoever breaks a contract does not."""

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from sothat.generator import kit
from sothat.generator.checked import Check
from sothat.generator.checks.names import CHECK as NAMES
from sothat.generator.checks.owner import CHECK as OWNER
from sothat.generator.compile import Inputs
from sothat.generator.draft import Draft
from sothat.model.problem import Problem

PAGES = Path(__file__).parents[2] / "docs" / "problems"
SMALL = Path(__file__).parent / "data" / "small" / "alert_rules"


@pytest.fixture
def plainly(contracts: tuple[Any, ...]) -> Callable[[Path], Inputs]:
    """Return a function that gives the inputs of a folder, without what takes long to load."""
    return lambda folder: Inputs(folder, contracts)


JUDGED = {
    "owner": (
        OWNER,
        [kit.Slip("unknown-team", "plant.yaml", "owner: plant", "owner: plnat", "plnat")],
    ),
    "names": (
        NAMES,
        [
            kit.Slip(
                "duplicate-alert",
                "plant.yaml",
                "name: PlantStationDown",
                "name: PlantPumpStopped",
            ),
            kit.Slip(
                "duplicate-recording",
                "recordings.yaml",
                "recordings:\n",
                "recordings:\n  - {record: 'site:plant_pressure_ratio:min', help: Twice, "
                "unit: ratio, labels: [site], expr: min by (site) (plant_pump_pressure_ratio)}\n",
            ),
        ],
    ),
}


@pytest.mark.parametrize("check", kit.CHECK_CHECKS)
@pytest.mark.parametrize("name", JUDGED)
def test_checks_that_come_with_us(
    name: str, check: Callable[[kit.Judging], None], plainly: Callable[[Path], Inputs]
) -> None:
    judged, slips = JUDGED[name]
    check(kit.Judging(judged, SMALL, slips, PAGES, plainly))


SLIP = kit.Slip("night-shift", "plant.yaml", "Pressure is low", "Pressure is low tonight", "name:")


def tonight(draft: Draft) -> Iterator[Problem]:
    """Find alerts that speak of tonight."""
    for alert in draft.catalogue.alerts:
        if "tonight" in alert.summary:
            yield draft.problem("night-shift", "it speaks of tonight", alert)


def all_alerts(draft: Draft) -> Iterator[Problem]:
    yield from (draft.problem("night-shift", "so", alert) for alert in draft.catalogue.alerts)


def never(_draft: Draft) -> tuple[Problem, ...]:
    return ()


def nowhere(draft: Draft) -> Iterator[Problem]:
    yield from (Problem("night-shift", each.message) for each in tonight(draft))


def under_another_name(draft: Draft) -> Iterator[Problem]:
    yield from (replace(each, code="day-shift") for each in tonight(draft))


class Forgetful:
    """Finds something once."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, draft: Draft) -> list[Problem]:
        self.asked += 1
        return list(tonight(draft)) if self.asked % 2 else []


@pytest.fixture
def judging(plainly: Callable[[Path], Inputs], tmp_path: Path) -> kit.Judging:
    (tmp_path / "night-shift.md").write_text(
        "# night-shift\n\n**What it means.** A\n\n**Why it matters.** B\n\n**What to do.** C\n"
    )
    at = replace(SLIP, at="PlantPressureLow")
    return kit.Judging(Check(("night-shift",), tonight), SMALL, [at], tmp_path, plainly)


def test_a_check_that_does_as_it_should_passes(judging: kit.Judging) -> None:
    for check in kit.CHECK_CHECKS:
        check(judging)


@pytest.mark.parametrize(
    ("find", "check", "words"),
    [
        (all_alerts, kit.check_silent, "all is well, and yet: so"),
        (never, kit.check_fires, "night-shift is not found"),
        (nowhere, kit.check_fires, "stands at"),
        (under_another_name, kit.check_fires, "day-shift is found, and not among"),
        (Forgetful(), kit.check_repeatable, "two runs over one draft differ"),
    ],
)
def test_a_check_that_does_not_fails(
    find: Any, check: Callable[[kit.Judging], None], words: str, judging: kit.Judging
) -> None:
    with pytest.raises(kit.ContractBroken, match=words):
        check(replace(judging, check=Check(("night-shift",), find)))


def test_a_code_without_an_example_or_a_page(judging: kit.Judging) -> None:
    two = replace(judging, check=Check(("night-shift", "day-shift"), tonight))
    with pytest.raises(kit.ContractBroken, match="no slip shows day-shift"):
        kit.check_fires(two)
    with pytest.raises(kit.ContractBroken, match=r"day-shift\.md is missing"):
        kit.check_pages(two)
    (judging.pages / "day-shift.md").write_text("**What it means.** Little.\n")
    with pytest.raises(kit.ContractBroken, match=r"Why it matters\. What to do\."):
        kit.check_pages(two)


def test_a_slip_that_is_none(judging: kit.Judging) -> None:
    with pytest.raises(kit.ContractBroken, match="does not stand in plant"):
        kit.check_fires(replace(judging, slips=[replace(SLIP, old="no such words")]))


@pytest.mark.slow
@pytest.mark.parametrize("check", kit.EMITTER_CHECKS)
@pytest.mark.parametrize("name", sorted(entry_points(group="sothat.emitters").names))
def test_emitters_that_come_with_us(name: str, check: Callable[[kit.Emitting], None]) -> None:
    (emitter,) = entry_points(group="sothat.emitters", name=name)
    check(kit.Emitting(emitter.module, SMALL))


TEXTS = {
    "sets": "','.join({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})",
    "zone": "datetime.fromtimestamp(0).isoformat()",
    "clock": "datetime.now().isoformat()",
    "day": "str(date.today())",
    "epoch": "str(time.time() // 1000)",
    "good": "'\"good\"'",
}


@pytest.fixture
def emitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., kit.Emitting]:
    """Return a function that gives an emitter of the texts at some paths."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)

    def make(made: Sequence[tuple[str, str]]) -> kit.Emitting:
        name = f"emitter_{abs(hash(tuple(made)))}"
        artefacts = ", ".join(f"Artefact({path!r}, {text})" for path, text in made)
        source = f"""\
            import time
            from datetime import date, datetime
            from sothat.model.artefact import Artefact

            def EMITTER(checked):
                return [{artefacts}]
        """
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        return kit.Emitting(name, SMALL)

    return make


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (kit.check_deterministic, "depends on the order of sets or the time zone: sets, zone$"),
        (kit.check_timeless, "depends on the clock: clock, day, epoch$"),
    ],
)
def test_what_is_not_the_same_each_time_is_named(
    check: Callable[[kit.Emitting], None], words: str, emitting: Any
) -> None:
    texts = {**TEXTS, "day": "'x'", "clock": "'x'"} if "order" in words else TEXTS
    with pytest.raises(kit.ContractBroken, match=words):
        check(emitting(list(texts.items())))


def test_what_its_reader_cannot_read(emitting: Any) -> None:
    with pytest.raises(kit.ContractBroken, match=r"a\.json cannot be read"):
        kit.check_parsed(emitting([("b.json", "'[]'"), ("a.json", "'{'")]))


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["/etc/passwd"], "none below"),
        (["../a"], "none below"),
        (["a//b"], "none below"),
        (["a", "b", "a"], "two artefacts of one path: a"),
        ([], "nothing is made"),
    ],
)
def test_paths_that_lead_elsewhere(paths: Sequence[str], words: str, emitting: Any) -> None:
    with pytest.raises(kit.ContractBroken, match=words):
        kit.check_paths(emitting([(path, "'x'") for path in paths]))


@pytest.mark.slow
def test_an_emitter_that_fails_elsewhere_is_told(emitting: Any) -> None:
    with pytest.raises(kit.ContractBroken, match="ZeroDivisionError"):
        kit.check_deterministic(emitting([("a", "str(1 / 0)")]))


def panel(number: int, x: int, expr: str = "plant_station_up", **more: Any) -> dict[str, Any]:
    target = {"expr": expr, "refId": "A"}
    place = {"x": x, "y": 0, "w": 12, "h": 4}
    said = {"title": f"Panel {number}", "description": "What it shows"}
    return {"id": number, "gridPos": place, "targets": [target], **said, **more}


@dataclass
class Drawn:
    """A board that is what a test says."""

    panels: list[dict[str, Any]]
    uid: str = "plant-board"
    title: str = "Plant"
    role: str = "operational"
    shown: dict[str, Any] = field(default_factory=dict)

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        return {"uid": self.uid, "title": self.title, "panels": self.panels, **self.shown}


class Changing(Drawn):
    """Counts how often it is asked."""

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        self.panels[0]["id"] += 1
        return json.loads(json.dumps(super().build(_catalogue, _contracts)))


def test_a_board_that_does_as_it_should_passes(plainly: Callable[[Path], Inputs]) -> None:
    showing = kit.Showing(Drawn([panel(1, 0), panel(2, 12)]), SMALL, plainly)
    for check in kit.BOARD_CHECKS:
        check(showing)


ASKING_TWICE = [{"expr": "plant_station_up", "refId": "A"}] * 2


@pytest.mark.parametrize(
    ("board", "check", "words"),
    [
        (Changing([panel(1, 0)]), kit.check_rendered, "not the same each time"),
        (Drawn([panel(1, 0)], uid="x" * 41), kit.check_identity, "41 characters"),
        (Drawn([panel(1, 0)], shown={"uid": "another"}), kit.check_identity, "'another' where"),
        (Drawn([panel(1, 0)], role="curious"), kit.check_identity, "'curious', and none of"),
        (Drawn([]), kit.check_queries, "no panel asks"),
        (Drawn([panel(1, 0, "plant_station_upp")]), kit.check_queries, "plant_station_upp"),
        (Drawn([panel(1, 0, 'plant_station_up{stie="a"}')]), kit.check_queries, "stie"),
        (Drawn([panel(1, 0, "sum(")]), kit.check_queries, "not PromQL"),
        (Drawn([panel(1, 0), panel(1, 12)]), kit.check_references, "panels have the id 1"),
        (Drawn([panel(1, 0, targets=ASKING_TWICE)]), kit.check_references, "refId 'A'"),
        (Drawn([panel(1, 0), panel(2, 11)]), kit.check_grid, "lie on one another"),
        (Drawn([panel(1, 13)]), kit.check_grid, "beyond the 24 columns"),
        (Drawn([panel(1, 0, description=" ")]), kit.check_words, "has no description"),
    ],
)
def test_a_board_that_does_not_fails(
    board: Drawn,
    check: Callable[[kit.Showing], None],
    words: str,
    plainly: Callable[[Path], Inputs],
) -> None:
    with pytest.raises(kit.ContractBroken, match=words):
        check(kit.Showing(board, SMALL, plainly))
