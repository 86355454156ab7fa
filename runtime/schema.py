"""JSON Schema violations as problems for people: a position, plain words, a guess."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem
from sothat.runtime.documents import Document
from sothat.runtime.shapes import predicate, to_the_end

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}

_SIZES = ("minLength", "minItems", "minProperties")
_RANGES = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_MAX_SHOWN = 60


def validate(document: Document, schema: Mapping[str, Any]) -> list[Problem]:
    """Return every violation of the schema, in the order of the file.

    A property's schema may say what its absence or a wrong value means:
    ``"x-problem": {"code": …, "message": …, "hint": …}`` replaces the general words.
    """
    sound = predicate(schema)
    if sound is not None and sound(document.data):
        return []
    problems = [
        problem
        for error in validator(schema).iter_errors(document.data)
        for leaf in _leaves(error)
        for problem in _explain(document, leaf)
    ]
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.position is None, p.position, p.message))


def validator(schema: Mapping[str, Any]) -> "Draft202012Validator":
    """Return jsonschema's validator of a schema whose patterns go to the text's very end."""
    # 4 MB that a process whose file is sound, which is nearly each, does without.
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415

    made: Any = validators  # which has no types
    exact: Draft202012Validator = made.extend(Draft202012Validator, {"pattern": _pattern})(schema)
    return exact


def _pattern(
    _validator: Any, wanted: str, instance: Any, _schema: Mapping[str, Any]
) -> "Iterator[ValidationError]":
    """Yield that a text is not of a pattern, the end being the text's very end."""
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415

    if isinstance(instance, str) and not re.search(to_the_end(wanted), instance):
        yield ValidationError(f"{instance!r} does not match {wanted!r}")


def _leaves(error: "ValidationError") -> "Iterator[ValidationError]":
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


def _distance(branch: "Sequence[ValidationError]") -> tuple[int, int, int]:
    """Rank a branch: a wrong constant or type is far, then the number of errors."""
    far = sum(error.validator in ("type", "const") and len(error.path) <= 1 for error in branch)
    depth = max(len(error.absolute_path) for error in branch)
    return far, -depth, len(branch)


def _explain(document: Document, error: "ValidationError") -> Iterator[Problem]:
    path = list(error.absolute_path)
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown_keys(document, path, error)
        case "required":
            yield from _missing_keys(document, path, error)
        case "dependentRequired":
            yield from _missing_beside(document, path, error)
        case "type" if _keyword(error, "writeOnly"):
            yield _secret_in_text(document, path)
        case _:
            yield _own_problem(document, _keyword(error, "x-problem"), path) or document.problem(
                *_value_problem(error, path), path
            )


def _name(path: Sequence[str | int]) -> str:
    keys = [part for part in path if isinstance(part, str)]
    return f"'{keys[-1]}' " if keys else "the document "


def _unknown_keys(
    document: Document, path: list[str | int], error: "ValidationError"
) -> Iterator[Problem]:
    known = list(_keyword(error, "properties") or {})
    for key in _instance(error):
        if key in known:
            continue
        hint = did_you_mean(key, known, otherwise=f"known here: {', '.join(known)}")
        message = f"unknown key '{key}'"
        yield document.problem("unknown-key", message, [*path, key], key=True, hint=hint)


def _missing_keys(
    document: Document, path: list[str | int], error: "ValidationError"
) -> Iterator[Problem]:
    present = _instance(error)
    for key in _wanted(error):
        if key not in present:
            meaning = (_keyword(error, "properties") or {}).get(key, {}).get("x-problem")
            yield _own_problem(document, meaning, path, key=True) or document.problem(
                "missing-key", f"the key '{key}' is missing", path, key=True
            )


def _missing_beside(
    document: Document, path: list[str | int], error: "ValidationError"
) -> Iterator[Problem]:
    present = _instance(error)
    for key, needed in _wanted(error).items():
        for missing in (each for each in needed if key in present and each not in present):
            message = f"the key '{missing}' is missing: '{key}' needs it"
            yield document.problem("missing-key", message, path)


def _secret_in_text(document: Document, path: list[str | int]) -> Problem:
    """Return that something stands where a secret is to be named, without showing it."""
    message = f"{_name(path)}must be a mapping that says where the secret is"
    hint = "write {file: PATH} or {env: NAME}"
    return replace(document.problem("secret-in-text", message, path, hint=hint), source="")


def _own_problem(
    document: Document,
    meaning: Mapping[str, str] | None,
    path: list[str | int],
    *,
    key: bool = False,
) -> Problem | None:
    if not meaning:
        return None
    hint = meaning.get("hint", "")
    return document.problem(meaning["code"], meaning["message"], path, key=key, hint=hint)


def _instance(error: "ValidationError") -> Any:
    return error.instance


def _wanted(error: "ValidationError") -> Any:
    return error.validator_value


def _keyword(error: "ValidationError", name: str) -> Any:
    return error.schema.get(name) if isinstance(error.schema, Mapping) else None


def _value_problem(error: "ValidationError", path: list[str | int]) -> tuple[str, str]:
    code, message = _value_message(error)
    return code, f"{_name(path)}{message}"


def _value_message(error: "ValidationError") -> tuple[str, str]:
    wanted = _wanted(error)
    messages: Mapping[str, Callable[[], tuple[str, str]]] = {
        "type": lambda: _wrong_type(error),
        "enum": lambda: ("unknown-value", f"must be one of {', '.join(map(str, wanted))}"),
        "const": lambda: ("unknown-value", f"must be {wanted}"),
        "pattern": lambda: _bad_format(error),
        "uniqueItems": lambda: ("bad-value", f"has {_shown(_twice(_instance(error)))} twice"),
        **dict.fromkeys(("oneOf", "not"), lambda: _together(error)),
        **dict.fromkeys(_SIZES, lambda: _bad_size(error)),
        **dict.fromkeys(_RANGES, lambda: ("out-of-range", f"is out of range: {error.message}")),
    }
    explain = messages.get(str(error.validator))
    return explain() if explain else ("bad-value", f"is not accepted: {error.message}")


def _wrong_type(error: "ValidationError") -> tuple[str, str]:
    wanted = _wanted(error)
    types = [wanted] if isinstance(wanted, str) else wanted
    expected = " or ".join(_TYPES[name] for name in types)
    return "wrong-type", f"must be {expected}, not {_shown(error.instance)}"


def _bad_format(error: "ValidationError") -> tuple[str, str]:
    what = _keyword(error, "description") or f"of the form {_wanted(error)}"
    return "bad-format", f"must be {what}, not {_shown(error.instance)}"


def _together(error: "ValidationError") -> tuple[str, str]:
    """Return that keys stand together of which each says what the other would."""
    alternatives = [_wanted(error)] if error.validator == "not" else _wanted(error)
    named = [key for part in alternatives for key in part.get("required", ())]
    keys = [f"'{key}'" for key in dict.fromkeys(named) if key in _instance(error)]
    if not keys:
        return "bad-value", f"is not accepted: {error.message}"
    return "bad-value", f"takes only one of {', '.join(keys)}"


def _bad_size(error: "ValidationError") -> tuple[str, str]:
    if not error.instance:
        return "empty-value", "must not be empty"
    parts = {"minItems": "items", "minProperties": "keys"}.get(str(error.validator), "characters")
    return "bad-value", f"must have at least {_wanted(error)} {parts}, not {len(_instance(error))}"


def _twice(items: Sequence[Any]) -> Any:
    """Return the first of some items that stands among them a second time."""
    return next(item for number, item in enumerate(items) if item in items[:number])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
