"""A server is asked in pieces, smaller ones where it finds it hard; what fails is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.live.backtest.asking import Asker, Counted, Tally
from sothat.live.backtest.coverage import Coverage
from sothat.live.backtest.levels import candidates, level_of
from sothat.live.backtest.recorded import Recorded, expanded
from sothat.live.backtest.replay import replay
from sothat.live.backtest.subject import Grid, Subject
from sothat.model.problem import Problem, Unusable
from sothat.runtime.prometheus import PrometheusFailed, Series


class Server:
    """Has one series that is always there; bears so many steps, and fails at some moments."""

    def __init__(self, bears=10**9, fails=frozenset()):
        self.bears, self.fails, self.asked = bears, fails, []

    def range(self, query, start, end, step):  # noqa: ARG002 – as the protocol has it
        numbers = range(round(start), round(end) + 1, round(step))
        self.asked.append(len(numbers))
        if len(numbers) > self.bears:
            raise PrometheusFailed(Problem("query-too-heavy", "too much"), heavy=True)
        if self.fails & set(numbers):
            raise PrometheusFailed(Problem("query-refused", "many-to-many"), evaluated=True)
        return (Series({"a": "b"}, [(float(n), 1.0) for n in numbers]),)


def ask(server, count, most=1000):
    tally, slept = Tally(), []
    asker = Asker(Counted(server, lambda: 0.0, tally), lambda: 0.0, slept.append, most, tally)
    return list(asker.pieces("m", Grid(0, 1000, count))), tally, slept


@given(st.integers(1, 300), st.integers(1, 50), st.integers(1, 100), st.sets(st.integers(0, 300)))
def test_each_evaluation_is_told_once_or_failed(count, bears, most, fails):
    pieces, _, _ = ask(Server(bears, frozenset(fails)), count, most)
    told = [n for piece in pieces for row in piece.rows for n in row.numbers]
    failed = [n for piece in pieces for n in piece.failed]
    assert sorted(told + failed) == list(range(count))
    assert told == sorted(told)
    assert set(failed) == {n for n in fails if n < count}


def test_what_was_too_much_is_not_asked_for_again():
    server = Server(bears=100)
    _, tally, slept = ask(server, 4000, most=1000)
    assert sum(asked > 100 for asked in server.asked) <= 15
    assert tally.smaller == len(slept)


def test_a_server_that_bears_nothing_is_given_up():
    with pytest.raises(PrometheusFailed):
        ask(Server(bears=0), 100)


def test_a_query_that_always_fails_is_given_up():
    with pytest.raises(PrometheusFailed) as caught:
        ask(Server(fails=frozenset(range(5000))), 5000)
    assert caught.value.code == "query-refused"


def test_failed_evaluations_change_nothing():
    server = Server(fails=frozenset((5, 6)))
    asker = Asker(server, lambda: 0.0, lambda _: None)
    found = replay(Subject("A", "m", 4000, 0), Grid(0, 1000, 20), asker, sweep=False)
    ((_, episode),) = found.episodes()
    assert (episode.active, episode.fired, episode.ended) == (0, 4000, None)
    assert found.reason == "many-to-many"


RULES = {
    "a:b": (Recorded('sum by (x) (m{y="z"})', {"l": "$1"}),),
    "c:d": (Recorded("rate(a:b[5m])"),),
    "e:f": (Recorded("max(a:b)"),),
}


def test_a_rule_stands_for_its_series():
    found = expanded('a:b{x!~"p.+",l="$1"} > 5', RULES, ["a:b"])
    assert 'sum by (x) (m{y="z"})' in found
    assert '"l", "$$1"' in found
    assert "unless on (sothat_kept)" in found
    assert expanded("e:f > 1", RULES, ["e:f", "a:b"]).count("sum by (x)") == 1
    assert expanded("a:b > 5", RULES, ["c:d"]) == "a:b > 5"


@pytest.mark.parametrize(
    "expr", ["rate(a:b[5m])", "a:b offset 1h", "a:b @ 5", "max_over_time(a:b[1h:1m])", "c:d > 1"]
)
def test_no_rule_stands_for_what_was_recorded(expr):
    with pytest.raises(Unusable) as caught:
        expanded(expr, RULES, ["a:b", "c:d"])
    assert caught.value.problems[0].code == "replay-unsound"


class Named:
    """Has series of some names only, each from some moment on."""

    def __init__(self, **since):
        self.since = since

    def range(self, query, start, end, step):
        inner = query.removeprefix("count(").removesuffix(")")
        first = self.since.get(inner.replace(":", "_"))
        if first is None and inner not in self.since and "sum by (x)" in inner:
            first = self.since.get("m")
        if first is None:
            return ()
        return (
            Series(
                {}, [(float(t), 1.0) for t in range(int(start), int(end), int(step)) if t >= first]
            ),
        )


def lacking(server, expr="a:b"):
    return Coverage(server, RULES, 0, 6000).lacking(expr)


def test_a_record_is_lacking_where_its_rule_knows_more():
    assert lacking(Named(m=0)) == {"a:b"}
    assert lacking(Named(m=0, a_b=0)) == frozenset()
    assert lacking(Named(m=0, a_b=3000)) == {"a:b"}
    assert lacking(Named(m=3000, a_b=3000)) == frozenset()
    assert lacking(Named()) == frozenset()
    assert "c:d" in lacking(Named(m=0), "c:d > 1")


@pytest.mark.parametrize(
    ("expr", "operator", "value"),
    [
        ("m > 5", ">", 5.0),
        ("((m) <= -2.5)", "<=", -2.5),
        ("(m > 5 and on (a) n < 3) unless o > 1", ">", 5.0),
        ("m == 5", None, None),
        ("m > bool 5", None, None),
        ("m > n", None, None),
        ("5 < m", None, None),
        ("m > 5 or n > 3", None, None),
        ("sum(m > 5)", None, None),
    ],
)
def test_the_level_that_decides(expr, operator, value):
    level = level_of(expr)
    assert (level.operator, level.value) == (operator, value) if level else operator is None


def test_levels_that_are_tried_begin_with_the_mildest():
    assert candidates(level_of("m > 10")) == (5, 8, 9, 10, 11, 12.5, 15, 20)
    assert candidates(level_of("m < 10")) == (20, 15, 12.5, 11, 10, 9, 8, 5)
    assert level_of("m < 10").mildest((5, 20)) == 20
    assert level_of('x{a="b\\"c"} > 5 and y').with_value(2.0) == 'x{a="b\\"c"} > 2.0 and y'
