"""Random configurations and label sets, small enough to collide often."""

from typing import Any

from hypothesis import strategies as st

NAMES = ("alertname", "team", "site", "job")
VALUES = ("", "a", "b", "ab", "a b", 'a"b', "a\\b", "ä", "a\nb")
PATTERNS = (
    "a",
    "a|b",
    "a.*",
    ".*",
    ".+",
    "",
    "[ab]+",
    "(?i)A",
    "a.b",
    "^a$",
    "a|",
    "\\w+",
    "a)|(b",
)
RECEIVERS = ("one", "two", "three", "four")

labels = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=4)


def quoted(value: str) -> str:
    """Return a value as both syntaxes of matchers read it in quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _line(name: str, operator: str, value: str) -> str:
    return f"{name}{operator}{quoted(value)}"


equal_lines = st.builds(
    _line, st.sampled_from(NAMES), st.sampled_from(["=", "!="]), st.sampled_from(VALUES)
)
regex_lines = st.builds(
    _line, st.sampled_from(NAMES), st.sampled_from(["=~", "!~"]), st.sampled_from(PATTERNS)
)
lines = st.lists(equal_lines | regex_lines, max_size=2)
odd_lines = st.text(alphabet="ab=!~\"\\,{} '.n", max_size=10).map(lambda text: f"a{text}")


def routes(children: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return routes with these children, each part there or not."""
    return st.fixed_dictionaries(
        {},
        optional={
            "receiver": st.sampled_from(RECEIVERS),
            "continue": st.booleans(),
            "matchers": lines,
            "match": st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=1),
            "match_re": st.dictionaries(
                st.sampled_from(NAMES), st.sampled_from(PATTERNS[:-1]), max_size=1
            ),
            "routes": children,
        },
    )


trees = st.recursive(
    st.just([]), lambda inner: st.lists(routes(inner), min_size=1, max_size=3), max_leaves=6
)


def configuration(tree: list[Any]) -> dict[str, Any]:
    """Return a configuration with routes below the root."""
    return {
        "route": {"receiver": "root", "routes": tree},
        "receivers": [{"name": name} for name in ("root", *RECEIVERS)],
    }


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def _ranges(first: int, last: int) -> st.SearchStrategy[list[str]]:
    pairs = st.tuples(st.integers(first, last), st.integers(first, last)).map(sorted)
    return st.lists(pairs.map(lambda pair: f"{pair[0]}:{pair[1]}"), min_size=1, max_size=2)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


times = st.lists(
    st.lists(st.sampled_from(range(0, 1441, 15)), min_size=2, max_size=2, unique=True)
    .map(sorted)
    .map(lambda edges: {"start_time": _clock(edges[0]), "end_time": _clock(edges[1])}),
    min_size=1,
    max_size=2,
)
intervals = st.fixed_dictionaries(
    {"location": st.sampled_from(ZONES)},
    optional={
        "times": times,
        "weekdays": st.lists(
            st.sampled_from(["sunday", "monday:friday", "saturday", "sunday:tuesday"]), min_size=1
        ),
        "days_of_month": st.one_of(_ranges(1, 31), _ranges(-28, -1), st.just(["-7:-1", "1"])),
        "months": _ranges(1, 12),
        "years": _ranges(2026, 2031),
    },
)


def named_intervals(count: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return lists of so many named intervals: a, b and so on."""
    several = st.lists(intervals, min_size=1, max_size=3)
    return st.tuples(*[several] * count).map(
        lambda lists: [
            {"name": "abcdef"[number], "time_intervals": found}
            for number, found in enumerate(lists)
        ]
    )
