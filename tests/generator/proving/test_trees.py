"""A tree's text is the same tree again."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.promql import parse
from sothat.generator.proving.trees import nodes, text_of

RULES = sorted((Path(__file__).parents[3] / "compiled/prometheus/rules").glob("*.yaml"))
ODD = [
    'x{a="q\\"u\\\\o\\n",b!~"y.*"} offset -5m @ 123.5',
    "max_over_time(rate(x[5m])[1h:] offset 1d)",
    "max_over_time(rate(x[5m])[1h:30s] @ end())",
    "x * on (a) group_left (b) y",
    "x * ignoring (a, b) group_right () y",
    "a - on () b",
    "x == bool on (a) y",
    "-(1) ^ -x",
    "sum without () (x) / (x > 0)",
    'count_values("v", x) or topk(3, x)',
    "{__name__=~'a.*'} @ start()",
    "a unless (b and c or d)",
    "x > -1.5e-7",
    "Inf + NaN",
]


@pytest.mark.parametrize("expression", ODD)
def test_odd_expressions(expression: str) -> None:
    tree = parse(expression)
    assert str(parse(text_of(tree))) == str(tree)


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_every_compiled_expression(file: Path) -> None:
    for group in yaml.safe_load(file.read_text())["groups"]:
        for rule in group["rules"]:
            assert str(parse(text_of(parse(rule["expr"])))) == str(parse(rule["expr"]))


ATOMS = st.sampled_from(["x", 'y{a="b"}', "rate(z[5m])", "1", "-2", "time()"])
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["+", "*", "^", "-"]), inner),
        st.builds("-({})".format, inner),
        st.builds("abs(vector(scalar(({}) + x)))".format, inner),
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_tree(expression: str) -> None:
    tree = parse(expression)
    assert str(parse(text_of(tree))) == str(tree)


def test_an_edit_replaces_its_node_and_nothing_else() -> None:
    tree = parse('sum by (a) (x{b="c"}) > 3 and y')
    paths = {text_of(node): path for path, node in nodes(tree)}
    assert text_of(tree, {paths["3"]: "4"}) == 'sum by (a) (x{b="c"}) > 4 and y'
    assert text_of(tree, {paths["y"]: "z"}) == 'sum by (a) (x{b="c"}) > 3 and z'
