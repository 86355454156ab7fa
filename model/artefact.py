"""What the compiler writes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file to write: its path below the output folder (POSIX) and its whole text."""

    path: str
    text: str
