"""JSON Schema violations as problems for people: position, plain words, a guess at the intention."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from sothat.model.problem import Problem
from sothat.runtime.documents import Document

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def validate(document: Document, schema: Mapping[str, Any]) -> list[Problem]:
    """Return every violation of the schema, in the order of the file."""
    validator = Draft202012Validator(schema)
    problems = [
        problem
        for error in validator.iter_errors(document.data)
        for leaf in _leaves(error)
        for problem in _explain(document, leaf)
    ]
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.position is None, p.position, p.message))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors worth showing: of alternatives, those of the branch that came closest."""
    if not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    closest = min(branches.values(), key=_distance)
    for inner in closest:
        yield from _leaves(inner)


def _distance(branch: Sequence[ValidationError]) -> tuple[int, int, int]:
    """Rank a branch: a wrong constant or type is far, then the number of errors."""
    far = sum(error.validator in ("type", "const") and len(error.path) <= 1 for error in branch)
    depth = max(len(error.absolute_path) for error in branch)
    return far, -depth, len(branch)


def _explain(document: Document, error: ValidationError) -> Iterator[Problem]:
    path = list(error.absolute_path)
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown_keys(document, path, error)
        case "required":
            yield from _missing_keys(document, path, error)
        case "dependentRequired":
            yield document.problem("missing-key", error.message, path)
        case _:
            code, message = _value_message(error)
            yield document.problem(code, f"{_name(path)}{message}", path)


def _name(path: Sequence[str | int]) -> str:
    keys = [part for part in path if isinstance(part, str)]
    return f"'{keys[-1]}' " if keys else "the document "


def _unknown_keys(
    document: Document, path: list[str | int], error: ValidationError
) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key in known:
            continue
        guesses = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean '{guesses[0]}'?" if guesses else f"known here: {', '.join(known)}"
        message = f"unknown key '{key}'"
        yield document.problem("unknown-key", message, [*path, key], key=True, hint=hint)


def _missing_keys(
    document: Document, path: list[str | int], error: ValidationError
) -> Iterator[Problem]:
    for key in error.validator_value:
        if key not in error.instance:
            yield document.problem("missing-key", f"the key '{key}' is missing", path, key=True)


def _value_message(error: ValidationError) -> tuple[str, str]:
    wanted = error.validator_value
    match error.validator:
        case "type":
            types = [wanted] if isinstance(wanted, str) else wanted
            expected = " or ".join(_TYPES[name] for name in types)
            return "wrong-type", f"must be {expected}, not {_shown(error.instance)}"
        case "enum":
            return "unknown-value", f"must be one of {', '.join(map(str, wanted))}"
        case "const":
            return "unknown-value", f"must be {wanted}"
        case "minLength" | "minItems" | "minProperties" if not error.instance:
            return "empty-value", "must not be empty"
        case "pattern":
            what = error.schema.get("description") or f"of the form {wanted}"
            return "bad-format", f"must be {what}, not {_shown(error.instance)}"
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            return "out-of-range", f"is out of range: {error.message}"
        case _:
            return "bad-value", f"is not accepted: {error.message}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004
