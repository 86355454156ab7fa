"""Major incidents over a store: proposed once, led, handed over, rehearsed; on both databases."""

from collections.abc import Iterator
from datetime import date
from functools import partial

import pytest
from sothat.incidents import events
from sothat.incidents.commands import carry_out
from sothat.incidents.major import desk
from sothat.incidents.major.criteria import Criterion
from sothat.incidents.major.drafting import DraftKind, Whole, draft
from sothat.incidents.major.drill import Rehearsal, rehearse
from sothat.incidents.major.major import Major, MajorState, Part
from sothat.incidents.major.watch import Watch
from sothat.incidents.major.work import TaskKind, TaskState
from sothat.incidents.refusal import Refused
from sothat.incidents.reviews import desk as review_desk
from sothat.incidents.reviews.reminding import remind
from sothat.incidents.reviews.review import FollowUp, FollowUpState
from sothat.incidents.settings.major import MajorRules
from sothat.incidents.settings.reviews import ReviewRules
from sothat.incidents.store import majors, reviewing
from sothat.incidents.store.engines import writer_engine
from sothat.incidents.store.migrate import migrate
from sothat.incidents.store.retention import Retention, let_go
from sothat.model.policy import Policy, Priority, Seat

from ..bench import HOUR, MINUTE  # noqa: TID252 – tests of one tree
from ..conftest import alert  # noqa: TID252
from ..databases import database  # noqa: TID252, F401 – all tests of this module run on both
from .bench import Bench, rules_of

RULES = MajorRules(
    criteria=(
        Criterion("Many sites", sites=2, priorities=(Priority.P1,)),
        Criterion("Nobody comes", priorities=(Priority.P1,), unacknowledged=15 * MINUTE),
    ),
    seats={Part.COMMANDER: Seat("commander", rotation="leads")},
    propose_to=("third",),
    bridge="https://meet.example/bridge",
    tasks=("Find the last change",),
    continuity=("Guards walk their rounds",),
)


@pytest.fixture
def bench(store_url: str, policy: Policy) -> Iterator[Bench]:
    engine = writer_engine(store_url)
    migrate(engine, store_url)
    yield Bench(engine, rules_of(policy))
    engine.dispose()


def record(bench: Bench, number: int = 1) -> Major:
    return bench.read(lambda connection: majors.the_major(connection, number))


def declared(bench: Bench) -> None:
    bench.take(alert(priority="P1"))
    bench.people(1, desk.declare, said="", bridge="", rules=RULES)


def test_it_is_proposed_once_and_a_person_decides(bench: Bench) -> None:
    watch = Watch(RULES)
    bench.take(alert(priority="P1"))
    bench.do(watch.look)
    assert bench.read(lambda c: majors.major(c, 1)) is None, "too early"
    bench.now += 15 * MINUTE
    for _ in range(3):
        bench.do(watch.look)
    assert record(bench).state is MajorState.PROPOSED
    (text,) = bench.said(1, "is proposed")
    assert "Nobody comes: priority P1, nobody has it for 15 min" in text
    assert sorted(bench.paged("major")) == ["office", "on-call", "third/push"]
    bench.people(1, desk.decline, said="a planned test")
    bench.do(watch.look)
    assert record(bench).state is MajorState.DECLINED
    assert len(bench.said(1, "is proposed")) == 1


def test_sites_of_what_follows_from_it_count(bench: Bench) -> None:
    bench.take(alert(priority="P1", site="a"), alert("Other", priority="P2", site="b"))
    bench.do(Watch(RULES).look)
    assert bench.read(lambda c: majors.major(c, 1)) is None
    both = [alert("Both", priority="P1", labels={"site": ""}, device=d) for d in ("1", "2")]
    both[0]["labels"]["site"], both[1]["labels"]["site"] = "a", "b"
    bench.rules = bench.rules.__class__(
        bench.rules.policy, 0, identity=("alertname",), roster=bench.rules.roster
    )
    bench.take(*both)
    bench.do(Watch(RULES).look)
    assert "2 sites (at least 2)" in record(bench, 3).reasons[0]


