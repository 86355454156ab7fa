"""Whatever comes in whatever order: what must always be true of the machine."""

from collections import Counter
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sothat.incidents import events
from sothat.incidents.deadlines import counted, deadlines, due_at
from sothat.incidents.incident import Entry, FlapRule, Incident, Reason, Rules, State
from sothat.incidents.payload import Message
from sothat.incidents.refusal import Refused
from sothat.incidents.times import SECOND
from sothat.model.policy import Calendar, Client, Contract, Hours, Part, Policy, Priority, Term
from sothat.service_levels.contracts import Clock

from .bench import DAY, HOUR, MINUTE, Bench, message, over, sighting
from .conftest import policy_of_tests

DEVICES = ("1", "2", "3", "4")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
# One page for each in every opening.
ONCE = (Reason.OPENED, Reason.REOPENED, Reason.FLAPPING, Reason.RESOLVED)
TELLING: dict[State, tuple[Entry, ...]] = {
    State.OPEN: (Entry.OPENED, Entry.REOPENED, Entry.RELEASED, Entry.LAPSED, Entry.SPLIT),
    State.ACKNOWLEDGED: (Entry.ACKNOWLEDGED, Entry.SPLIT),
    State.MITIGATED: (Entry.MITIGATED, Entry.SPLIT),
    State.RESOLVED: (Entry.RESOLVED,),
    State.VERIFIED: (Entry.VERIFIED,),
    State.CLOSED: (Entry.CLOSED, Entry.MERGED),
}


def policy() -> Policy:
    terms = {p: Term("business", seconds=3600.0 * (n + 1)) for n, p in enumerate(Priority)}
    plain = policy_of_tests()
    p3 = plain.priorities[Priority.P3]
    clocks = {
        "acknowledge": Term("business", seconds=14400.0),
        "update": Term("business", days=1),
        "resolve": Term("business", days=3),
    }
    return replace(
        plain,
        priorities={**plain.priorities, Priority.P3: replace(p3, clocks=clocks)},
        hours={"business": Hours(WEEK, "08:00", "18:00", holidays=False)},
        calendars={"c": Calendar("c", "DE", "BE", "Australia/Lord_Howe", {})},
        contracts={"s": Contract("s", "", "business", (), 0.99, terms, terms)},
        clients={"harbour": Client("harbour", "s", "c")},
        calendar="c",
        components={
            "gateway": Part("gateway", ("site",), ("GatewayDown",)),
            "device": Part("device", (), ("DeviceOffline",), needs={"gateway": ("site",)}),
        },
    )


RULES = Rules(
    policy(),
    5 * MINUTE,
    identity=("alertname", "site"),
    reopen=HOUR,
    flap=FlapRule(3, 30 * MINUTE),
    lapse={Priority.P1: 30 * MINUTE, Priority.P2: 2 * HOUR},
    close=2 * DAY,
)
PLAIN: tuple[Any, ...] = (
    *(events.Acknowledge, events.Release, events.Mitigate, events.Resolve, events.Verify),
    *(events.Close, events.Reopen, events.Update, events.Comment, events.Wait, events.Resume),
)
COMMANDS = (
    st.sampled_from([kind("somebody") for kind in PLAIN])
    | st.builds(lambda p: events.Prioritise("somebody", priority=p), st.sampled_from(Priority))
    | st.just(events.Assign("somebody", "another"))
)
SOME = st.sets(st.sampled_from(DEVICES), min_size=1)


