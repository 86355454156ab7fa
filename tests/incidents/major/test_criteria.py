"""Criteria of major incidents: what meets them, in words; and what the configuration may say."""

from pathlib import Path

import pytest
from sothat.incidents.configuration import load_settings
from sothat.incidents.major.criteria import Criterion, Facts, reasons
from sothat.incidents.major.major import Part
from sothat.incidents.rehearsal import is_drill, participants
from sothat.model.policy import Priority
from sothat.model.problem import Unusable

from ..bench import HOUR, MINUTE  # noqa: TID252 – tests of one tree

FACTS = Facts(
    priority=Priority.P1,
    team="network",
    outcome="safety",
    alerts=12,
    waited=20 * MINUTE,
    lasted=3 * HOUR,
    sites=frozenset({"a", "b"}),
    clients=frozenset({"one"}),
)


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (Criterion("c", priorities=(Priority.P1,)), "c: priority P1"),
        (Criterion("c", priorities=(Priority.P2,)), ""),
        (Criterion("c", sites=2), "c: 2 sites (at least 2)"),
        (Criterion("c", sites=3), ""),
        (Criterion("c", clients=2), ""),
        (Criterion("c", outcomes=("safety", "comfort")), "c: outcome safety"),
        (Criterion("c", teams=("network",), alerts=12), "c: team network, 12 alerts (at least 12)"),
        (Criterion("c", unacknowledged=20 * MINUTE), "c: nobody has it for 20 min"),
        (Criterion("c", unacknowledged=21 * MINUTE), ""),
        (Criterion("c", unresolved=2 * HOUR), "c: open for 3 h 0 min"),
        (Criterion("c", sites=2, teams=("other",)), ""),
        (Criterion("c"), ""),
    ],
)
def test_a_criterion_is_met_by_all_that_it_asks_for(criterion: Criterion, words: str) -> None:
    assert reasons([criterion], FACTS) == ((words,) if words else ())


def test_any_criterion_proposes_and_says_why() -> None:
    given = [Criterion("one", sites=2), Criterion("two", clients=5), Criterion("three", alerts=1)]
    assert reasons(given, FACTS) == ("one: 2 sites (at least 2)", "three: 12 alerts (at least 1)")


def test_who_takes_part_in_a_drill() -> None:
    assert participants({"drill_participants": "a"}) is None, "no drill"
    assert participants({"drill": "x"}) is None, "told to whoever is told of others"
    assert participants({"drill": "x", "drill_participants": " a, b ,,a"}) == ("a", "b")
    assert participants({"drill": "x", "drill_participants": ""}) == ()
    assert is_drill({"drill": "x"})
    assert not is_drill({})


MAJOR = """\
major:
  criteria:
    - {name: Many sites, priorities: [P1, P2], sites: 3, unacknowledged: 15m}
  updates: {P1: 20m}
  roles:
    commander: {role: Duty manager}
  propose_to: [Duty manager]
  bridge: https://meet.example/bridge
  continuity: [Guards walk their rounds]
reviews: {wanted_for: [P1], within: 3d, second_person: true}
"""


def settings_with(data: Path, text: str) -> list[str]:
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + text)
    try:
        load_settings(config, {}, None)
    except Unusable as error:
        return [f"{one.position} {one.message} {one.hint}" for one in error.problems]
    return []


def test_the_configuration_is_read(data: Path) -> None:
    config = data / "incidents.yaml"
    config.write_text(config.read_text() + MAJOR)
    found = load_settings(config, {}, None)
    assert found.major.criteria == (
        Criterion("Many sites", (Priority.P1, Priority.P2), sites=3, unacknowledged=15 * MINUTE),
    )
    assert found.major.updates[Priority.P1] == 20 * MINUTE
    assert found.major.updates[Priority.P2] == HOUR
    assert found.major.seats[Part.COMMANDER].role == "Duty manager"
    assert (found.reviews.wanted_for, found.reviews.second_person) == ((Priority.P1,), True)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sites: 3", "sites: 0", "sites"),
        ("sites: 3", "sights: 3", "unknown key 'sights'"),
        ("unacknowledged: 15m", "unacknowledged: soon", "'soon' is not a duration"),
        ("{role: Duty manager}", "{rotation: leeds}", "no rotation 'leeds'"),
        ("commander:", "comander:", "comander"),
        ("sites: 3,", "teams: [platfrom],", "did you mean 'platform'?"),
        ("https://meet", "meet", "bridge"),
        ("P1: 20m", "P5: 20m", "P5"),
        ("within: 3d", "within: soon", "'soon' is not a duration"),
        (
            "{name: Many sites, priorities: [P1, P2], sites: 3, unacknowledged: 15m}",
            "{name: x}",
            "criteria",
        ),
    ],
)
def test_each_mistake_is_named_with_its_place(data: Path, old: str, new: str, words: str) -> None:
    assert old in MAJOR
    found = settings_with(data, MAJOR.replace(old, new, 1))
    assert any(words in text for text in found), found
