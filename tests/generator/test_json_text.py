"""The compiler's JSON is the standard library's, to the byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.generator.json_text import to_json

SCALARS = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats())
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
        st.dictionaries(st.integers(), inner, max_size=3),
    ),
    max_leaves=20,
)


@given(DATA)
def test_as_the_standard_library_has_it(data: Any) -> None:
    assert to_json(data) == json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"a": [object()]})
