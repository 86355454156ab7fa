"""Boards: every query must be able to show something; variables are no obstacle."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from sothat.generator import compile as compiling
from sothat.generator.compile import Inputs
from sothat.generator.emitter import emit_all
from sothat.generator.panels import resolved
from sothat.generator.promql import parse
from sothat.model.alert import Catalogue
from sothat.model.artefact import Artefact
from sothat.model.board import Figure, alert_board_uid, alert_panel_ids
from sothat.model.problem import Unusable


@dataclass(frozen=True)
class Board:
    content: Mapping[str, Any]
    uid: str = "plant-board"
    title: str = "Plant"
    role: str = "technical"
    seen: list[object] = field(default_factory=list)

    def build(self, catalogue: object, contracts: object) -> Mapping[str, Any]:
        self.seen.append((catalogue, contracts))
        return self.content


@pytest.mark.parametrize(
    ("board", "words"),
    [
        (Board({}, uid=""), "'mine': its uid is ''"),
        (Board({}, uid="x" * 41), "'mine': its uid is 'xxx"),
        (Board({}, uid="with space"), "'mine': its uid is 'with space'"),
        (Board({}, uid=7), "'mine': its uid is of the type int"),  # type: ignore[arg-type]
        (Board({}, title=None), "'mine': its title is None"),  # type: ignore[arg-type]
        (Board, "'mine': BOARD is the class Board; an object of it is wanted"),
        (None, "'mine': BOARD is None, which has no uid"),
    ],
)
def test_a_board_that_grafana_cannot_file_is_refused(
    board: object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SimpleNamespace(BOARD=board, __name__="mine")
    monkeypatch.setattr(compiling, "load_extensions", lambda _: {"mine": module})
    with pytest.raises(Unusable, match=re.escape(words)) as refused:
        compiling.installed_boards()
    assert refused.value.problems[0].code == "extension-broken"


@pytest.mark.parametrize("uid", ["a", "first", "x" * 40, "-_"])
def test_a_board_has_the_uid_that_grafana_takes(uid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its documentation speaks of 8 characters at least, its code of none; the README has 5."""
    module = SimpleNamespace(BOARD=Board({}, uid=uid), __name__="mine")
    monkeypatch.setattr(compiling, "load_extensions", lambda _: {"mine": module})
    assert compiling.installed_boards()[0] == (module.BOARD,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "what it builds is of the type list, not of the type Mapping"),
        ({"panels": 7}, "what it builds: 'panels' is of the type int"),
        ({"panels": [7]}, "what it builds: a panel is of the type int"),
    ],
)
def test_a_board_that_is_none_of_grafanas_is_refused(
    content: Any, words: str, small: Inputs, refused: Callable[[Inputs], Any]
) -> None:
    (problem,) = refused(replace(small, boards=(Board(content),)))
    assert problem.message.startswith(f"board plant-board, {words}")


@pytest.mark.parametrize(
    ("artefact", "words"),
    [
        (Artefact(7, ""), "a path is of the type int"),  # type: ignore[arg-type]
        (Artefact("a.txt", b""), "the text of a.txt is of the type bytes"),  # type: ignore[arg-type]
    ],
)
def test_an_artefact_that_cannot_be_written_is_refused(
    artefact: Artefact, words: str, small: Inputs
) -> None:
    checked = compiling.compile_catalogue(small, ())

    def emitter(_: object) -> list[Artefact]:
        return [artefact]

    with pytest.raises(Unusable, match=re.escape(words)):
        emit_all(checked, [emitter])


def panel(expr: str) -> dict[str, Any]:
    return {"panels": [{"title": "P", "targets": [{"refId": "A", "expr": expr}]}]}


LIVE = [
    'sum by (site) (plant_pump_up{site=~"$site"})',
    "rate(plant_starts_total[$__rate_interval])",
    "site:plant_pressure_ratio:min",
    'plant_pump_up{site="${site:regex}"} and on () vector(1)',
    "max_over_time(plant_pump_up[$__range:$__interval])",
    'plant_starts_total{mode="$mode"} * 0 + $__interval_ms',
]
DEAD = [
    'plant_pump_upp{site=~"$site"}',
    'plant_pump_up{place="x"}',
    "sum by (place) (plant_pump_up)",
    "site:plant_presure_ratio:min",
    "sum(plant_pump_up",
    'rate(plant_starts_total{mode="of"}[5m])',
]


@pytest.mark.parametrize("expr", LIVE)
def test_live(small: Inputs, refused: Callable, built: Callable, expr: str) -> None:
    inputs = replace(small, boards=(Board(panel(expr)),))
    assert refused(inputs) == ()
    assert "dashboards/technical/plant-board.json" in built(inputs)


