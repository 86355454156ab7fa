"""The quick yes or no agrees with jsonschema, whatever the data."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sothat.runtime.shapes import predicate

KEYS = ("a", "b", "kind")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3, allow_nan=False),
    st.sampled_from(("", "x", "yes", "10s")),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = st.sampled_from(("object", "array", "string", "number", "integer", "boolean", "null"))
LEAVES = st.one_of(
    st.booleans(),
    st.builds(lambda name: {"type": name}, TYPES),
    st.builds(lambda names: {"type": names}, st.lists(TYPES, min_size=1, max_size=2, unique=True)),
    st.just({"const": "x"}),
    st.just({"enum": ["x", "yes"]}),
    st.just({"pattern": "^[a-z]+$"}),
    st.just({"minLength": 1, "maxLength": 2}),
    st.just({"minimum": 0, "maximum": 2}),
    st.just({"exclusiveMinimum": 1}),
    st.just({"minItems": 1, "maxItems": 2}),
    st.just({"minProperties": 2}),
    st.just({"maxProperties": 1}),
    st.just({"uniqueItems": True}),
    st.just({"required": ["a"]}),
    st.just({"dependentRequired": {"a": ["b"]}}),
    st.just({"$ref": "#/$defs/name"}),
)


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda a, b: {"properties": {"a": a, "b": b}}, inner, inner),
        st.builds(lambda a, b: {"properties": {"a": a}, "additionalProperties": b}, inner, inner),
        st.builds(lambda a: {"items": a}, inner),
        st.builds(lambda some: {"prefixItems": some}, parts),
        st.builds(lambda some, a: {"prefixItems": some, "items": a}, parts, inner),
        st.builds(lambda a: {"propertyNames": a}, inner),
        st.builds(lambda all_: {"allOf": all_}, parts),
        st.builds(lambda any_: {"anyOf": any_}, parts),
        st.builds(lambda one: {"oneOf": one}, parts),
        st.builds(lambda a: {"not": a}, inner),
        st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner),
        st.builds(lambda a: {"dependentSchemas": {"a": a}}, inner),
    )


SCHEMAS = st.recursive(LEAVES, _compound, max_leaves=6)


@given(schema=SCHEMAS, data=DATA)
@settings(max_examples=400, deadline=None)
def test_it_agrees_with_jsonschema(schema: Any, data: Any) -> None:
    whole = {"$defs": {"name": {"type": "string"}}, "allOf": [schema]}
    quick = predicate(whole)
    assert quick is not None
    assert quick(data) == Draft202012Validator(whole).is_valid(data)


@pytest.mark.parametrize("name", ["alerts", "recordings", "contract"])
def test_the_language_s_schemas_are_decided(name: str) -> None:
    text = files("sothat.alert_rules").joinpath("schemas", f"{name}.json").read_text("utf-8")
    assert predicate(json.loads(text)) is not None


def test_a_definition_may_be_part_of_itself() -> None:
    tree = {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}
    quick = predicate({"$defs": {"tree": tree}, "$ref": "#/$defs/tree"})
    assert quick is not None
    assert quick({"a": {"b": {}}})
    assert not quick({"a": {"b": 1}})


@pytest.mark.parametrize(
    "schema",
    [{"contains": {}}, {"$ref": "elsewhere.json"}, {"enum": [1]}, {"$ref": "#/$defs/none"}],
)
def test_what_is_not_known_stays_undecided(schema: Any) -> None:
    assert predicate(schema) is None
