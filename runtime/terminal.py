"""What a stream can show: here alone it is decided about colours and about redrawing."""

from collections.abc import Mapping
from typing import TextIO

_UNABLE = ("dumb", "unknown")


def redraws(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether what was written can be drawn over: a terminal that moves its cursor."""
    return stream.isatty() and environment.get("TERM", "").lower() not in _UNABLE


def colours(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Return whether colours are shown and wanted; see https://no-color.org."""
    return redraws(stream, environment) and not environment.get("NO_COLOR")
