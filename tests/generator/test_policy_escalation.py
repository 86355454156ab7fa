"""What the policy says of escalation reaches the model and the incident service, or is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sothat.generator.emitters.incident_policy import _policy
from sothat.generator.loading.policy import resolve_policy
from sothat.incidents.policy import load_policy
from sothat.model.policy import Level, Priority, Seat, Term
from sothat.runtime.documents import parse_document

SMALL = Path(__file__).parent / "data" / "small" / "alert_rules" / "policy.yaml"
SHIPPED = Path(__file__).parents[2] / "alert_rules" / "policy.yaml"
ROLES = "    escalation: [Pump engineer on call, Head of plant]\ngrouping"
LADDERS = """\
    escalation:
      - Whoever is near
      - {level: second-level, role: Senior pump engineer}
      - {level: vendor, rotation: pumps}
    ladders: [plant]
escalation:
  plant:
    plant-2: {P1: 10m, roles: [Head of plant]}
  technical:
    second-level: {P1: 15m, P3: 4h}
    vendor: {P1: {within: 1 day, hours: business}}
  management:
    crisis-team: {P1: 0m, roles: [Crisis team]}
hours:
  business: {days: [monday], start: "08:00", end: "18:00", holidays: closed}
calendars:
  office: {country: DE, time_zone: Europe/Berlin}
rotations:
  pumps:
    {team: plant, calendar: office, starts: 2026-01-05T09:00, shift: 7d, members: [First],
     ends: 2027-01-05T09:00, otherwise: nights}
  nights: {calendar: office, starts: 2026-01-05T09:00, shift: 12h, members: [Third]}
  borrowed: {calendar: office, otherwise: nights}
grouping"""


def bent(old: str, new: str) -> str:
    assert old in LADDERS
    return LADDERS.replace(old, new, 1)


def test_levels_and_seats_reach_the_model() -> None:
    text = SMALL.read_text(encoding="utf-8").replace(ROLES, LADDERS)
    policy = resolve_policy(parse_document(text, "policy.yaml").data)
    assert policy.teams["plant"].escalation == (
        "Whoever is near",
        "Senior pump engineer",
        "Whoever is on call by the rotation 'pumps'",
    )
    assert policy.teams["plant"].seats == (
        Seat("second-level", role="Senior pump engineer"),
        Seat("vendor", rotation="pumps"),
    )
    p1, p3 = Priority.P1, Priority.P3
    assert policy.escalation == {
        "technical": (
            Level("second-level", {p1: Term("", 900.0), p3: Term("", 14_400.0)}),
            Level("vendor", {p1: Term("business", days=1)}),
        ),
        "management": (Level("crisis-team", {p1: Term("", 0.0)}, ("Crisis team",)),),
        "plant": (Level("plant-2", {p1: Term("", 600.0)}, ("Head of plant",)),),
    }
    assert list(policy.ladders_of("plant")) == [policy.first_ladder("plant")] == ["plant"]
    assert list(policy.ladders_of("nobody")) == ["technical", "management"]
    assert policy.rotations["borrowed"].members == ()


def test_it_is_accepted(bend: Callable, refused: Callable) -> None:
    assert refused(bend(ROLES, LADDERS, "policy.yaml")) == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("level: second-level", "level: second-levl", "unknown-reference"),
        ("rotation: pumps", "rotation: pump", "unknown-reference"),
        ("hours: business", "hours: busy", "unknown-reference"),
        ("role: Senior pump engineer", "role: S, rotation: pumps", "bad-value"),
        (", role: Senior pump engineer", "", "bad-value"),
        ("P1: 15m", "P1: soon", "bad-format"),
        ("  management:", "  political:", "unknown-reference"),
        ("otherwise: nights", "otherwise: night", "unknown-reference"),
        ("ladders: [plant]", "ladders: [plants]", "unknown-reference"),
        (", members: [Third]", "", "missing-key"),
    ],
)
def test_what_leads_nowhere_is_refused(
    bend: Callable, refused: Callable, old: str, new: str, code: str
) -> None:
    problems = refused(bend(ROLES, bent(old, new), "policy.yaml"))
    found = {problem.code for problem in problems} - {"unknown-command"}
    assert found == {code}, problems
    assert all(problem.position for problem in problems)


@pytest.mark.parametrize("file", [SHIPPED, SMALL])
def test_the_incident_service_reads_what_the_compiler_writes(tmp_path: Path, file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace(ROLES, LADDERS)
    policy = resolve_policy(parse_document(text, "p").data)
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(_policy(policy)))
    read = load_policy(path)
    for section in ("hours", "contracts", "calendars", "rotations", "maintenance", "escalation"):
        assert getattr(read, section) == getattr(policy, section), section
    for name, team in policy.teams.items():
        assert read.teams[name] == team
    for priority, terms in policy.priorities.items():
        assert read.priorities[priority].clocks == terms.clocks