def test_declared_it_has_a_commander_of_the_rota_and_its_first_tasks(bench: Bench) -> None:
    declared(bench)
    one = record(bench)
    assert (one.led, one.who(Part.COMMANDER), one.bridge) == (True, ("first",), RULES.bridge)
    assert bench.paged("major") == ["first/push"]
    tasks = bench.read(lambda c: majors.tasks(c, 1))
    assert [(task.kind, task.text) for task in tasks] == [
        (TaskKind.TASK, "Find the last change"),
        (TaskKind.CONTINUITY, "Guards walk their rounds"),
    ]
    with pytest.raises(Refused, match="already declared by somebody"):
        bench.people(1, desk.declare, said="", bridge="", rules=RULES)


def test_roles_decisions_and_tasks(bench: Bench) -> None:
    declared(bench)
    bench.people(1, desk.give, part=Part.EXPERT, person="second")
    bench.people(1, desk.give, part=Part.EXPERT, person="third")
    bench.people(1, desk.give, part=Part.COMMANDER, person="third")
    one = record(bench)
    assert (one.who(Part.EXPERT), one.who(Part.COMMANDER)) == (("second", "third"), ("third",))
    assert bench.said(1, "in place of first")
    with pytest.raises(Refused, match="is expert already"):
        bench.people(1, desk.give, part=Part.EXPERT, person="third")
    bench.people(1, desk.take_back, part=Part.EXPERT, person="second")
    assert record(bench).who(Part.EXPERT) == ("third",)
    bench.people(1, desk.decide, text="Switch over", reason="it is quicker")
    bench.people(1, desk.decide, text="Switch back", reason="")
    found = bench.read(lambda c: majors.decisions(c, 1))
    assert [(one.text, one.reason) for one in found] == [
        ("Switch over", "it is quicker"),
        ("Switch back", ""),
    ]
    change = partial(desk.change_task, number=1, owner=None, said="none")
    bench.people(1, change, state=TaskState.DONE)
    with pytest.raises(Refused, match="done already"):
        bench.people(1, change, state=TaskState.DONE)
    bench.people(1, desk.stand_down, said="")
    assert bench.said(1, "1 tasks are still open")
    for act, how in (
        (desk.decide, {"text": "x", "reason": ""}),
        (desk.give, {"part": Part.EXPERT, "person": "x"}),
        (desk.meet, {"link": ""}),
        (desk.stand_down, {"said": ""}),
    ):
        with pytest.raises(Refused):
            bench.people(1, act, **how)


def test_a_status_update_is_asked_for_once_and_then_anew(bench: Bench) -> None:
    declared(bench)
    watch = Watch(RULES)
    bench.people(1, desk.give, part=Part.COMMUNICATIONS, person="second")
    bench.do(watch.look)
    assert bench.said(1, "status update of the major incident is due") == []
    bench.now += 30 * MINUTE
    for _ in range(3):
        bench.do(watch.look)
    (text,) = bench.said(1, "status update of the major incident is due")
    assert text.endswith(": second is asked")
    bench.people(1, desk.update, text="The pump runs again", rules=RULES)
    due = record(bench).update_due
    assert due == bench.now + 30 * MINUTE
    assert bench.incident(1).clocks.updated_at == bench.now, "the incident's own clock, too"
    bench.do(watch.look)
    assert len(bench.said(1, "status update of the major incident is due")) == 1


def test_the_end_of_a_shift_asks_for_a_hand_over(bench: Bench) -> None:
    declared(bench)
    watch = Watch(RULES)
    bench.now += 24 * HOUR
    for _ in range(3):
        bench.do(watch.look)
    (text,) = bench.said(1, "a hand-over is due")
    assert "second as incident commander" in text
    incident, one = bench.incident(1), record(bench)
    assert one.relief == {"commander": "second"}
    drafted = draft(DraftKind.HAND_OVER, Whole(incident, one), bench.now).text
    assert "Takes over: incident commander: second" in drafted
    taking = ((Part.COMMANDER, "second"),)
    bench.people(1, desk.hand_over, taking=taking, summary="Watch the pump")
    assert record(bench).who(Part.COMMANDER) == ("second",)
    assert bench.said(1, "handed over: second is incident commander. Watch the pump")
    bench.do(watch.look)
    assert len(bench.said(1, "a hand-over is due")) == 1


