"""Fault trees: written as an outline and back, what follows, and what suffices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.incidents.reviews.content import FaultNode, FaultTree
from sothat.incidents.reviews.fault_tree import cut_sets, follows, problems
from sothat.incidents.reviews.tree_outline import BadOutline, outline_of, tree_of

WATER = """\
OR: No water in block B
  [x] The pump stood still
  AND: Both valves were shut
    [x] Valve 1 was shut
    [ ] Valve 2 was shut
"""


def names(tree: FaultTree) -> list[list[str]]:
    texts = {node.id: node.text for node in tree.nodes}
    return [sorted(texts[one] for one in found) for found in cut_sets(tree)]


def test_an_outline_is_a_tree_and_back() -> None:
    tree = tree_of(WATER)
    assert [(node.gate, node.happened) for node in tree.nodes] == [
        ("or", None),
        (None, True),
        ("and", None),
        (None, True),
        (None, False),
    ]
    assert outline_of(tree) == WATER.strip()
    assert list(problems(tree)) == []
    assert tree_of("") == FaultTree()


def test_what_suffices_by_itself() -> None:
    assert names(tree_of(WATER)) == [
        ["The pump stood still"],
        ["Valve 1 was shut", "Valve 2 was shut"],
    ]
    shared = "AND: top\n  OR: left\n    a\n    b\n  OR: right\n    a\n    c\n"
    assert names(tree_of(shared)) == [["a"], ["b", "c"]], "the same event is one event"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (WATER, True),
        ("AND: top\n  [x] a\n  b", None),
        ("AND: top\n  [ ] a\n  b", False),
        ("OR: top\n  [ ] a\n  [ ] b", False),
        ("OR: top\n  [ ] a\n  b", None),
        ("[x] top", True),
        ("", None),
    ],
)
def test_what_is_known_explains_the_first_event(text: str, verdict: bool | None) -> None:  # noqa: FBT001
    assert follows(tree_of(text)) is verdict


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n  b", "line 2: 'a' needs AND: or OR:"),
        ("OR: a\n  b\nc", "line 3: only the first event"),
        ("OR: a\n  [x] b\n  AND: d\n    [ ] b\n    e", "line 4: 'b' happened, and did not"),
    ],
)
def test_a_text_that_is_no_tree_says_why(text: str, words: str) -> None:
    with pytest.raises(BadOutline, match=words.replace("(", "\\(")):
        tree_of(text)


def node(name: str, gate: str | None = None, *inputs: str, **more: bool) -> FaultNode:
    return FaultNode(id=name, text=name, gate=gate, inputs=inputs, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ((node("a"), node("a")), "two events have the same id"),
        ((node("a", None, "b"), node("b")), "a has inputs and no gate"),
        ((node("a", "or"),), "a has a gate without inputs"),
        ((node("a", "or", "b"),), "a: there is no event b"),
        ((node("a", "or", "b"), node("b", "and", "a")), "follows from itself"),
        ((node("a", "or", "b"), node("b"), node("c")), "does not depend on c"),
        ((node("a", "or", "b", happened=True), node("b")), "whether it happened follows"),
    ],
)
def test_a_tree_that_is_none_is_named(nodes: tuple[FaultNode, ...], words: str) -> None:
    assert any(words in text for text in problems(FaultTree(nodes=nodes)))


@st.composite
def trees(draw: st.DrawFn) -> str:
    """Return an outline of events of which some stand in several places."""

    def event(depth: int) -> list[str]:
        if depth == 3 or draw(st.booleans()):
            return [draw(st.sampled_from("abcdef"))]
        number = draw(st.integers(0, 9999))
        inputs = draw(st.integers(1, 3))
        below = [line for _ in range(inputs) for line in event(depth + 1)]
        return [
            f"{draw(st.sampled_from(('AND', 'OR')))}: gate {number}",
            *(f"  {b}" for b in below),
        ]

    return "\n".join(event(0))


@given(trees())
def test_a_cut_set_brings_the_first_event_about_and_less_does_not(text: str) -> None:
    tree = tree_of(text)
    assert list(problems(tree)) == []
    for found in cut_sets(tree):
        assert follows(given_that(tree, found)) is True
        for one in found:
            assert follows(given_that(tree, found - {one})) is False


def given_that(tree: FaultTree, happened: frozenset[str]) -> FaultTree:
    return FaultTree(
        nodes=tuple(
            one if one.gate else FaultNode(id=one.id, text=one.text, happened=one.id in happened)
            for one in tree.nodes
        )
    )


def test_a_tree_with_too_many_cut_sets_is_counted_in_no_time() -> None:
    gates = "\n".join(
        f"  OR: g{n}\n" + "\n".join(f"    e{n}-{m}" for m in range(9)) for n in range(9)
    )
    assert cut_sets(tree_of(f"AND: top\n{gates}")) == ()
