"""Escalation: never after an acknowledgement, never backwards, and never into silence."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.incidents.escalation import due_steps, next_step_at, resumed, started, stopped
from sothat.incidents.incident import Incident, Promise, Reason, Rules, State
from sothat.incidents.people import People, User
from sothat.incidents.recipients import moot, pages
from sothat.incidents.roster import Roster, StandIn
from sothat.incidents.times import SECOND
from sothat.model.policy import (
    Calendar,
    Hours,
    Level,
    Maintenance,
    Policy,
    Priority,
    PriorityTerms,
    Rotation,
    Seat,
    Team,
    Term,
)
from sothat.service_levels.calendars import DAYS

MINUTE = 60 * SECOND
P1, P2, P3, P4 = Priority
# A Tuesday, 12:00 in UTC.
NOON = 1_767_700_800 * SECOND
LEVELS = ("first-level", "second-level", "expert", "development", "vendor")
MANAGEMENT = ("team-lead", "manager")


def user(name: str, **change: object) -> User:
    return replace(User(name, (name,), "UTC", ("phone",)), **change)  # type: ignore[arg-type]


def ladders(minutes: Mapping[str, int]) -> Mapping[str, tuple[Level, ...]]:
    def level(name: str) -> Level:
        after = Term("", 60.0 * minutes[name])
        return Level(name, {P1: after, P3: Term("business", after.seconds)})

    return {
        "technical": tuple(level(name) for name in LEVELS if name in minutes),
        "management": tuple(level(name) for name in MANAGEMENT if name in minutes),
    }


def policy(minutes: Mapping[str, int], roles: Mapping[str, str]) -> Policy:
    seats = tuple(Seat(level, role=role) for level, role in roles.items())
    window = Maintenance(
        "weekly", "week", "tuesday", "12:00", "13:00", "here", 0, ({"alertname": ("Host",)},)
    )
    return Policy(
        priorities={p: PriorityTerms(p, "…", "s", 900, 1800, 3600) for p in Priority},
        teams={"plant": Team("plant", "", dict.fromkeys(Priority, ("on-call",)), (), seats=seats)},
        grouping=("alertname",),
        hours={"business": Hours(DAYS[:5], "08:00", "18:00", holidays=True)},
        calendars={"here": Calendar("here", "DE", "", "UTC", MappingProxyType({}))},
        rotations={
            "week": Rotation("week", "plant", "here", "2026-01-05T09:00", 604_800.0, ("engineer",))
        },
        maintenance={"weekly": window},
        calendar="here",
        escalation=ladders(minutes),
    )


MINUTES = {"first-level": 5, "second-level": 15, "vendor": 60, "team-lead": 30}
ROLES = {"second-level": "senior", "vendor": "vendor", "team-lead": "lead"}
EVERYBODY = ("engineer", "senior", "vendor", "lead")


def rules_for(
    *names: str,
    minutes: Mapping[str, int] = MINUTES,
    roles: Mapping[str, str] = ROLES,
    last: tuple[str, ...] = ("office",),
) -> Rules:
    made = policy(minutes, roles)
    people = People({name: user(name) for name in names})
    return Rules(made, 0, roster=Roster(made, people, duty=["on-call"], last_resort=last))


def incident(**change: object) -> Incident:
    made = Incident(
        id=7,
        key="k",
        state=State.OPEN,
        priority=P1,
        team="plant",
        promise=Promise("Pump stopped"),
        labels={"alertname": "Pump"},
        opened_at=NOON,
        escalation=started(NOON),
    )
    return replace(made, **change)  # type: ignore[arg-type]


def climbed(one: Incident, rules: Rules, until: int) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return what the escalation does, step by step as its timer says: minute, text, channels."""
    found = []
    while (at := next_step_at(one, rules)) is not None and at <= until:
        climb = due_steps(one, at, rules)
        assert climb.escalation.done != one.escalation.done
        for note in climb.notes:
            channels = tuple(page.channel for page in climb.pages)
            found.append(((at - NOON) // MINUTE, note.text, channels))
        one = replace(one, escalation=climb.escalation)
    return found


def test_level_by_level_in_both_ladders() -> None:
    found = climbed(incident(), rules_for(*EVERYBODY), NOON + 10**15)
    assert found == [
        (5, "technical escalation, first-level: engineer", ("engineer/phone",)),
        (15, "technical escalation, second-level: senior", ("senior/phone",)),
        (30, "management escalation, team-lead: lead", ("lead/phone",)),
        (60, "technical escalation, vendor: vendor", ("vendor/phone",)),
    ]


def test_a_level_without_anybody_is_passed_over_at_once_and_says_so() -> None:
    found = climbed(incident(), rules_for("engineer", "vendor"), NOON + 15 * MINUTE)
    assert [minute for minute, _, _ in found] == [5, 15, 15]
    assert "second-level: nobody can be reached (no contact of 'senior' is known)" in found[1][1]
    assert found[2][1:] == ("technical escalation, vendor: vendor", ("vendor/phone",))


def test_a_ladder_that_ends_with_nobody_turns_to_the_last_resort() -> None:
    found = climbed(incident(), rules_for("engineer"), NOON + 15 * MINUTE)
    assert found[-1][1:] == (
        "technical escalation: nobody is left to ask; office is told",
        ("office",),
    )


def test_whoever_wants_no_messages_of_a_priority_is_not_there_for_it() -> None:
    rules = rules_for(*EVERYBODY)
    assert rules.roster
    users = {**rules.roster.people.users, "senior": user("senior", notify={P1: ()})}
    bent = replace(rules, roster=Roster(rules.policy, People(users)))
    texts = [text for _, text, _ in climbed(incident(), bent, NOON + 15 * MINUTE)]
    assert any("'senior' wants no P1" in text for text in texts)
    assert texts[-1] == "technical escalation, vendor: vendor"


def test_times_count_in_the_hours_of_the_level() -> None:
    one = incident(
        priority=P3, opened_at=NOON + 350 * MINUTE, escalation=started(NOON + 350 * MINUTE)
    )
    # 17:50: ten minutes today, five tomorrow from 08:00.
    assert next_step_at(one, rules_for(*EVERYBODY)) == NOON + 355 * MINUTE
    late = replace(one, escalation=replace(one.escalation, done=("technical/first-level",)))
    assert next_step_at(late, rules_for(*EVERYBODY)) == NOON + (20 * 60 + 5) * MINUTE


def test_a_priority_without_times_never_escalates() -> None:
    assert next_step_at(incident(priority=P4), rules_for(*EVERYBODY)) is None
    assert next_step_at(incident(), replace(rules_for(*EVERYBODY), roster=None)) is None


def test_an_acknowledgement_stops_it_and_its_lapse_lets_it_go_on() -> None:
    rules = rules_for(*EVERYBODY)
    one = incident(escalation=due_steps(incident(), NOON + 5 * MINUTE, rules).escalation)
    taken = replace(
        one,
        escalation=stopped(one.escalation, NOON + 10 * MINUTE),
        acknowledged_at=NOON + 10 * MINUTE,
        acknowledged_by="somebody",
        state=State.ACKNOWLEDGED,
    )
    assert next_step_at(taken, rules) is None
    assert due_steps(taken, NOON + 10**15, rules).pages == ()
    lapsed = replace(
        taken,
        escalation=resumed(taken.escalation, NOON + 70 * MINUTE),
        acknowledged_at=None,
        state=State.OPEN,
    )
    # It had run for ten of the fifteen minutes.
    assert next_step_at(lapsed, rules) == NOON + 75 * MINUTE


def test_a_window_of_maintenance_puts_its_own_steps_off() -> None:
    rules = rules_for(*EVERYBODY)
    muted = incident(labels={"alertname": "Host"})
    # At noon the window begins: none of its hour counts.
    assert next_step_at(muted, rules) == NOON + 65 * MINUTE
    assert due_steps(muted, NOON + 64 * MINUTE, rules).pages == ()
    channels = [page.channel for page in due_steps(muted, NOON + 65 * MINUTE, rules).pages]
    assert channels == ["engineer/phone"]
    before = NOON - 3 * MINUTE
    early = replace(muted, opened_at=before, escalation=started(before))
    assert next_step_at(early, rules) == NOON + 62 * MINUTE
    urged = due_steps(muted, NOON + MINUTE, rules, urged=("technical",))
    assert [page.due for page in urged.pages] == [NOON + 60 * MINUTE]
    held, notes = pages(muted, Reason.OPENED, NOON + MINUTE, rules)
    assert [(page.due, page.held) for page in held] == [
        (NOON + 60 * MINUTE, "maintenance window 'weekly'")
    ]
    assert "held until" in notes[-1].text


def test_a_page_that_nobody_got_asks_the_next_level_at_once() -> None:
    rules = rules_for(*EVERYBODY)
    climb = due_steps(incident(), NOON + MINUTE, rules, urged=("technical",))
    assert [page.channel for page in climb.pages] == ["engineer/phone"]
    done = replace(climb.escalation, done=tuple(f"technical/{name}" for name in LEVELS))
    end = due_steps(incident(escalation=done), NOON + MINUTE, rules, urged=("technical",))
    assert [page.channel for page in end.pages] == ["office"]


def test_the_opening_pages_whoever_is_on_call_and_else_the_first_who_can_be_reached() -> None:
    found, notes = pages(incident(), Reason.OPENED, NOON, rules_for(*EVERYBODY))
    assert [(page.channel, page.recipient) for page in found] == [("engineer/phone", "engineer")]
    assert notes == ()
    found, notes = pages(incident(), Reason.OPENED, NOON, rules_for("senior"))
    assert [page.channel for page in found] == ["senior/phone"]
    assert "senior is asked at once" in notes[0].text
    found, notes = pages(incident(), Reason.OPENED, NOON, rules_for())
    assert [page.channel for page in found] == ["office"]
    found, notes = pages(incident(), Reason.OPENED, NOON, rules_for(last=()))
    assert (found, "nobody is told" in notes[0].text) == ((), True)


def test_the_end_is_told_to_those_who_were_asked() -> None:
    rules = rules_for(*EVERYBODY)
    climb = due_steps(incident(), NOON + 15 * MINUTE, rules)
    over = incident(escalation=climb.escalation, resolved_at=NOON + 20 * MINUTE)
    assert rules.roster
    rules.roster.take_stand_ins([StandIn("week", "vendor", NOON + 19 * MINUTE, NOON + 10**15)])
    found, _ = pages(over, Reason.RESOLVED, NOON + 20 * MINUTE, rules)
    assert [page.channel for page in found] == ["engineer/phone", "senior/phone"]


@pytest.mark.parametrize(
    ("reason", "personal", "held", "gone"),
    [
        (Reason.ESCALATED, False, "", True),
        (Reason.ESCALATED, True, "", True),
        (Reason.OPENED, True, "", True),
        (Reason.OPENED, False, "", False),
        (Reason.OPENED, False, "maintenance window 'w'", True),
        (Reason.OPENED, True, "digest", False),
        (Reason.RESOLVED, True, "", False),
        (Reason.UNDELIVERED, False, "", False),
    ],
)
def test_what_is_not_sent_after_an_acknowledgement(
    *, reason: Reason, personal: bool, held: str, gone: bool
) -> None:
    taken = incident(acknowledged_at=NOON, acknowledged_by="somebody")
    assert bool(moot(taken, reason, personal=personal, held=held)) is gone
    assert moot(incident(), reason, personal=personal, held=held) == ""
    over = incident(resolved_at=NOON)
    assert bool(moot(over, reason, personal=personal, held=held)) is gone


times = st.fixed_dictionaries(
    {}, optional={name: st.integers(0, 90) for name in (*LEVELS, *MANAGEMENT)}
)


@settings(max_examples=150)
@given(
    times,
    st.sets(st.sampled_from(EVERYBODY)),
    st.dictionaries(st.sampled_from((*LEVELS, *MANAGEMENT)), st.sampled_from(EVERYBODY)),
    st.lists(
        st.tuples(st.sampled_from(("tick", "take", "lose", "end")), st.integers(0, 40)), max_size=14
    ),
)
def test_whatever_happens(
    minutes: dict[str, int],
    names: set[str],
    roles: dict[str, str],
    story: list[tuple[str, int]],
) -> None:
    """No step while somebody has it, none twice or early; each reaches somebody or says so."""
    rules = rules_for(*sorted(names), minutes=minutes, roles=roles)
    one, now, run = incident(), NOON, 0
    for event, pause in story:
        wait = pause * MINUTE
        run += wait if one.escalation.since is not None else 0
        now += wait
        free = one.acknowledged_at is None and one.resolved_at is None
        climb = due_steps(one, now, rules)
        assert free or (climb.pages == () and climb.escalation == one.escalation)
        fresh = climb.escalation.done[len(one.escalation.done) :]
        assert climb.escalation.done[: len(one.escalation.done)] == one.escalation.done
        assert len(set(climb.escalation.done)) == len(climb.escalation.done)
        assert bool(fresh) == bool(climb.notes)
        reached = {page.channel for page in climb.pages}
        passed = [note for note in climb.notes if "nobody" in note.text]
        assert not fresh or reached or passed
        if not passed:
            assert all(minutes[step.partition("/")[2]] * MINUTE <= run for step in fresh)
        one = replace(one, escalation=climb.escalation)
        following = next_step_at(one, rules)
        assert following is None or (free and following > now)
        if event == "take" and free:
            one = replace(one, acknowledged_at=now, escalation=stopped(one.escalation, now))
        elif event == "lose" and one.acknowledged_at is not None and one.resolved_at is None:
            one = replace(one, acknowledged_at=None, escalation=resumed(one.escalation, now))
        elif event == "end":
            one = replace(one, resolved_at=now, escalation=stopped(one.escalation, now))


def test_a_team_with_a_ladder_of_its_own_climbs_that_one_alone() -> None:
    rules = rules_for(*EVERYBODY)
    own = tuple(
        Level(name, {P1: Term("", 60.0 * minute)}) for name, minute in (("own-1", 0), ("own-2", 7))
    )
    seats = (Seat("own-1", role="lead"), Seat("own-2", role="vendor"))
    plant = replace(rules.policy.teams["plant"], seats=seats, ladders=("own",))
    made = replace(
        rules.policy,
        teams={"plant": plant},
        escalation={**rules.policy.escalation, "own": own},
    )
    people = People({name: user(name) for name in EVERYBODY})
    rules = replace(
        rules, policy=made, roster=Roster(made, people, duty=["on-call"], last_resort=["office"])
    )
    assert climbed(incident(), rules, NOON + 10**15) == [
        (0, "own escalation, own-1: lead", ("lead/phone",)),
        (7, "own escalation, own-2: vendor", ("vendor/phone",)),
    ]
    found = climbed(incident(team="other"), rules, NOON + 10**15)
    assert not any("own" in text for _, text, _ in found)


def test_where_nobody_is_on_call_the_own_ladder_is_asked_at_once() -> None:
    rules = rules_for("vendor")
    own = {"own": (Level("own-2", {P1: Term("", 420.0)}),)}
    plant = replace(
        rules.policy.teams["plant"], seats=(Seat("own-2", role="vendor"),), ladders=("own",)
    )
    made = replace(rules.policy, teams={"plant": plant}, rotations={}, escalation=own)
    roster = Roster(made, People({"vendor": user("vendor")}), duty=["on-call"])
    found, notes = pages(
        incident(), Reason.OPENED, NOON, replace(rules, policy=made, roster=roster)
    )
    assert [page.channel for page in found] == ["vendor/phone"]
    assert "vendor is asked at once" in notes[0].text