def test_a_drill_pages_nobody_but_those_who_take_part(bench: Bench) -> None:
    wanted = Rehearsal("The gateway is silent", ("second",), team="building-operations")
    bench.do(lambda t: rehearse(t, wanted, "somebody", "drill-1"))
    assert bench.incident(1).promise.title == "DRILL: The gateway is silent"
    bench.wait(20 * MINUTE)
    bench.people(1, desk.declare, said="", bridge="", rules=RULES)
    bench.do(Watch(RULES).look)
    bench.do(lambda t: carry_out(t, 1, events.Resolve("second")))
    reasons = ("opened", "overdue", "escalated", "major", "resolved", "undelivered")
    paged = {channel for reason in reasons for channel in bench.paged(reason)}
    assert paged == {"second/push"}
    assert bench.said(1, "a drill begins")


def test_a_drill_of_whoever_cannot_be_reached_pages_nobody_and_says_so(bench: Bench) -> None:
    wanted = Rehearsal("Silence", ("nobody",))
    bench.do(lambda t: rehearse(t, wanted, "somebody", "drill-1"))
    bench.wait(20 * MINUTE)
    assert bench.paged("opened") + bench.paged("escalated") == []
    assert bench.said(1, "nobody else is paged")


def test_follow_ups_are_reminded_of_before_when_overdue_and_weekly(bench: Bench) -> None:
    rules = ReviewRules()
    bench.take(alert())
    due = date(2026, 1, 10)
    one = FollowUp(0, 0, "Fit a supply", "second", "", due, 0, "")
    bench.people(1, review_desk.add, new=one)
    told: list[int] = []
    for _ in range(24):
        for _ in range(2):
            bench.do(partial(remind, rules=rules))
        told.append(len(bench.said(1, "Fit a supply (told: second/push)")))
        bench.now += 24 * HOUR
    # From the 5th of January, day by day: two days before, the day after, then every week.
    assert told == [0, 0, 0, *[1] * 3, *[2] * 7, *[3] * 7, *[4] * 4]
    assert bench.paged("follow-up") == ["second/push"] * 4
    done = review_desk.Change(state=FollowUpState.DONE)
    bench.people(1, partial(review_desk.change, number=1, wanted=done))
    bench.now += 24 * 10 * HOUR
    bench.do(partial(remind, rules=rules))
    assert len(bench.paged("follow-up")) == 4


def test_what_retention_lets_go_takes_its_records_along(bench: Bench) -> None:
    declared(bench)
    bench.people(1, review_desk.begin)
    bench.people(1, desk.decide, text="x", reason="")
    bench.do(lambda t: carry_out(t, 1, events.Resolve("x")))
    bench.now += 24 * HOUR
    bench.do(lambda t: let_go(t, Retention(incidents=HOUR)))
    assert bench.read(lambda c: majors.major(c, 1)) is None
    assert bench.read(lambda c: reviewing.review(c, 1)) is None
    assert bench.read(lambda c: majors.tasks(c, 1)) == []
    assert bench.read(lambda c: majors.decisions(c, 1)) == []


def test_an_incident_that_is_over_is_not_declared(bench: Bench) -> None:
    bench.take(alert())
    bench.do(lambda t: carry_out(t, 1, events.Resolve("x")))
    with pytest.raises(Refused, match="is over"):
        bench.people(1, desk.declare, said="", bridge="", rules=RULES)


def test_every_draft_says_what_is_known_and_leaves_room(bench: Bench) -> None:
    declared(bench)
    bench.people(1, desk.decide, text="Switch over", reason="")
    whole = Whole(
        bench.incident(1),
        record(bench),
        bench.read(lambda c: majors.tasks(c, 1)),
        bench.read(lambda c: majors.decisions(c, 1)),
    )
    for kind in DraftKind:
        found = draft(kind, whole, bench.now)
        assert found.title.endswith("#1 A device does not answer")
        assert not found.title.startswith("DRILL")
        assert "Status: open, P1" in found.text
    update = draft(DraftKind.UPDATE, whole, bench.now).text
    assert "Decided: Switch over" in update
    assert "Being done: Find the last change; Guards walk their rounds" in update
    assert "Workaround: …" in update
