"""YAML documents: positions, refusals, bounded cost."""

import pickle
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.documents import (
    MAX_BYTES,
    Document,
    load_document,
    parse_document,
    parse_documents,
    plain_scalar,
)


def refusal(text: str) -> tuple[str, Position | None]:
    with pytest.raises(Unusable) as caught:
        parse_document(text, "f.yaml")
    first = caught.value.problems[0]
    return first.code, first.position


@given(st.lists(st.text("abcdefgh", min_size=1), unique=True, min_size=1, max_size=60), st.data())
def test_positions_in_a_mapping_of_any_size(keys: list[str], data: st.DataObject) -> None:
    """Each key stands on a line of its own, and its value behind it."""
    document = parse_document("".join(f"{key}: '{key}'\n" for key in keys), "f.yaml")
    restored = pickle.loads(pickle.dumps(document))  # noqa: S301 – as another process hands it over
    for key in data.draw(st.permutations(keys)):
        line = keys.index(key) + 1
        for each in (document, restored):
            assert each.position([key], key=True) == Position("f.yaml", line, 1)
            assert each.position([key]) == Position("f.yaml", line, len(key) + 3)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_positions_in_a_sequence(numbers: list[int]) -> None:
    document = parse_document(f"{numbers}\n", "f.yaml")
    column = 2
    for place, number in enumerate(numbers):
        assert document.position([place]) == Position("f.yaml", 1, column)
        column += len(f"{number}, ")


def test_a_copy_has_the_same_content_and_no_places() -> None:
    """`dataclasses.asdict` copies what it finds by the type that it has."""
    data = parse_document("a: [1, 2]\nb: {c: d}\n", "f.yaml").data
    copy = asdict(_Holder(data))["held"]
    assert copy == data == {"a": [1, 2], "b": {"c": "d"}}
    assert Document("f.yaml", copy, ()).position(["a", 1]) == Position("f.yaml", 0, 0)


@dataclass
class _Holder:
    held: object


def test_positions_of_keys_and_values() -> None:
    document = parse_document("a:\n  - b: 1\n    long: text\n", "f.yaml")
    assert document.position(["a", 0, "long"], key=True) == Position("f.yaml", 3, 5)
    assert document.position(["a", 0, "long"]) == Position("f.yaml", 3, 11)


def test_a_path_that_leads_nowhere_points_at_its_deepest_part() -> None:
    document = parse_document("a:\n  b: 1\n", "f.yaml")
    assert document.position(["a", "missing", "deeper"]) == Position("f.yaml", 2, 3)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "duplicate-key", 2, 1),
        ("a: [1\n", "yaml-syntax", 2, 1),
        ("a: \0\n", "yaml-syntax", 1, 4),
        ("b: 1\n\ta: 1\n", "yaml-syntax", 2, 1),
        ("a: *nobody\n", "yaml-syntax", 1, 4),
        ("a: &x [*x]\n", "yaml-syntax", 1, 8),
        ("a: !!python/name:os.system x\n", "unknown-tag", 1, 4),
        ("? [1, 2]\n: x\n", "key-not-text", 1, 3),
        ("", "not-one-document", 1, 1),
        ("a: 1\n---\nb: 2\n", "not-one-document", 1, 1),
        ("[" * 5000, "nested-too-deep", 1, 65),
    ],
)
def test_refusals_have_a_place(text: str, code: str, line: int, column: int) -> None:
    assert refusal(text) == (code, Position("f.yaml", line, column))


def test_a_merge_key_brings_what_is_not_there_with_its_place() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  y: 5\n  <<: [*a, *b]\nd: {<<: *a}\n"
    document = parse_document(text, "f.yaml")
    assert document.data["c"] == {"y": 5, "x": 1, "z": 4}
    assert document.data["d"] == {"x": 1, "y": 2}
    assert document.position(["c", "z"], key=True) == Position("f.yaml", 2, 14)
    assert document.position(["c", "y"]) == Position("f.yaml", 4, 6)


def test_a_merge_key_of_no_mapping_is_a_key() -> None:
    assert parse_document("a: {<<: 1}\nb: {<<: [x]}\n", "f.yaml").data["b"] == {"<<": ["x"]}


def test_every_duplicate_key_is_reported_at_once() -> None:
    with pytest.raises(Unusable) as caught:
        parse_document("a: 1\na: 2\nb: 1\nb: 2\n", "f.yaml")
    assert [p.position.line for p in caught.value.problems if p.position] == [2, 4]


def test_an_alias_bomb_is_refused_in_bounded_time() -> None:
    layers = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12)]
    started = time.monotonic()
    code, _ = refusal("\n".join(layers))
    assert code == "too-many-aliases"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-10-01", "2026-10-01"),
        ("0o14", "0o14"),
        ("1_000", "1_000"),
        ("true", True),
        ("~", None),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", float("inf")),
        ("85%", "85%"),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


def test_quoted_scalars_stay_text() -> None:
    assert parse_document("a: '1'\nb: \"true\"\n", "f").data == {"a": "1", "b": "true"}


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    cases = {"missing.yaml": None, "latin.yaml": b"a: \xe4\n", "big.yaml": b" " * (MAX_BYTES + 1)}
    codes = []
    for name, content in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(Unusable) as caught:
            load_document(tmp_path / name)
        codes.append(caught.value.problems[0].code)
    assert codes == ["unreadable-file", "not-utf-8", "file-too-large"]


def test_a_folder_and_a_nul_in_the_path_are_problems(tmp_path: Path) -> None:
    for path in (tmp_path, Path("a\0b")):
        with pytest.raises(Unusable) as caught:
            load_document(path)
        assert caught.value.problems[0].code == "unreadable-file"


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_data_or_a_problem(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        parse_documents(text, "f.yaml")
    except Unusable as error:
        problems = error.problems
    assert all(p.position is not None for p in problems)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(st.characters(codec="ascii")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdefg", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


class QuotingDumper(yaml.SafeDumper):
    pass


QuotingDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_what_yaml_writes_comes_back(data: object) -> None:
    # Texts quoted: the writer follows YAML 1.1, where 0E0 is text.
    written = yaml.dump(data, Dumper=QuotingDumper, default_flow_style=False)
    assert parse_document(written, "f").data == data
