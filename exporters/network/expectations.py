"""What an HTTP answer must be like."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from jsonpath import JSONPath, JSONPathError
from jsonpath import compile as compile_path
from sothat.exporters.network.browser import Visit
from sothat.exporters.network.expressions import Expression, expression
from sothat.exporters.network.findings import Findings
from sothat.exporters.source import PollFailed, Settings

_MOST_VALUES = 1000


@dataclass(frozen=True, slots=True)
class JsonValue:
    """A value that must be in a JSON body: there at all, equal to one, or matching."""

    path: JSONPath
    equals: Sequence[Any]
    matches: Expression | None

    def holds(self, body: Any) -> bool:
        """Return whether one of the values found is as it must be."""
        return any(self._fits(value) for value in find(self.path, body))

    def _fits(self, value: Any) -> bool:
        same = not self.equals or (value == self.equals[0] and type(value) is type(self.equals[0]))
        return same and (self.matches is None or self.matches.search(as_text(value)) is not None)


@dataclass(frozen=True, slots=True)
class Expectations:
    """All that must hold for one answer."""

    status: tuple[str, ...]
    matches: Expression | None
    not_matches: Expression | None
    headers: Mapping[str, Expression]
    json: tuple[JsonValue, ...]

    def judge(self, visit: Visit, findings: Findings) -> None:
        """Do nothing for an answer as it should be.

        Raises:
            PollFailed: It is not.
        """
        status = str(visit.status)
        if status not in self.status and f"{status[0]}xx" not in self.status:
            raise PollFailed("status", f"answered {status}")
        wrong = next(self._wrong(visit), "")
        if self.matches or self.not_matches or self.headers or self.json:
            findings.add("probe_failed_due_to_regex", bool(wrong))
        if wrong:
            raise PollFailed("content", wrong)

    def _wrong(self, visit: Visit) -> Iterator[str]:
        for name, wanted in self.headers.items():
            if not wanted.search(visit.headers.get(name, "")):
                yield f"the header {name} is not as expected"
        if self.matches and not self.matches.search(visit.text):
            yield "the body does not match"
        if self.not_matches and self.not_matches.search(visit.text):
            yield "the body matches what must not be there"
        body = parsed(visit) if self.json else None
        for value in self.json:
            if not value.holds(body):
                yield f"the JSON has not what is expected at {value.path}"


def open_expectations(settings: Settings) -> Expectations:
    """Return the setting ``expect``.

    Raises:
        Unusable: An expression or a path in it is none.
    """
    values = settings.values.get("expect", {})
    path = [*settings.path, "expect"]
    if not values:
        return Expectations(("2xx",), None, None, {}, ())
    own = Settings(settings.document, path)
    headers = Settings(settings.document, [*path, "headers"])
    json = [
        _json_value(Settings(settings.document, [*path, "json", number]))
        for number in range(len(values.get("json", ())))
    ]
    return Expectations(
        tuple(values.get("status", ["2xx"])),
        expression(own, "matches"),
        expression(own, "not_matches"),
        {name: _present(expression(headers, name)) for name in values.get("headers", {})},
        tuple(json),
    )


def _present(found: Expression | None) -> Expression:
    assert found  # noqa: S101 – each name is there
    return found


def _json_value(settings: Settings) -> JsonValue:
    values = settings.values
    equals = [values["equals"]] if "equals" in values else []
    return JsonValue(json_path(settings, "path"), equals, expression(settings, "matches"))


def json_path(settings: Settings, setting: str) -> JSONPath:
    """Return the JSONPath (RFC 9535) of a setting.

    Raises:
        Unusable: It is none.
    """
    try:
        found = compile_path(settings.values[setting], strict=True)
    except (JSONPathError, ValueError) as error:
        message = f"not a JSONPath: {error}"
        raise settings.unusable("bad-format", message, setting) from error
    assert isinstance(found, JSONPath)  # noqa: S101 – RFC 9535 knows no unions of paths
    return found


def parsed(visit: Visit) -> Any:
    """Return the body's JSON.

    Raises:
        PollFailed: It is none.
    """
    try:
        return orjson.loads(visit.body)
    except orjson.JSONDecodeError as error:
        raise PollFailed("content", f"the body is not JSON: {error}") from error


def find(path: JSONPath, body: Any) -> Sequence[Any]:
    """Return the first few values at a path.

    Raises:
        PollFailed: The path cannot be followed in this body.
    """
    if isinstance(body, str):  # the library would take it for JSON once more
        return [body] if str(path) == "$" else []
    try:
        return [match.obj for match in itertools.islice(path.finditer(body), _MOST_VALUES)]
    except (JSONPathError, RecursionError) as error:
        raise PollFailed("content", f"{path} cannot be followed: {error}"[:500]) from error


def as_text(value: Any) -> str:
    """Return a value as text: a text itself, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
