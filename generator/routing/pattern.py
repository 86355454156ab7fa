"""Regular expressions as Go reads them.

Python's ``re`` gives some patterns another meaning and accepts others that Go refuses, so they
are compiled by RE2, whose syntax is Go's.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2

# RE2 matches one byte with it, Go does not know it; an even number of backslashes is text.
_SINGLE_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")
_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that must match a whole value."""

    text: str
    program: Any = field(repr=False, compare=False)

    def matches(self, value: str) -> bool:
        """Return whether the whole value matches."""
        return self.program.search(value) is not None


@lru_cache(maxsize=_CACHED)
def compile_pattern(text: str) -> Pattern:
    """Return the compiled pattern, anchored at both ends as Alertmanager does it.

    Raises:
        ValueError: Go would not compile it.
    """
    options = re2.Options()
    options.log_errors = False
    if _SINGLE_BYTE.search(text):
        raise ValueError(r"not a regular expression of Go: invalid escape sequence: `\C`")
    try:
        return Pattern(text, re2.compile(f"^(?:{text})$", options))
    except re2.error as error:
        raise ValueError(f"not a regular expression of Go: {_words(error)}") from error


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
