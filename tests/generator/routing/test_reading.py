"""What is read of anybody's file, however it is written; what is wrong becomes problems."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.generator.routing.configuration import Configuration
from sothat.generator.routing.go_quoting import unquote
from sothat.generator.routing.matcher_syntax import classic, fallback, utf8
from sothat.generator.routing.reading import read_configuration
from sothat.generator.routing.walking import group_labels, receiving
from sothat.model.problem import Unusable
from sothat.runtime.documents import Document, parse_document

HEAD = "receivers: [{name: a}, {name: b}]\nroute:\n  receiver: a\n"


def read(text: str) -> Configuration:
    return read_configuration(parse_document(HEAD + text, "a.yml"))


def receivers(text: str, **labels: str) -> list[str]:
    return [route.receiver for route in receiving(read(text).route, labels)]


@pytest.mark.parametrize(
    ("written", "value"),
    [("007", "007"), ("1.10", "1.10"), ("1e3", "1e3"), ("True", "True"), ("~", ""), ("yes", "yes")],
)
def test_scalars_are_the_text_that_is_written(written: str, value: str) -> None:
    assert receivers(f"  routes: [{{match: {{code: {written}}}, receiver: b}}]", code=value) == [
        "b"
    ]


@pytest.mark.parametrize("written", ["true", "yes", "On", "Y"])
def test_flags_as_go_reads_them(written: str) -> None:
    tree = f"  routes: [{{receiver: b, continue: {written}}}, {{receiver: a}}]"
    assert receivers(tree) == ["b", "a"]


def test_what_is_inherited() -> None:
    config = read(
        "  group_by: [x]\n  group_wait: 5s\n  routes:\n"
        "    - {routes: [{group_by: [], matchers: [deep=yes]}]}\n"
        "    - {group_by: ['...']}\n"
    )
    first, everything = config.route.routes
    assert (first.receiver, first.group_by, first.group_wait) == ("a", ("x",), 5.0)
    assert first.routes[0].group_by == ()
    assert group_labels(everything, {"p": "q"}) == {"p": "q"}
    assert group_labels(first, {"x": "1", "p": "q"}) == {"x": "1"}
    assert (first.group_interval, first.repeat_interval) == (300.0, 14400.0)


def test_all_problems_come_at_once_with_their_places() -> None:
    with pytest.raises(Unusable) as raised:
        read(
            "  routes:\n    - receiver: c\n      mute_time_intervals: [never]\n"
            "      matchers: ['=']\n"
        )
    found = [(str(p.position), p.code) for p in raised.value.problems]
    assert found == [
        ("a.yml:7:18", "bad-matcher"),
        ("a.yml:5:17", "bad-routing"),
        ("a.yml:6:29", "bad-routing"),
    ]


def test_matchers_print_as_alertmanager_prints_them() -> None:
    (found,) = utf8('"a b"=~"x\\\\.y\\""')
    assert str(found) == '"a b"=~"x\\\\.y\\""'
    assert [str(m) for m in classic('{a="b",c!~d}')] == ['a="b"', 'c!~"d"']
    # The two syntaxes disagree on this one, and then the classic one counts.
    assert fallback('a="\\t"')[0].value == "\\t"
    assert utf8('a="\\t"')[0].value == "\t"


@given(st.text())
def test_any_text_is_quoted_and_back(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    assert unquote(f'"{escaped}"') == text


KEYS = st.sampled_from(
    ["route", "routes", "receiver", "receivers", "name", "match", "match_re", "matchers", "equal",
     "continue", "group_by", "group_wait", "time_intervals", "mute_time_intervals", "times",
     "start_time", "end_time", "weekdays", "days_of_month", "months", "years", "location", "<<",
     "inhibit_rules", "source_match", "target_matchers", "webhook_configs", "url"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-50, 5000),
    st.floats(allow_nan=False),
    st.sampled_from(["a", "a=b", "...", "1:5", "sunday", "08:00", "UTC", "../x", "(", "\x00", ""]),
)
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5)
)


WHOLE = st.fixed_dictionaries(
    {"route": ANY, "receivers": ANY},
    optional={"time_intervals": ANY, "mute_time_intervals": ANY, "inhibit_rules": ANY},
)


@settings(max_examples=400, deadline=None)
@given(ANY | WHOLE)
def test_anything_is_read_or_refused(data: Any) -> None:
    try:
        found = read_configuration(Document("a.yml", data, ()))
    except Unusable:
        return
    assert receiving(found.route, {"a": "b"})
