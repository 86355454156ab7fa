"""Inhibition that follows from the graph of components, and graphs that are refused."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.checked import installed_checks
from sothat.generator.circles import circles
from sothat.generator.compile import Inputs, compile_catalogue, installed_inputs
from sothat.generator.notifying.inhibiting import inhibition_rules
from sothat.generator.values import Values
from sothat.model.problem import Problem

from .policies import unhurried

HEAD = "apiVersion: sothat/v1\nkind: Dependencies\ncomponents:\n"
Graph = Callable[[str], Inputs]
Refused = Callable[[Inputs], Sequence[Problem]]


@pytest.fixture
def graph(small: Inputs) -> Graph:
    """Return a function that gives the small catalogue a graph, and takes its own inhibition."""
    plant = small.catalogue / "plant.yaml"
    text = plant.read_text(encoding="utf-8")
    own = "    inhibited_by:\n      - {alert: PlantStationDown, equal: [site]}\n"
    assert own in text
    plant.write_text(text.replace(own, ""), encoding="utf-8")

    def write(components: str) -> Inputs:
        path = small.catalogue / "dependencies.yaml"
        path.write_text(HEAD + components, encoding="utf-8")
        return small

    return write


def rules(inputs: Inputs) -> list[tuple[str, str, tuple[str, ...]]]:
    catalogue = compile_catalogue(inputs, installed_checks()).catalogue
    return [(r.source[0].value, r.target[0].value, r.equal) for r in inhibition_rules(catalogue)]


def found(refused: Refused, inputs: Inputs) -> list[str]:
    return [f"{Path(str(p.position)).name} {p.code}" for p in refused(inputs)]


STATION = "  station: {down: [PlantStationDown]}\n"


def test_what_needs_a_part_that_is_down_is_muted(graph: Graph) -> None:
    inputs = graph(
        STATION + "  pump: {needs: {station: [site]}, down: [PlantPumpStopped], "
        "alerts: [PlantPressureLow]}\n"
    )
    assert rules(inputs) == [
        ("PlantStationDown", "PlantPressureLow|PlantPumpStopped", ("site",)),
    ]


def test_and_what_needs_that(graph: Graph) -> None:
    inputs = graph(
        STATION + "  pump: {needs: {station: [site]}, down: [PlantPumpStopped]}\n"
        "  water: {needs: {pump: [site]}, alerts: [PlantPressureLow]}\n"
    )
    assert rules(inputs) == [
        ("PlantPumpStopped", "PlantPressureLow", ("site",)),
        ("PlantStationDown", "PlantPressureLow|PlantPumpStopped", ("site",)),
    ]


def test_but_not_where_the_labels_do_not_reach(graph: Graph) -> None:
    inputs = graph(
        "  pump: {down: [PlantPumpStopped]}\n"
        "  gauge: {needs: {pump: [site, pump]}, down: [PlantPumpStopped2]}\n"
        "  station: {needs: {gauge: [site]}, down: [PlantStationDown]}\n"
    )
    plant = inputs.catalogue / "plant.yaml"
    text = plant.read_text(encoding="utf-8")
    entry = text[
        text.index("  - name: PlantPumpStopped") : text.index("  - name: PlantStationDown")
    ]
    renamed = entry.replace("name: PlantPumpStopped", "name: PlantPumpStopped2")
    plant.write_text(text.replace(entry, entry + renamed), encoding="utf-8")
    # The station does not say which pump, so it is muted by its neighbour alone.
    assert rules(inputs) == [
        ("PlantPumpStopped", "PlantPumpStopped2", ("site", "pump")),
        ("PlantPumpStopped2", "PlantStationDown", ("site",)),
    ]


def test_a_part_with_an_identity_mutes_its_own_alerts(graph: Graph) -> None:
    inputs = graph(
        "  station: {identity: [site], down: [PlantStationDown], alerts: [PlantPressureLow]}\n"
    )
    assert rules(inputs) == [("PlantStationDown", "PlantPressureLow", ("site",))]


def test_less_demanding_labels_contain_the_others(graph: Graph, bend: Callable) -> None:
    bend(
        "    examples:\n",
        "    inhibited_by: [{alert: PlantStationDown, equal: [site, team]}]\n    examples:\n",
    )
    inputs = graph(STATION + "  pump: {needs: {station: [site]}, down: [PlantPumpStopped]}\n")
    assert rules(inputs) == [("PlantStationDown", "PlantPumpStopped", ("site",))]


@pytest.mark.parametrize(
    ("components", "problem"),
    [
        (
            STATION + "  pump: {needs: {station: [site, pump]}, down: [PlantPumpStopped]}\n",
            "dependencies.yaml:5:18 inhibition-label-missing",
        ),
        ("  pump: {down: [PlantPumpStoped]}\n", "dependencies.yaml:4:17 unknown-alert"),
        (
            "  pump: {needs: {statoin: [site]}, down: [PlantPumpStopped]}\n",
            "dependencies.yaml:4:18 unknown-component",
        ),
        (
            "  pump: {needs: {pump: [site]}, down: [PlantPumpStopped]}\n",
            "dependencies.yaml:4:18 dependency-circle",
        ),
        (
            STATION + "  pump: {needs: {station: [site]}, down: [PlantStationDown]}\n",
            "dependencies.yaml:5:18 inhibition-of-itself",
        ),
        ("  pump: {needs: {}, down: [PlantPumpStopped]}\n", "dependencies.yaml:4:17 empty-value"),
        ("  pump: {identity: [site]}\n", "dependencies.yaml:4:3 missing-key"),
    ],
)
def test_graphs_that_are_refused(
    graph: Graph, refused: Refused, components: str, problem: str
) -> None:
    assert problem in found(refused, graph(components))


def test_parts_that_need_each_other(graph: Graph, refused: Refused) -> None:
    inputs = graph(
        "  station: {needs: {pump: [site]}, down: [PlantStationDown]}\n"
        "  pump: {needs: {station: [site]}, down: [PlantPumpStopped]}\n"
    )
    problems = refused(inputs)
    codes = {problem.code: problem.message for problem in problems}
    assert codes["dependency-circle"] == "pump needs station needs pump: a circle"
    assert "nobody hears of it" in codes["inhibition-circle"]


def test_one_component_in_two_files(graph: Graph, refused: Refused) -> None:
    inputs = graph(STATION)
    (inputs.catalogue / "more.yaml").write_text(HEAD + STATION, encoding="utf-8")
    assert "more.yaml:4:12 duplicate-component" in found(refused, inputs)


def test_an_alert_that_was_lost_is_not_reported_twice(
    graph: Graph, bend: Callable, refused: Refused
) -> None:
    bend("    summary: A pump has stopped\n", "")
    problems = refused(graph("  pump: {down: [PlantPumpStopped]}\n"))
    assert {problem.code for problem in problems} == {"missing-key"}


def test_alerts_that_mute_each_other(small: Inputs, refused: Refused) -> None:
    plant = small.catalogue / "plant.yaml"
    text = plant.read_text(encoding="utf-8")
    new = "\n    inhibited_by:\n      - {alert: PlantPumpStopped, equal: [site]}\n"
    text = text.replace(
        "\n    summary: A station is dark\n", f"{new}    summary: A station is dark\n"
    )
    plant.write_text(text, encoding="utf-8")
    (problem,) = refused(small)
    assert problem.code == "inhibition-circle"


def test_the_shipped_service_levels_are_muted_by_their_gateway() -> None:
    inputs = installed_inputs(None, Values())
    catalogue = compile_catalogue(inputs, ()).catalogue
    muted = {
        name
        for rule in inhibition_rules(catalogue)
        if (rule.source[0].value, rule.equal) == ("IotGatewayDown", ("site",))
        for name in rule.target[0].value.split("|")
    }
    assert {
        f"Site{contract}AvailabilityBurn{tier}"
        for contract in ("Standard", "Extended", "Premium")
        for tier in ("PageFast", "PageSlow", "TicketFast", "TicketSlow")
    } <= muted


def test_a_faster_tier_mutes_the_slower_ones() -> None:
    catalogue = compile_catalogue(installed_inputs(None, Values()), ()).catalogue
    tiers = [
        f"SitePremiumAvailabilityBurn{t}"
        for t in ("PageFast", "PageSlow", "TicketFast", "TicketSlow")
    ]
    for place, source in enumerate(tiers):
        targets = {
            name
            for rule in inhibition_rules(catalogue)
            if rule.source[0].value == source
            for name in rule.target[0].value.split("|")
        }
        assert targets == set(tiers[place + 1 :])


nodes = st.sampled_from("abcdef")


@unhurried
@given(st.dictionaries(nodes, st.sets(nodes, max_size=3)))
def test_circles_are_found_and_are_circles(edges: dict[str, set[str]]) -> None:
    reported = circles(edges)
    for circle in reported:
        for one, other in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert other in edges[one]
    assert bool(reported) is any(reaches(edges, node, node) for node in edges)


def reaches(edges: dict[str, set[str]], start: str, end: str) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other == end:
                return True
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
