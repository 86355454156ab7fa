"""Top lists whose labels stay, and the counter of the rest."""

from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.topmost import Recent, Remainder, Topmost

WEIGHTS = st.dictionaries(st.integers(0, 30), st.floats(0, 1e9))


def test_the_heaviest_are_seated_and_equals_in_their_order():
    assert Topmost(2).choose({"a": 1, "b": 3, "c": 2}) == ("b", "c")
    assert Topmost(2).choose(dict.fromkeys("abc", 0)) == ("a", "b")


def test_a_seat_is_kept_for_a_while_at_least():
    top = Topmost(1, stay=3)
    assert [top.choose({"a": 1, "b": 100 * n})[0] for n in range(6)] == [*"aaaa", *"bb"]


def test_a_seat_is_kept_until_somebody_is_twice_as_heavy():
    top = Topmost(2, stay=0)
    top.choose({"a": 10, "b": 10})
    assert set(top.choose({"a": 10, "b": 10, "c": 20})) == {"a", "b"}
    assert set(top.choose({"a": 10, "b": 11, "c": 21})) == {"b", "c"}


def test_who_has_gone_leaves_the_seat():
    top = Topmost(2)
    top.choose({"a": 10, "b": 10})
    assert set(top.choose({"a": 10, "c": 1})) == {"a", "c"}


def test_no_more_than_a_tenth_changes_at_once():
    top = Topmost(20, stay=0)
    first = set(top.choose(dict.fromkeys(range(20), 1)))
    second = set(top.choose({n: 1 if n < 20 else 100 for n in range(40)}))
    assert len(first - second) == 2


@given(st.lists(WEIGHTS, max_size=10), st.integers(1, 12), st.integers(0, 3))
def test_there_are_never_more_than_seats_nor_fewer_than_could_be(polls, size, stay):
    top = Topmost(size, stay)
    for weights in polls:
        seated = top.choose(weights)
        assert len(set(seated)) == len(seated) == min(size, len(weights))
        assert set(seated) <= set(weights)
        assert top.seated == seated


def test_growth_of_late_counts_more_than_that_of_long_ago():
    recent = Recent(0.5)
    assert recent.update({"old": 1000}) == {"old": 0}
    assert recent.update({"old": 1100, "new": 7}) == {"old": 100, "new": 0}
    assert recent.update({"old": 1100, "new": 107}) == {"old": 50, "new": 100}
    assert recent.update({"old": 0, "new": 107}) == {"old": 25, "new": 50}


def test_the_rest_counts_what_nobody_else_does():
    rest = Remainder()
    assert rest.update(100, {"a": 60}) == 40
    assert rest.update(130, {"a": 80}) == 50
    # b takes a's seat: its past stays with the rest, a's future comes to it
    assert rest.update(150, {"b": 45}) == 70
    assert rest.update(170, {"b": 60}) == 75


@given(st.lists(st.tuples(st.floats(0, 1e9), WEIGHTS), max_size=20))
def test_the_rest_never_falls(polls):
    rest = Remainder()
    before = 0.0
    for total, members in polls:
        value = rest.update(total, members)
        assert value >= before
        before = value
