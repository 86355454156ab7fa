"""What each audience reads, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from sothat.incidents.communication.book import STATUS_PAGE, AudienceKind, Effect, Kind, Wording
from sothat.incidents.communication.facts import Status, facts_of, is_drill
from sothat.incidents.communication.guard import Internals
from sothat.incidents.communication.reading import load_book
from sothat.incidents.communication.telling import Wish, automatic, draft
from sothat.incidents.communication.wording import Said
from sothat.incidents.incident import Incident, State
from sothat.incidents.refusal import Refused
from sothat.model.policy import Priority
from sothat.model.problem import Unusable

from ..bench import MINUTE, T0  # noqa: TID252 – tests of one tree
from .books import BOOK, DOORS, OFFICE, incident

NOTHING = Internals()


def text(one: Incident, kind: Kind, *audiences: str, said: Said = Said()) -> str:  # noqa: B008
    (made,) = draft(one, Wish(kind, audiences, said, "x"), OFFICE, NOTHING)
    return f"{made.text.subject}\n\n{made.text.body}"


def test_a_customer_reads_status_impact_actions_expectation_and_workaround() -> None:
    said = Said(impact="You cannot get in.", workaround="Use your key.", expected=T0 + 90 * MINUTE)
    found = text(incident(), Kind.INITIAL, "north", said=said)
    assert found.splitlines() == [
        "Doors, North House: we are looking into a disruption",
        "",
        "Status: We are looking into it",
        "Since: Monday, 5 January 2026, 11:00 (Europe/Berlin)",
        "",
        "What has happened: A disruption of Doors.",
        "What you notice: You cannot get in.",
        "What we do: Our engineers are working on it.",
        "When we expect it to be over: Monday, 5 January 2026, 12:30 (Europe/Berlin)",
        "What you can do meanwhile: Use your key.",
        "",
        "Our aim: you tap your phone and walk through.",
        "The service team",
    ]


def test_without_an_expectation_the_next_word_is_promised() -> None:
    found = text(incident(), Kind.UPDATE, "north")
    assert "we will write again by Monday, 5 January 2026, 12:00 (Europe/Berlin)." in found


def test_each_kind_has_its_template() -> None:
    over = incident(state=State.RESOLVED)
    subjects = [text(over, kind, "north").splitlines()[0] for kind in list(Kind)[2:]]
    subjects += [text(incident(), kind, "north").splitlines()[0] for kind in list(Kind)[:2]]
    assert len(set(subjects)) == len(Kind)
    for kind in list(Kind)[2:]:
        assert "11:00 to 11:30 (Europe/Berlin)" in text(over, kind, "north")


def test_executives_read_priority_and_client_and_no_labels() -> None:
    found = text(incident(), Kind.INITIAL, "board")
    assert "Priority: P2" in found
    assert "Team: building-operations" in found
    assert "site=n" not in found
    assert "Where: site=n" in text(incident(), Kind.INITIAL, "engineers")


@pytest.mark.parametrize(
    ("one", "kind", "audience", "why"),
    [
        (incident(), Kind.RESOLUTION, "north", "not resolved yet"),
        (incident(), Kind.PREVENTIVE, "north", "not resolved yet"),
        (incident(state=State.RESOLVED), Kind.UPDATE, "north", "it is resolved"),
        (incident(), Kind.INITIAL, "nroth", "did you mean 'north'"),
        (incident({"alertname": "DoorSilent", "site": "s"}), Kind.INITIAL, "north", "no audience"),
        (replace(incident(), merged_into=9), Kind.INITIAL, "north", "merged into #9"),
        (
            incident({"alertname": "DoorSilent", "drill": "d", "site": "n"}),
            *(Kind.INITIAL, "north", "drill"),
        ),
    ],
)
def test_what_makes_no_sense_is_refused(one: Incident, kind: Kind, audience: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        text(one, kind, audience)


def test_customers_hear_of_no_service_that_has_no_public_name() -> None:
    for name in ("Ours", "Unknown"):
        one = incident({"alertname": name, "site": "n"})
        one = replace(one, promise=replace(one.promise, alertname=name))
        with pytest.raises(Refused, match="no audience"):
            text(one, Kind.INITIAL, STATUS_PAGE)
        assert "A door is silent" in text(one, Kind.INITIAL, "engineers")


def test_a_site_that_is_not_listed_is_named_to_its_own_people_only() -> None:
    one = incident({"alertname": "DoorSilent", "site": "s"})
    assert "South House" not in text(one, Kind.INITIAL, STATUS_PAGE)


def test_alerts_of_several_sites_name_none() -> None:
    one = replace(incident({"alertname": "DoorSilent"}), site="n")
    assert facts_of(one, DOORS, BOOK).site is None


def test_facts_follow_the_state() -> None:
    states = {
        State.OPEN: (Status.INVESTIGATING, Effect.PARTIAL),
        State.ACKNOWLEDGED: (Status.INVESTIGATING, Effect.PARTIAL),
        State.MITIGATED: (Status.MONITORING, Effect.DEGRADED),
        State.RESOLVED: (Status.RESOLVED, Effect.OPERATIONAL),
        State.CLOSED: (Status.RESOLVED, Effect.OPERATIONAL),
    }
    for state, wanted in states.items():
        facts = facts_of(incident(state=state), DOORS, BOOK)
        assert (facts.status, facts.effect) == wanted
    lowered = replace(incident(priority=Priority.P1), priority=Priority.P4)
    assert facts_of(lowered, DOORS, BOOK).worst is Effect.MAJOR


def test_a_drill_is_known_by_its_label() -> None:
    assert is_drill(incident({"drill": "x"}))
    assert not is_drill(incident())


def test_who_is_told_by_itself() -> None:
    audience = replace(BOOK.audiences[STATUS_PAGE], automatic=(Priority.P1, Priority.P2))
    over = incident(state=State.RESOLVED)
    first, last = Kind.INITIAL, Kind.RESOLUTION
    assert automatic(incident(), (), audience) is first
    assert automatic(incident(), (first,), audience) is None
    assert automatic(incident(), (first, Kind.UPDATE), audience) is None
    assert automatic(incident(), (first, last), audience) is first, "it has come back"
    assert automatic(over, (first,), audience) is last
    assert automatic(over, (first, last), audience) is None
    assert automatic(over, (), audience) is None, "what nobody heard of is not over for them"
    assert automatic(incident(priority=Priority.P3), (), audience) is None


def test_a_template_of_ones_own() -> None:
    wordings = {(AudienceKind.CUSTOMERS, Kind.INITIAL): Wording("{where}", "{impact} {{}}")}
    office = replace(OFFICE, book=replace(BOOK, wordings=wordings))
    said = Said(impact="{service.__class__}")
    (made,) = draft(incident(), Wish(Kind.INITIAL, ("north",), said, "x"), office, NOTHING)
    assert made.text.subject == "Doors, North House"
    assert made.text.body == "{service.__class__} {}\n", "what people write is no template"


BROKEN = """\
apiVersion: sothat/v1
kind: Communication
time_zone: Europe/Berlon
after: soon
services:
  doors: {name: Doors, so_that: you get in, when: [{alertname: DoorSilent}]}
audiences:
  north: {kind: customers, sites: [nroth], services: [dors]}
  status-page: {kind: internal}
templates:
  customers:
    initial: {subject: "{sevice}", text: "{service.name} {impact"}
"""


def test_every_mistake_in_the_file_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(BROKEN)
    with pytest.raises(Unusable) as refused:
        load_book(tmp_path / "c.yaml")
    found = [(p.code, p.position.line if p.position else 0) for p in refused.value.problems]
    assert found == [
        ("unknown-time-zone", 3),
        ("bad-duration", 4),
        ("unknown-reference", 8),
        ("unknown-reference", 8),
        ("bad-value", 9),
        ("bad-wording", 12),
        ("bad-wording", 12),
    ]
