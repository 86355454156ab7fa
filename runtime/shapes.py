"""A quick yes or no for JSON Schema: whether data is valid, without saying why not.

Explaining takes jsonschema many steps a value; nearly all data is valid and needs no explanation.
A schema becomes nested closures once. A keyword that is not known here makes the whole schema
undecided, and the caller asks jsonschema.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

Predicate = Callable[[Any], bool]

_SILENT = frozenset(
    (
        "$schema",
        "$id",
        "$defs",
        "$comment",
        "title",
        "description",
        "default",
        "examples",
        "writeOnly",
    )
)
_CLASSES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
}


class Undecided(Exception):  # noqa: N818 – nothing is wrong: somebody else has to decide
    """A schema uses what is not known here."""


def predicate(schema: Mapping[str, Any]) -> Predicate | None:
    """Return whether data is valid as a function of the data; None: ask jsonschema."""
    try:
        return _Compiler(schema).compile(schema)
    except Undecided:
        return None


def to_the_end(pattern: str) -> str:
    """Return a pattern whose final ``$`` is the text's end, not a place before a newline."""
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    return f"{pattern[:-1]}\\Z" if ends else pattern


class _Compiler:
    """Turns the parts of one schema into predicates, each definition once."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._definitions: dict[str, Predicate] = {}
        self._asked: set[str] = set()

    def compile(self, schema: Any) -> Predicate:
        if isinstance(schema, bool):
            return lambda _: schema
        tests = [
            test
            for key, wanted in schema.items()
            if key not in _SILENT and not key.startswith("x-")
            for test in (self._keyword(key, wanted, schema),)
            if test is not None
        ]
        return _all(tests)

    def _keyword(self, key: str, wanted: Any, schema: Mapping[str, Any]) -> Predicate | None:
        rule = getattr(self, f"_{key.lstrip('$')}", None)
        if rule is None:
            raise Undecided(key)
        made: Predicate | None = rule(wanted, schema)
        return made

    def _ref(self, target: str, _: Mapping[str, Any]) -> Predicate:
        """Look a definition up when it is asked: it may be part of itself."""
        if not target.startswith("#/"):
            raise Undecided(target)
        if target not in self._asked:
            self._asked.add(target)
            part: Any = self._root
            for step in target[2:].split("/"):
                if step not in part:
                    raise Undecided(target)
                part = part[step]
            self._definitions[target] = self.compile(part)
        return partial(self._holds, target)

    def _holds(self, target: str, value: Any) -> bool:
        return self._definitions[target](value)

    def _type(self, wanted: str | Sequence[str], _: Mapping[str, Any]) -> Predicate:
        return _any([_typed(name) for name in ([wanted] if isinstance(wanted, str) else wanted)])

    def _const(self, wanted: Any, _: Mapping[str, Any]) -> Predicate:
        return self._enum([wanted], _)

    def _enum(self, wanted: Sequence[Any], _: Mapping[str, Any]) -> Predicate:
        if not all(isinstance(value, str) for value in wanted):
            raise Undecided("enum")
        known = frozenset(wanted)
        return lambda value: isinstance(value, str) and value in known

    def _pattern(self, wanted: str, _: Mapping[str, Any]) -> Predicate:
        search = re.compile(to_the_end(wanted)).search
        return lambda value: not isinstance(value, str) or search(value) is not None

    def _minLength(self, least: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) >= least

    def _maxLength(self, most: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) <= most

    def _minItems(self, least: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) >= least

    def _maxItems(self, most: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) <= most

    def _uniqueItems(self, wanted: bool, _: Mapping[str, Any]) -> Predicate | None:  # noqa: FBT001, N802
        if not wanted:
            return None
        return lambda value: (
            not isinstance(value, list) or len({*map(_identity, value)}) == len(value)
        )

    def _maxProperties(self, most: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, dict) or len(value) <= most

    def _minProperties(self, least: int, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not isinstance(value, dict) or len(value) >= least

    def _minimum(self, least: float, _: Mapping[str, Any]) -> Predicate:
        return lambda value: not _is_number(value) or value >= least

    def _maximum(self, most: float, _: Mapping[str, Any]) -> Predicate:
        return lambda value: not _is_number(value) or value <= most

    def _exclusiveMinimum(self, least: float, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return lambda value: not _is_number(value) or value > least

    def _required(self, names: Sequence[str], _: Mapping[str, Any]) -> Predicate:
        wanted = frozenset(names)
        return lambda value: not isinstance(value, dict) or wanted <= value.keys()

    def _properties(self, parts: Mapping[str, Any], _: Mapping[str, Any]) -> Predicate:
        tests = {name: self.compile(part) for name, part in parts.items()}

        def holds(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            for name, inner in value.items():
                if name in tests and not tests[name](inner):
                    return False
            return True

        return holds

    def _additionalProperties(  # noqa: N802
        self, part: Any, schema: Mapping[str, Any]
    ) -> Predicate:
        if "patternProperties" in schema:
            raise Undecided("patternProperties")
        known = frozenset(schema.get("properties", ()))
        if part is False:
            return lambda value: not isinstance(value, dict) or known.issuperset(value)
        test = self.compile(part)

        def holds(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(name in known or test(inner) for name, inner in value.items())

        return holds

    def _propertyNames(self, part: Any, _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        test = self.compile(part)
        return lambda value: not isinstance(value, dict) or all(map(test, value))

    def _items(self, part: Any, schema: Mapping[str, Any]) -> Predicate:
        test, first = self.compile(part), len(schema.get("prefixItems", ()))
        return lambda value: not isinstance(value, list) or all(map(test, value[first:]))

    def _prefixItems(self, parts: Sequence[Any], _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        tests = [self.compile(part) for part in parts]

        def holds(value: Any) -> bool:
            if not isinstance(value, list):
                return True
            return all(test(inner) for test, inner in zip(tests, value, strict=False))

        return holds

    def _dependentSchemas(self, parts: Mapping[str, Any], _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        tests = {name: self.compile(part) for name, part in parts.items()}

        def holds(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(test(value) for name, test in tests.items() if name in value)

        return holds

    def _dependentRequired(  # noqa: N802
        self, needed: Mapping[str, Sequence[str]], _: Mapping[str, Any]
    ) -> Predicate:
        parts = {name: {"required": names} for name, names in needed.items()}
        return self._dependentSchemas(parts, _)

    def _allOf(self, parts: Sequence[Any], _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return _all([self.compile(part) for part in parts])

    def _anyOf(self, parts: Sequence[Any], _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        return _any([self.compile(part) for part in parts])

    def _oneOf(self, parts: Sequence[Any], _: Mapping[str, Any]) -> Predicate:  # noqa: N802
        tests = [self.compile(part) for part in parts]
        return lambda value: sum(test(value) for test in tests) == 1

    def _not(self, part: Any, _: Mapping[str, Any]) -> Predicate:
        test = self.compile(part)
        return lambda value: not test(value)

    def _if(self, part: Any, schema: Mapping[str, Any]) -> Predicate:
        test = self.compile(part)
        then, other = (self.compile(schema.get(key, True)) for key in ("then", "else"))
        return lambda value: then(value) if test(value) else other(value)

    def _then(self, _: Any, __: Mapping[str, Any]) -> None:
        """Belongs to ``if``."""

    _else = _then


def _typed(name: str) -> Predicate:
    if name in ("number", "integer"):
        return _is_number if name == "number" else _is_whole
    classes = _CLASSES[name]
    return lambda value: isinstance(value, classes)


def _identity(value: Any) -> Any:
    """Return what is equal where JSON Schema says equal: for 1 and 1.0, not for 1 and true."""
    if isinstance(value, dict):
        return frozenset((name, _identity(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_identity, value))
    return isinstance(value, bool), value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


def _all(tests: Sequence[Predicate]) -> Predicate:
    match tests:
        case [one]:
            return one
        case [one, two]:
            return lambda value: one(value) and two(value)

    def hold(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 – a generator for each of the many values takes longer
            if not test(value):
                return False
        return True

    return hold


def _any(tests: Sequence[Predicate]) -> Predicate:
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)