@pytest.mark.parametrize("expr", DEAD)
def test_dead(small: Inputs, refused: Callable, expr: str) -> None:
    (problem,) = refused(replace(small, boards=(Board(panel(expr)),)))
    assert (problem.code, problem.rule, problem.expression) == ("dead-panel", "plant-board", expr)
    assert problem.message.startswith("board plant-board, panel 'P': ")


@pytest.mark.parametrize(
    "content",
    [
        {"panels": [{"type": "row", **panel("nothing_here")}]},
        {"templating": {"list": [{"type": "query", "query": "label_values(nothing_here, site)"}]}},
        {"templating": {"list": [{"type": "query", "query": {"query": "label_values(up, x)"}}]}},
        {"annotations": {"list": [{"name": "A", "expr": "nothing_here"}]}},
    ],
)  # fmt: skip
def test_dead_elsewhere(small: Inputs, refused: Callable, content: dict[str, Any]) -> None:
    assert [p.code for p in refused(replace(small, boards=(Board(content),)))] == ["dead-panel"]


def test_two_boards_of_one_uid(small: Inputs, refused: Callable) -> None:
    boards = (Board({}), Board({}, title="Other"))
    assert [p.code for p in refused(replace(small, boards=boards))] == ["duplicate-board"]


def test_a_link_to_no_board(bend: Callable, refused: Callable) -> None:
    inputs = bend("owner: plant\n", "owner: plant\nboard: plant-bored\n")
    found = refused(replace(inputs, boards=(Board({}),)))
    assert {p.code for p in found} == {"unknown-board"}


@pytest.mark.parametrize("text", LIVE)
def test_variables_leave_promql(text: str) -> None:
    parse(resolved(text))


SHOWN = {"panels": [{"type": "row", "panels": [{"id": 7, "title": "Pumps", "targets": []}]}]}


def linked(bend: Callable, panel: str, board: str = "plant-board") -> Inputs:
    """Return the small catalogue, the first alert of which names a panel."""
    inputs: Inputs = bend(
        "  - name: PlantPumpStopped\n",
        f"""  - name: PlantPumpStopped
    board: {board}
    panel: {panel}
""",
    )
    return replace(inputs, boards=(Board(SHOWN),))


def test_an_alert_may_name_its_panel(bend: Callable, built: Callable) -> None:
    rules = built(linked(bend, "Pumps"))["prometheus/rules/plant.yaml"]
    assert "dashboard_url: http://127.0.0.1:3000/d/plant-board?viewPanel=7\n" in rules


def test_a_panel_that_is_not_there(bend: Callable, refused: Callable) -> None:
    (problem,) = refused(linked(bend, "Pump"))
    assert (problem.code, problem.hint) == ("unknown-panel", "did you mean 'Pumps'?")
    assert problem.position.file.endswith("plant.yaml")
    line = (bend("Pump", "Pump").catalogue / "plant.yaml").read_text().splitlines()
    assert line[problem.position.line - 1].strip() == "panel: Pump"


def test_a_panel_of_no_board(bend: Callable, refused: Callable) -> None:
    inputs = bend("  - name: PlantPumpStopped\n", "  - name: PlantPumpStopped\n    panel: Pumps\n")
    (problem,) = refused(replace(inputs, boards=(Board(SHOWN),)))
    assert (problem.code, problem.hint) == ("unknown-panel", "add the board's uid: board")


def test_a_board_alone_is_where_the_link_leads_when_no_panel_is_made(
    bend: Callable, built: Callable
) -> None:
    inputs = bend("owner: plant\n", "owner: plant\nboard: plant-board\n")
    rules = built(replace(inputs, boards=(Board(SHOWN),)))["prometheus/rules/plant.yaml"]
    assert "dashboard_url: http://127.0.0.1:3000/d/plant-board\n" in rules


def test_boards_that_are_made_are_built_and_linked(small: Inputs, built: Callable) -> None:
    def make(catalogue: Catalogue, figure: Callable[[str], Figure], /) -> list[Board]:
        lines = [line.query for alert in catalogue.alerts for line in figure(alert.name).lines]
        return [Board({"lines": lines}, uid=alert_board_uid("plant"))]

    texts = built(replace(small, board_makers=(make,)))
    number = alert_panel_ids(["PlantPumpStopped", "PlantPressureLow", "PlantStationDown"])
    place = f"/d/sothat-alerts-plant?viewPanel={number['PlantPumpStopped']}\n"
    assert place in texts["prometheus/rules/plant.yaml"]
    assert "max_over_time(plant_pump_up" in texts["dashboards/technical/sothat-alerts-plant.json"]
