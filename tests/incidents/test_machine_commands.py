"""Every command in every state: the table of docs/incidents.md, cell by cell."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sothat.incidents import events
from sothat.incidents.incident import Entry, Incident, Reason, Rules, State
from sothat.incidents.refusal import Refused
from sothat.model.policy import Policy, Priority

from .bench import DAY, HOUR, MINUTE, Bench, sighting

PAGE = Path(__file__).parents[2] / "docs" / "incidents.md"
ROW = re.compile(r"^\| `(?P<name>[a-z]+)` \|(?P<cells>(?:[^|]+\|){7})$", re.MULTILINE)
COLUMNS = ("open", "acknowledged", "mitigated", "resolved", "verified", "closed", "merged")
COMMANDS: dict[str, Callable[[], events.Command]] = {
    "acknowledge": lambda: events.Acknowledge("second", "mine"),
    "assign": lambda: events.Assign("second", "third"),
    "release": lambda: events.Release("second"),
    "mitigate": lambda: events.Mitigate("second"),
    "resolve": lambda: events.Resolve("second"),
    "verify": lambda: events.Verify("second"),
    "close": lambda: events.Close("second"),
    "reopen": lambda: events.Reopen("second"),
    "priority": lambda: events.Prioritise("second", priority=Priority.P1),
    "update": lambda: events.Update("second", "still at it"),
    "note": lambda: events.Comment("second", "by the way"),
    "pause": lambda: events.Wait("second"),
    "resume": lambda: events.Resume("second"),
}


@pytest.fixture(scope="module")
def rules(policy: Policy) -> Rules:
    return Rules(
        policy,
        5 * MINUTE,
        identity=("alertname", "site"),
        lapse={Priority.P2: 2 * HOUR},
    )


@pytest.fixture
def bench(rules: Rules) -> Bench:
    return Bench(rules)


def brought_to(bench: Bench, column: str) -> Incident:
    """Return an incident that is in a state."""
    bench.take(sighting())
    way: dict[str, tuple[events.Command, ...]] = {
        "open": (),
        "acknowledged": (events.Acknowledge("first"),),
        "mitigated": (events.Acknowledge("first"), events.Mitigate("first")),
        "resolved": (events.Resolve("first"),),
        "verified": (events.Resolve("first"), events.Verify("first")),
        "closed": (events.Resolve("first"), events.Close("first")),
        "merged": (),
    }
    for step in way[column]:
        bench.command(1, step)
    if column == "merged":
        bench.take(sighting(site="b"))
        bench.merge(1, 2)
    return bench.incident()


def documented() -> dict[tuple[str, str], str]:
    found = {}
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        cells = [cell.strip() for cell in row["cells"].rstrip("|").split("|")]
        found |= {(row["name"], column): cell for column, cell in zip(COLUMNS, cells, strict=True)}
    return found


def test_the_table_has_every_command_in_every_state() -> None:
    assert set(documented()) == {(name, column) for name in COMMANDS for column in COLUMNS}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_documented_outcome(bench: Bench, name: str, column: str) -> None:
    outcome = documented()[name, column]
    before = brought_to(bench, column)
    if outcome.startswith("refused"):
        with pytest.raises(Refused) as refusal:
            bench.command(1, COMMANDS[name]())
        # The cell says why, in the words that whoever commands it gets.
        assert outcome.partition(": ")[2].strip("“”") in str(refusal.value)
        assert bench.incident() is before
        return
    notes = len(bench.work.notes)
    after = bench.command(1, COMMANDS[name]())
    (note,) = [n for n in bench.work.notes[notes:] if n.actor == "second"]
    assert note.text
    state, _, how = outcome.partition(", ")
    assert str(after.state) == (str(before.state) if state == "as it is" else state)
    if how == "a note only":
        assert note.kind is Entry.NOTE
        assert replace(after, attention_at=before.attention_at) == before


def test_what_is_asked_for_twice_by_the_same_person_is_refused_with_who_and_when(
    bench: Bench,
) -> None:
    bench.take(sighting())
    bench.command(1, events.Acknowledge("first"))
    with pytest.raises(Refused, match="already acknowledged by first at 2026-01-05T10:00:02"):
        bench.command(1, events.Acknowledge("first"))


def test_an_acknowledgement_after_the_end_opens_nothing_again(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(sighting(firing=False, ends=bench.now))
    bench.wait(HOUR)
    with pytest.raises(Refused, match="resolved by sothat"):
        bench.command(1, events.Acknowledge("late"))
    assert bench.incident().state is State.RESOLVED


def test_assigning_takes_it_in_another_ones_name(bench: Bench) -> None:
    bench.take(sighting())
    after = bench.command(1, events.Assign("lead", "engineer", "knows the plant"))
    assert (after.state, after.acknowledged_by) == (State.ACKNOWLEDGED, "engineer")
    assert bench.texts(Entry.ACKNOWLEDGED) == ["given to engineer: knows the plant"]
    with pytest.raises(Refused, match="already acknowledged by engineer"):
        bench.command(1, events.Assign("lead", "engineer"))


def test_given_back_it_is_open_pages_and_its_clock_starts_anew(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Acknowledge("first"), after=50 * MINUTE)
    after = bench.command(1, events.Release("first", "off duty"), after=MINUTE)
    assert after.state is State.OPEN
    assert after.acknowledge_due == bench.now + HOUR
    assert after.clocks.answered_at is not None
    assert bench.reasons() == ["opened", "released"]


def test_an_acknowledgement_lapses_unless_an_update_renews_it(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Acknowledge("first"))
    bench.wait(90 * MINUTE)
    bench.command(1, events.Update("first", "spare part ordered"), after=0)
    bench.wait(119 * MINUTE)
    assert bench.incident().state is State.ACKNOWLEDGED
    bench.wait(2 * MINUTE)
    assert bench.incident().state is State.OPEN
    assert bench.texts(Entry.LAPSED) == [
        "the acknowledgement by first has lapsed without an update"
    ]
    assert bench.reasons()[:2] == ["opened", "lapsed"]
    assert bench.incident().acknowledge_due == bench.now - MINUTE + HOUR


def test_while_it_waits_on_the_customer_no_acknowledgement_lapses(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Acknowledge("first"))
    bench.command(1, events.Wait("first"))
    bench.wait(5 * HOUR)
    assert bench.incident().state is State.ACKNOWLEDGED
    bench.command(1, events.Resume("first"))
    bench.wait(2 * HOUR)
    assert bench.incident().state is State.OPEN


def test_waiting_stops_the_clocks_of_resolution_and_no_other(bench: Bench) -> None:
    bench.take(sighting())
    due = bench.incident().resolve_due or 0
    acknowledge = bench.incident().acknowledge_due
    paused = bench.command(1, events.Wait("first"), after=MINUTE)
    assert paused.resolve_due is None
    assert paused.acknowledge_due == acknowledge
    bench.wait(3 * HOUR)
    after = bench.command(1, events.Resume("first"), after=0)
    assert after.resolve_due == due + 3 * HOUR


def test_a_resolution_ends_the_waiting(bench: Bench) -> None:
    bench.take(sighting())
    bench.command(1, events.Wait("first"))
    after = bench.command(1, events.Resolve("first"), after=HOUR)
    assert after.clocks.pauses[-1].end == bench.now
    assert not after.waiting


def test_opened_again_the_time_in_which_it_was_over_does_not_count(bench: Bench) -> None:
    bench.take(sighting())
    due = bench.incident().resolve_due or 0
    bench.command(1, events.Resolve("first"), after=HOUR)
    after = bench.command(1, events.Reopen("customer desk", "it is back"), after=2 * HOUR)
    assert (after.state, after.reopened) == (State.OPEN, 1)
    assert after.resolve_due == due + 2 * HOUR
    assert after.acknowledge_due == bench.now + HOUR
    assert bench.texts(Entry.REOPENED) == ["opened again: it is back"]
    assert bench.reasons() == ["opened", "resolved", "reopened"]


def test_opened_again_by_hand_it_stays_until_a_person_or_an_alert_ends_it(bench: Bench) -> None:
    bench.take(sighting())
    bench.take(sighting(firing=False, ends=bench.now))
    bench.wait(HOUR)
    bench.command(1, events.Reopen("desk"))
    bench.wait(DAY)
    assert bench.incident().state is State.OPEN


def test_the_matrix_gives_the_priority(rules: Rules) -> None:
    matrix = {"extensive": {"high": Priority.P1}, "minor": {"low": Priority.P4}}
    bench = Bench(replace(rules, policy=replace(rules.policy, matrix=matrix)))
    bench.take(sighting())
    raised = events.Prioritise("desk", impact="extensive", urgency="high")
    assert bench.command(1, raised).priority is Priority.P1
    assert bench.texts(Entry.PRIORITY) == [
        "priority raised from P2 to P1 by impact extensive and urgency high"
    ]
    with pytest.raises(Refused, match="no impact 'extensive' with urgency 'low'"):
        bench.command(1, events.Prioritise("desk", urgency="low"))
    with pytest.raises(Refused, match="its priority is P1 already"):
        bench.command(1, raised)


def test_what_a_person_sets_holds_until_an_alert_asks_for_more_than_ever(bench: Bench) -> None:
    bench.take(sighting("1", priority="P2"))
    bench.command(1, events.Prioritise("desk", priority=Priority.P4))
    bench.take(sighting("2", priority="P2"))
    assert bench.incident().priority is Priority.P4
    bench.take(sighting("3", priority="P1"))
    assert bench.incident().priority is Priority.P1
    assert [p.reason for p in bench.pages()][-1] is Reason.RAISED


def test_a_missed_deadline_stays_missed_when_the_priority_falls(bench: Bench) -> None:
    bench.take(sighting())
    bench.wait(2 * HOUR)
    assert "acknowledge" in bench.incident().clocks.breached
    bench.command(1, events.Prioritise("desk", priority=Priority.P4))
    assert "acknowledge" in bench.incident().clocks.breached
    assert bench.reasons() == ["opened", "overdue"]


def test_an_acknowledgement_that_is_late_is_noted_even_before_the_clock_was_looked_at(
    bench: Bench,
) -> None:
    bench.take(sighting())
    after = bench.command(1, events.Acknowledge("late"), after=HOUR + MINUTE)
    assert after.clocks.breached == ("acknowledge",)
    assert bench.texts(Entry.OVERDUE) == ["the acknowledgement was due at 2026-01-05T11:00:01.000Z"]
    assert bench.reasons() == ["opened"]


def test_what_ends_by_itself_was_over_when_its_last_alert_was(bench: Bench) -> None:
    bench.take(sighting())
    due = bench.incident().resolve_due or 0
    bench.command(1, events.Acknowledge("first"))
    bench.now = due - MINUTE
    bench.take(sighting(firing=False, ends=bench.now), after=0)
    bench.wait(HOUR)
    after = bench.incident()
    assert after.state is State.RESOLVED
    assert after.resolved_at == due + 4 * MINUTE
    assert after.clocks.ended_at == due - MINUTE
    assert "resolve" not in after.clocks.breached


def test_an_incident_closes_by_itself_where_that_is_wanted(rules: Rules) -> None:
    bench = Bench(replace(rules, close=DAY))
    bench.take(sighting())
    bench.command(1, events.Resolve("first"))
    bench.wait(DAY - 1)
    assert bench.incident().state is State.RESOLVED
    bench.wait(1)
    assert bench.incident().state is State.CLOSED
    assert bench.incident().attention_at is None
