"""What a part asks a Redis server with, during one poll."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sothat.exporters.watch import AbsentError

PORT = 6379
# Lines of an answer that are looked at; a proper one has a few hundred.
_MOST_LINES = 20_000


@dataclass(slots=True)
class Session:
    """One poll's questions; each section of INFO is asked for once.

    Attributes:
        now: Seconds since the epoch, by our clock.
        monotonic: Seconds of a clock that is never set back.
        execute: Returns the answer to a command: bytes, a number, or a list of such.
    """

    now: float
    monotonic: Callable[[], float]
    execute: Callable[..., Any]
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def info(self) -> Mapping[str, str]:
        """Return the fields of INFO.

        Raises:
            AbsentError: The user may not ask for it.
        """
        return self.section("default")

    def section(self, name: str) -> Mapping[str, str]:
        """Return the fields of a section of INFO.

        Raises:
            AbsentError: The user may not ask for it.
        """
        if name not in self._known:
            said = self.execute("INFO", name)
            if not isinstance(said, bytes):
                raise AbsentError("malformed", "INFO is no text")
            self._known[name] = parse_info(said)
        return self._known[name]


def parse_info(said: bytes) -> Mapping[str, str]:
    """Return ``field:value`` lines; headings and anything else are left out."""
    lines = said.decode("utf-8", "replace").split("\r\n", _MOST_LINES)[:_MOST_LINES]
    pairs = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: value for name, colon, value in pairs if colon}


def parse_values(said: str) -> Mapping[str, str]:
    """Return ``name=value,name=value``."""
    pairs = (one.partition("=") for one in said.split(","))
    return {name: value for name, equals, value in pairs if equals}


def number(said: str | None) -> float | None:
    """Return a field as a number, None where there is none; -1 is how Redis says unknown."""
    try:
        found = float(said or "nan")
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None
