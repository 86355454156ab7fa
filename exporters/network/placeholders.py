"""Texts with ``${name}`` in them, filled in with what secrets and earlier steps bring."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sothat.exporters.source import PollFailed

NAME = "[A-Za-z][A-Za-z0-9_-]*"
_PLACEHOLDER = re.compile(r"\$\{(" + NAME + r")\}")
Values = Mapping[str, str]


def names_in(node: Any) -> Iterator[str]:
    """Yield the names that texts in a structure ask for."""
    if isinstance(node, str):
        yield from _PLACEHOLDER.findall(node)
    elif isinstance(node, Mapping):
        for key, inner in node.items():
            yield from names_in(key)
            yield from names_in(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from names_in(inner)


def filled(text: str, values: Values, quote: Callable[[str], str] = str) -> str:
    """Return a text with its placeholders filled in, each value quoted.

    Raises:
        PollFailed: A value is not there.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise PollFailed("step", f"no step has brought '{found[1]}'")
        return quote(values[found[1]])

    return _PLACEHOLDER.sub(value, text)


def filled_in(node: Any, values: Values) -> Any:
    """Return a structure with the placeholders in its texts filled in."""
    if isinstance(node, str):
        return filled(node, values)
    if isinstance(node, Mapping):
        return {key: filled_in(inner, values) for key, inner in node.items()}
    if isinstance(node, list | tuple):
        return [filled_in(inner, values) for inner in node]
    return node
