"""Data of the model out of the JSON that the compiler made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

_T = TypeVar("_T")


class Misfit(ValueError):  # noqa: N818 – it is named for what it says
    """JSON that is not what the model asks for; the text says where and what."""


def built(kind: type[_T], node: Any, path: str = "$") -> _T:
    """Return JSON as a type of the model: a data class, a mapping, a tuple, or a plain value.

    Raises:
        Misfit: It is something else.
    """
    value: _T = _built(kind, node, path)
    return value


def _built(kind: Any, node: Any, path: str) -> Any:
    if kind is Any:
        return node
    origin = get_origin(kind) or kind
    if is_dataclass(origin):
        return kind(**dict(_arguments(kind, _mapping(node, path), path)))
    if origin is Mapping:
        of_key, of_value = get_args(kind)
        items = _mapping(node, path).items()
        pairs = ((_built(of_key, k, path), _built(of_value, v, f"{path}.{k}")) for k, v in items)
        return MappingProxyType(dict(pairs))
    if origin is tuple:
        return _tuple(get_args(kind)[0], node, path)
    return _plain(origin, node, path)


def _arguments(kind: Any, node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a data class that JSON has; what it does not know is left out."""
    hints = _hints(kind)
    for field in fields(kind):
        if field.name in node:
            yield field.name, _built(hints[field.name], node[field.name], f"{path}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise Misfit(f"{path}: '{field.name}' is missing")


@lru_cache(maxsize=64)
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _mapping(node: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(node, Mapping):
        raise Misfit(f"{path}: {node!r:.60} is not a mapping")
    return node


def _tuple(kind: Any, node: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(node, list):
        raise Misfit(f"{path}: {node!r:.60} is not a list")
    return tuple(_built(kind, item, f"{path}[{number}]") for number, item in enumerate(node))


def _plain(kind: Any, node: Any, path: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(node)
        except ValueError as error:
            raise Misfit(f"{path}: {error}") from error
    wanted = (int, float) if kind is float else kind
    # A truth is a number to Python, and to nobody else.
    if not isinstance(node, wanted) or (isinstance(node, bool) and kind is not bool):
        raise Misfit(f"{path}: {node!r:.60} is not {_words(kind)}")
    return float(node) if kind is float else node


def _words(kind: Any) -> str:
    return {str: "text", bool: "true or false"}.get(kind, "a number")
