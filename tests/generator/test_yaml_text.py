"""The compiler's YAML is PyYAML's, to the byte, and reads back as what it was."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.yaml_text import dumped, to_yaml

TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789xsmhdeb.+- ", max_size=9),
    st.from_regex(r"(0|1|0x)?[0-9.]{0,3}x[0-9]{1,2}( [0-9.+-]{1,4}(x[0-9])?){0,2}", fullmatch=True),
    st.text(alphabet="ab: #-'\"{}[],&*!|>%@`\n\t?=~$/(1.", max_size=10),
    st.text(alphabet="{}[]\"':,ä\xa0\u2028\ufeff\x7f😀a ", max_size=10).map(lambda t: f"{{{t}}}"),
    st.sampled_from(
        [
            "\x85",
            "a\u2028b\n",
            "yes",
            "Off",
            "null",
            "~",
            "1h",
            "5m",
            "0x10",
            "1e3",
            "2026-01-01",
            "a: b",
            "a #b",
        ]
    ),
)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
SCALARS = st.one_of(TEXTS, st.integers(), st.booleans(), st.floats(allow_nan=False))
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, DATA, max_size=4))
def test_as_pyyaml_has_it(data: dict) -> None:
    text = to_yaml(data, "made")
    assert text == "# made\n" + dumped(data)


@given(st.dictionaries(KEYS, st.text(alphabet="ab: #-'\"{}[],&*!|>%@`\n?=~$/(1.", max_size=10)))
def test_reads_back(data: dict[str, str]) -> None:
    assert yaml.safe_load(to_yaml(data, "")) == data


@pytest.mark.parametrize(
    "text", ["0\n0\n\n", "0\n0\n\n\n", "0\n0\n\x85", "0\n0\u2028", "0\u2029\n0\n"]
)
def test_blank_lines_at_the_end_of_a_text_do_not_end_the_document(text: str) -> None:
    data = {"a": text, "b": [text, "x"], "c": {"d": text}}
    assert to_yaml(data, "made") == "# made\n" + dumped(data)
    assert yaml.safe_load(to_yaml(data, "")) == data
