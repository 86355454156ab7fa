"""Schema violations in people's words, with their places."""

from sothat.model.problem import render
from sothat.runtime.documents import parse_document
from sothat.runtime.schema import validate

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "kind"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "kind": {"enum": ["cat", "dog"]},
        "age": {"type": "integer", "minimum": 0},
        "every": {"type": "string", "pattern": "^[0-9]+s$", "description": "seconds such as 5s"},
        "secret": {
            "oneOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["file"],
                    "properties": {"file": {"type": "string"}},
                },
            ]
        },
    },
}


def complaints(text: str) -> list[tuple[str, int, int]]:
    problems = validate(parse_document(text, "f.yaml"), SCHEMA)
    return [(p.code, p.position.line, p.position.column) for p in problems if p.position]


def test_a_good_document_has_none() -> None:
    assert complaints("name: tom\nkind: cat\nage: 3\n") == []


def test_all_problems_of_a_run_at_once_in_order() -> None:
    assert complaints("name: ''\nkind: cow\nagee: 1\nevery: 5\n") == [
        ("empty-value", 1, 7),
        ("unknown-value", 2, 7),
        ("unknown-key", 3, 1),
        ("wrong-type", 4, 8),
    ]


def test_what_stands_twice_in_a_list_is_named() -> None:
    names = {"type": "object", "properties": {"names": {"type": "array", "uniqueItems": True}}}
    (problem,) = validate(parse_document("names: [a, b, a]\n", "f.yaml"), names)
    assert (problem.code, problem.message) == ("bad-value", "'names' has 'a' twice")


def test_a_missing_key_points_at_its_mapping() -> None:
    assert complaints("name: tom\n") == [("missing-key", 1, 1)]


def test_an_unknown_key_comes_with_a_guess() -> None:
    (problem,) = validate(parse_document("name: a\nkind: cat\nagee: 1\n", "f.yaml"), SCHEMA)
    assert render(problem) == (
        "f.yaml:3:1: error: unknown key 'agee' [unknown-key]\n"
        "   3 | agee: 1\n"
        "     | ^\n"
        "   hint: did you mean 'age'?"
    )


def test_a_pattern_is_explained_by_its_description() -> None:
    (problem,) = validate(parse_document("name: a\nkind: cat\nevery: soon\n", "f"), SCHEMA)
    assert problem.message == "'every' must be seconds such as 5s, not 'soon'"


def test_of_alternatives_the_closest_is_explained() -> None:
    (problem,) = validate(
        parse_document("name: a\nkind: cat\nsecret: {flie: x, file: y}\n", "f"), SCHEMA
    )
    assert problem.message == "unknown key 'flie'"


def test_a_pattern_is_of_the_whole_text() -> None:
    assert complaints('name: a\nkind: cat\nevery: "5s\\n"\n') == [("bad-format", 3, 8)]
    assert complaints('name: a\nkind: cat\nevery: "5s"\n') == []


def test_keys_that_exclude_each_other_are_named() -> None:
    schema = {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    (problem,) = validate(parse_document("a: 1\nb: 2\n", "f.yaml"), schema)
    assert problem.message == "the document takes only one of 'a', 'b'"


def test_too_few_items_are_counted() -> None:
    schema = {"properties": {"a": {"type": "array", "minItems": 2}}}
    (problem,) = validate(parse_document("a: [{x: 1}]\n", "f.yaml"), schema)
    assert problem.message == "'a' must have at least 2 items, not 1"
