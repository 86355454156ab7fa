"""Which gaps are found, and when they are due."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.reconciler.compare import Held, Memory, Terms, compare
from sothat.incidents.reconciler.view import Known, Route, Silence, View
from sothat.incidents.times import SECOND

TERMS = Terms(receivers=frozenset({"us"}), default=300, slack=30, settle=600)
NOW = 1_800_000_000 * SECOND
US = Route("us", {"site": "a"})


def known(name: str, **change: object) -> Known:
    return Known(
        **{
            "fingerprint": name,
            "labels": {"alertname": name},
            "annotations": {},
            "starts_at": NOW - SECOND,
            "routes": (US,),
            **change,
        }  # type: ignore[arg-type]
    )


def held(name: str, *, firing: bool = True, incident: int = 1) -> Held:
    return Held(name, firing, NOW - SECOND, incident, {"alertname": name})


def view(*alerts: Known, **change: object) -> View:
    return View({a.fingerprint: a for a in alerts}, **change)  # type: ignore[arg-type]


def after(ours: Mapping[str, Held], theirs: View, seconds: int, former: Memory | None = None):
    first = compare(ours, theirs, former or Memory(), NOW, TERMS)
    return compare(ours, theirs, first.memory, NOW + seconds * SECOND, TERMS)


def test_a_lost_firing_is_due_after_the_time_that_a_message_may_take() -> None:
    assert not after({}, view(known("a")), 329).lost
    found = after({}, view(known("a")), 330).lost
    assert [(f.known.fingerprint, f.route, f.since) for f in found] == [("a", US, NOW)]


def test_alertmanagers_own_interval_is_the_wait_where_it_is_known() -> None:
    quick = view(known("a"), patience={"us": 10.0})
    assert not after({}, quick, 39).lost
    assert after({}, quick, 40).lost


def test_what_goes_to_others_is_silenced_or_is_held_is_not_lost() -> None:
    others = known("a", routes=(Route("them", {}),))
    silenced = known("b", silenced_by=("s",))
    quiet = known("c", quiet="inhibited")
    theirs = view(others, silenced, quiet, known("d"))
    assert not after({"d": held("d")}, theirs, 9999).lost


def test_what_has_ended_with_us_and_fires_with_them_is_lost() -> None:
    assert after({"a": held("a", firing=False)}, view(known("a")), 330).lost


def test_a_message_that_comes_in_time_closes_the_gap() -> None:
    first = compare({}, view(known("a")), Memory(), NOW, TERMS)
    middle = compare({"a": held("a")}, view(known("a")), first.memory, NOW + 100 * SECOND, TERMS)
    late = compare({}, view(known("a")), middle.memory, NOW + 400 * SECOND, TERMS)
    assert not late.lost


def test_an_end_is_swallowed_once_the_alert_stays_away() -> None:
    assert not after({"a": held("a")}, view(), 329).ended
    assert [e.held.fingerprint for e in after({"a": held("a")}, view(), 330).ended] == ["a"]


def test_absence_proves_nothing_without_all_peers_or_soon_after_a_start() -> None:
    ours = {"a": held("a")}
    assert not after(ours, view(complete=False), 9999).ended
    young = view(since=NOW)
    assert not after(ours, young, 599).ended
    settled = compare(ours, young, Memory(), NOW + 600 * SECOND, TERMS)
    assert not settled.ended
    later = compare(ours, young, settled.memory, NOW + 930 * SECOND, TERMS)
    assert later.ended


def test_an_alert_of_another_receiver_has_not_ended() -> None:
    elsewhere = known("a", routes=(Route("them", {}),))
    assert not after({"a": held("a")}, view(elsewhere), 9999).ended


def test_silences_are_told_when_they_change() -> None:
    silence = Silence("s", "works", "operator", None)
    theirs = view(known("a", silenced_by=("s",)), known("b"), silences={"s": silence})
    ours = {"a": held("a"), "b": held("b")}
    first = compare(ours, theirs, Memory(), NOW, TERMS)
    assert [(s.incident, s.silences) for s in first.silenced] == [(1, (silence,))]
    again = compare(ours, theirs, first.memory, NOW, TERMS)
    assert not again.silenced
    over = compare(ours, view(known("a"), known("b")), again.memory, NOW, TERMS)
    assert [(s.incident, s.silences) for s in over.silenced] == [(1, ())]


def test_a_clock_that_is_set_back_begins_the_wait_anew() -> None:
    first = compare({}, view(known("a")), Memory(), NOW, TERMS)
    back = compare({}, view(known("a")), first.memory, NOW - 3600 * SECOND, TERMS)
    assert not compare(
        {}, view(known("a")), back.memory, NOW - 3600 * SECOND + 329 * SECOND, TERMS
    ).lost


NAMES = st.sets(st.sampled_from("abcdef"))


@given(ours=NAMES, both=NAMES, full=st.booleans())
def test_what_both_know_alike_is_never_repaired(
    ours: set[str], both: set[str], *, full: bool
) -> None:
    mine = {n: held(n, firing=n in both) for n in ours | both}
    theirs = view(*(known(n) for n in sorted(both)), complete=full)
    found = after(mine, theirs, 10_000)
    assert not found.lost
    assert not found.ended


@given(NAMES, NAMES)
def test_every_difference_is_repaired_once_it_is_due(ours: set[str], theirs: set[str]) -> None:
    found = after({n: held(n) for n in ours}, view(*(known(n) for n in sorted(theirs))), 10_000)
    assert {r.known.fingerprint for r in found.lost} == theirs - ours
    assert {r.held.fingerprint for r in found.ended} == ours - theirs
