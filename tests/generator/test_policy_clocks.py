"""What the policy says of clocks, clients and rotations reaches the model, or is refused."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sothat.generator.loading.policy import resolve_policy
from sothat.model.policy import Client, Credit, Override, Policy, Priority, Term
from sothat.runtime.documents import parse_document

POLICY = Path(__file__).parents[2] / "alert_rules" / "policy.yaml"
# Appended to the small catalogue's policy, which has none of it.
SECTIONS = """\
hours:
  business: {days: [monday], start: "08:00", end: "18:00", holidays: closed}
calendars:
  office: {country: DE, time_zone: Europe/Berlin}
contracts:
  standard:
    description: The usual
    hours: business
    availability: 99.9%
    credits: [{below: 99.9%, credit: 10%}]
    response: &times
      P1: {within: 1h, hours: business}
      P2: {within: 1h, hours: business}
      P3: {within: 1h, hours: business}
      P4: {within: 2 days, hours: business}
    resolution: *times
clients:
  harbour: {contract: standard, calendar: office}
matrix:
  all: {now: P1, some-day: P4}
calendar: office
rotations:
  pumps:
    team: plant
    calendar: office
    hours: business
    starts: 2026-01-05T09:00
    shift: 7d
    members: [First, Second]
    overrides:
      - {starts: 2026-01-06T09:00, ends: 2026-01-07T09:00, member: Third, reason: training}
commands: [pumpctl]
"""


@pytest.fixture
def clocked(bend: Callable) -> Callable:
    """Return a function that gives the small policy all sections, one text in them changed."""

    def change(old: str, new: str) -> Any:
        assert old in SECTIONS
        return bend("commands: [pumpctl]\n", SECTIONS.replace(old, new, 1), "policy.yaml")

    return change


@pytest.fixture
def policy() -> Policy:
    small = Path(__file__).parent / "data" / "small" / "alert_rules" / "policy.yaml"
    text = small.read_text(encoding="utf-8").replace("commands: [pumpctl]\n", SECTIONS)
    data: Mapping[str, Any] = parse_document(text, "policy.yaml").data
    return resolve_policy(data)


def test_the_shipped_priorities_count_in_the_hours_of_the_requirements() -> None:
    data = parse_document(POLICY.read_text(encoding="utf-8"), "policy.yaml").data
    found = {p: terms.clocks for p, terms in resolve_policy(data).priorities.items()}
    assert found == {
        Priority.P1: {
            "acknowledge": Term("", 900.0),
            "update": Term("", 1800.0),
            "resolve": Term("", 14_400.0),
        },
        Priority.P2: {
            "acknowledge": Term("", 3600.0),
            "update": Term("", 7200.0),
            "resolve": Term("", 28_800.0),
        },
        Priority.P3: {
            "acknowledge": Term("business", 14_400.0),
            "update": Term("business", days=1),
            "resolve": Term("business", days=3),
        },
        Priority.P4: {
            "acknowledge": Term("business", days=1),
            "resolve": Term("business", days=10),
        },
    }


def test_services_without_a_calendar_take_a_day_as_24_hours() -> None:
    data = parse_document(POLICY.read_text(encoding="utf-8"), "policy.yaml").data
    terms = resolve_policy(data).priorities[Priority.P4]
    assert (terms.acknowledge, terms.update, terms.resolve) == (86_400.0, None, 864_000.0)


def test_clients_credits_matrix_and_overrides_reach_the_model(policy: Policy) -> None:
    assert policy.clients == {"harbour": Client("harbour", "standard", "office")}
    assert policy.contracts["standard"].credits == (Credit(0.999, 0.1),)
    assert policy.matrix == {"all": {"now": Priority.P1, "some-day": Priority.P4}}
    assert policy.calendar == "office"
    rotation = policy.rotations["pumps"]
    assert rotation.hours == "business"
    assert rotation.overrides == (
        Override("2026-01-06T09:00", "2026-01-07T09:00", "Third", "training"),
    )


def test_the_sections_are_accepted(clocked: Callable, refused: Callable) -> None:
    assert refused(clocked("calendar: office", "calendar: office")) == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("contract: standard", "contract: standart", "unknown-reference"),
        ("{contract: standard, calendar: office}", "{contract: standard, calendar: offic}",
         "unknown-reference"),
        ("\ncalendar: office", "\ncalendar: offise", "unknown-reference"),
        ("\ncalendar: office", "\nowner: ofice\ncalendar: office", "unknown-reference"),
        ("    hours: business\n    starts", "    hours: busyness\n    starts",
         "unknown-reference"),
        ("now: P1", "now: P9", "unknown-value"),
        ("starts: 2026-01-06T09:00", "starts: tomorrow", "bad-format"),
        ("member: Third, ", "", "missing-key"),
        ("credit: 10%", "credit: some", "bad-format"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(
    clocked: Callable, refused: Callable, old: str, new: str, code: str
) -> None:
    found = {problem.code for problem in refused(clocked(old, new))}
    # Of a policy whose shape is wrong nothing is known, not even its own programs.
    assert found - {"unknown-command"} == {code}


def test_hours_of_a_priority_that_do_not_exist_are_refused(
    bend: Callable, refused: Callable
) -> None:
    terms = "acknowledge: 4h, update: 1d, resolve: 3d"
    found = refused(bend(terms, f"hours: busyness, {terms}", "policy.yaml"))
    assert [problem.code for problem in found] == ["unknown-reference"]