class Life(RuleBasedStateMachine):
    """Devices that fail and heal, messages that come twice, late or not at all, people, time."""

    @initialize()
    def begin(self) -> None:
        self.bench = Bench(RULES)
        self.starts: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.messages: list[Message] = []
        self.former: dict[int, Incident] = {}
        self.notes = 0

    @rule(devices=SOME, priority=st.sampled_from(["P1", "P2", "P3", "P4", "?"]))
    def fail(self, devices: set[str], priority: str) -> None:
        self.starts |= {d: self.bench.now for d in devices if d not in self.starts}
        self.send(devices, priority)

    @rule(devices=SOME)
    def heal(self, devices: set[str]) -> None:
        for device in devices & set(self.starts):
            del self.starts[device]
            self.ends[device] = self.bench.now
        self.send(devices, "P2")

    @rule(devices=SOME)
    def heal_unheard(self, devices: set[str]) -> None:
        """The message is lost."""
        for device in devices & set(self.starts):
            del self.starts[device]
            self.ends[device] = self.bench.now

    def send(self, devices: set[str], priority: str) -> None:
        more = {"priority": priority, "client": "harbour"}
        told = [
            sighting(d, starts=self.starts[d], site="ab"[int(d) % 2], **more)
            if d in self.starts
            else over(d, ends=self.ends.get(d, self.bench.now), site="ab"[int(d) % 2], **more)
            for d in sorted(devices)
        ]
        self.deliver(message(*told))

    def deliver(self, told: Message) -> None:
        self.messages.append(told)
        self.bench.take_message(told)
        before = (dict(self.bench.work.incidents), len(self.bench.work.pages))
        notes = len(self.bench.work.notes)
        # The same once more, at once: nothing at all.
        firing = replace(told, sightings=tuple(s for s in told.sightings if s.firing))
        assert not self.bench.take_message(firing, after=0)
        assert (dict(self.bench.work.incidents), len(self.bench.work.pages)) == before
        assert len(self.bench.work.notes) == notes

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def repeat_an_old_one(self, data: st.DataObject) -> None:
        self.bench.take_message(data.draw(st.sampled_from(self.messages)))

    @rule(state=st.sampled_from(["down", "up"]), site=st.sampled_from("ab"))
    def gateway(self, state: str, site: str) -> None:
        alert = {"alertname": "GatewayDown", "site": site, "priority": "P1"}
        now, firing = self.bench.now, state == "down"
        self.deliver(
            message(sighting("g", starts=now, **alert) if firing else over("g", now, **alert))
        )

    @precondition(lambda self: self.bench.work.incidents)
    @rule(data=st.data(), commands=st.lists(COMMANDS, min_size=1, max_size=6))
    def people(self, data: st.DataObject, commands: list[events.Command]) -> None:
        number = data.draw(st.sampled_from(sorted(self.bench.work.incidents)))
        for command in commands:
            incident = self.bench.incident(number)
            taken = self.bench.work.active.get(incident.key, number)
            if isinstance(command, events.Reopen) and taken != number:
                continue
            try:
                self.bench.command(number, command)
            except Refused:
                assert self.bench.incident(number) is incident

    @precondition(lambda self: self.bench.work.active)
    @rule(data=st.data(), devices=SOME)
    def merge_or_split(self, data: st.DataObject, devices: set[str]) -> None:
        active = st.sampled_from(sorted(self.bench.work.active.values()))
        one, into = data.draw(active), data.draw(active)
        with suppress(Refused):
            if one == into:
                self.bench.split(one, *devices)
            else:
                self.bench.merge(one, into)

    @rule(after=st.sampled_from([SECOND, MINUTE, 6 * MINUTE, HOUR, DAY]))
    def time_goes_by(self, after: int) -> None:
        self.bench.wait(after)

    @rule(after=st.sampled_from([6 * MINUTE, 3 * HOUR, 3 * DAY]))
    def the_service_is_away(self, after: int) -> None:
        self.bench.now += after

    @invariant()
    def every_appointment_is_kept_or_ahead(self) -> None:
        self.bench.tick_all()
        for incident in self.bench.work.incidents.values():
            assert incident.attention_at is None or incident.attention_at > self.bench.now

    @invariant()
    def one_unresolved_incident_of_a_key(self) -> None:
        unresolved = [i for i in self.bench.work.incidents.values() if not i.over]
        assert {i.key: i.id for i in unresolved} == self.bench.work.active
        assert len(unresolved) == len(self.bench.work.active)

    @invariant()
    def no_alert_is_lost(self) -> None:
        fire = Counter(e.incident for e in self.bench.work.episodes.values() if e.firing)
        for incident in self.bench.work.incidents.values():
            assert incident.firing == fire.pop(incident.id, 0)
            if incident.over:
                continue
            by_hand = any(
                note.kind is Entry.REOPENED and note.actor == "somebody"
                for note in self.bench.work.notes
                if note.incident == incident.id
            )
            assert by_hand or (incident.quiet_until is None) == bool(incident.firing)
            assert incident.quiet_until is None or not incident.firing
        assert not fire

    @invariant()
    def nobody_is_paged_twice_for_one_reason(self) -> None:
        for incident in self.bench.work.incidents.values():
            assert len(set(incident.paged)) == len(incident.paged)
            pages = Counter((p.channel, p.reason) for p in self.bench.pages(incident.id))
            for (_, reason), times in pages.items():
                if reason in ONCE:
                    assert times <= incident.reopened + 1

    @invariant()
    def the_deadlines_are_those_that_are_explained(self) -> None:
        for incident in self.bench.work.incidents.values():
            if incident.over:
                continue
            assert counted(incident, self.bench.now, RULES) == incident
            for one in deadlines(incident, self.bench.now, RULES).clocks:
                due = due_at(incident, one.clock)
                if due is not None:
                    assert due // 1000 == round(one.deadline.at.timestamp() * 1_000_000)
                    assert one.met_at is None
                else:
                    assert one.met_at is not None or one.paused

    @invariant()
    def nothing_changes_unsaid(self) -> None:
        fresh = self.bench.work.notes[self.notes :]
        self.notes = len(self.bench.work.notes)
        for number, incident in self.bench.work.incidents.items():
            former = self.former.get(number)
            kinds = {note.kind for note in fresh if note.incident == number}
            assert all(note.actor for note in fresh)
            if former is None or former.state is not incident.state:
                assert kinds & set(TELLING[incident.state]), (former, incident, kinds)
            if former is None:
                continue
            assert incident.opened_at == former.opened_at
            assert incident.reopened >= former.reopened
            if former.priority is not incident.priority:
                assert kinds & {Entry.PRIORITY}
            same = former.reopened == incident.reopened
            if former.over and same:
                assert incident.resolved_at == former.resolved_at
            if same and former.state is State.CLOSED:
                assert incident.state is State.CLOSED
        self.former = dict(self.bench.work.incidents)

    @invariant()
    def a_pause_brings_no_deadline_forward(self) -> None:
        for incident in self.bench.work.incidents.values():
            if incident.over or incident.waiting:
                continue
            clocks = replace(incident.clocks, pauses=())
            without = counted(replace(incident, clocks=clocks), self.bench.now, RULES)
            for clock in (Clock.RESOLVE, Clock.RESOLUTION):
                with_them, sooner = due_at(incident, clock), due_at(without, clock)
                assert (with_them is None) == (sooner is None)
                assert with_them is None or sooner is None or with_them >= sooner

    @invariant()
    def what_follows_from_another_holds_its_tongue(self) -> None:
        for incident in self.bench.work.incidents.values():
            if incident.cause is not None:
                assert not self.bench.incident(incident.cause).over
                assert not incident.over


def test_life_at_random() -> None:
    run_state_machine_as_test(
        Life, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )


@pytest.mark.slow
def test_life_at_random_for_long() -> None:
    run_state_machine_as_test(
        Life, settings=settings(max_examples=1500, stateful_step_count=60, deadline=None)
    )


def test_the_states_and_entries_that_tell_of_them_are_all() -> None:
    assert set(TELLING) == set(State)
    assert {f.name for f in fields(Incident)} >= {"attention_at", "paged", "held"}
