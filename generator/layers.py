"""What an alert inherits: the layers of its settings, the nearest winning, key by key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.model.problem import Position
from sothat.runtime.documents import Document

# Parts of an alert that are inherited key by key; all else is inherited as a whole.
_PARTS = ("if", "do")


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings for an alert from one place.

    Attributes:
        origin: What the place is to people: ``defaults``, ``file``, ``alert``, ``values``.
        document: The document that holds the settings.
        path: Where in the document they stand.
        flat: Whether the document holds them without the parts ``if`` and ``do``.
    """

    origin: str
    document: Document
    path: tuple[str | int, ...]
    settings: Mapping[str, Any]
    flat: bool = False

    def position(self, keys: Sequence[str]) -> Position:
        """Return where a setting stands."""
        return self.document.position([*self.path, *(keys[-1:] if self.flat else keys)])


@dataclass(frozen=True, slots=True)
class Setting:
    """A resolved value and the place it comes from."""

    value: Any
    origin: str
    position: Position


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """Return the settings of all layers as one mapping; the later layer wins."""
    data: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.settings.items():
            inherits = key in _PARTS and isinstance(value, Mapping)
            data[key] = {**data.get(key, {}), **value} if inherits else value
    return data


def traced(layers: Iterable[Layer]) -> dict[str, Setting]:
    """Return each resolved setting by dotted key, with the place that won."""
    found: dict[str, Setting] = {}
    for layer in layers:
        for keys, value in _leaves(layer.settings):
            found[".".join(keys)] = Setting(value, layer.origin, layer.position(keys))
    return found


def _leaves(settings: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], Any]]:
    for key, value in settings.items():
        if key in _PARTS and isinstance(value, Mapping):
            yield from (((key, inner), part) for inner, part in value.items())
        else:
            yield (key,), value
