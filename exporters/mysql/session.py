"""What a part asks a MySQL or MariaDB server with, during one poll."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sothat.exporters.watch import AbsentError

PORT = 3306

Row = Sequence[bytes | None]
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Flavour:
    """Which product answers, and which release of it."""

    mariadb: bool
    version: tuple[int, int, int]
    text: str

    @property
    def product(self) -> str:
        """Return its name in small letters."""
        return "mariadb" if self.mariadb else "mysql"


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a statement, and what its columns are called."""

    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(slots=True)
class Session:
    """One poll's questions; status and settings of the server are asked for once.

    Attributes:
        now: Seconds since the epoch, by our clock.
        execute: Returns the answer to a statement.
    """

    flavour: Flavour
    now: float
    execute: Callable[[str], Answer]
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def rows(self, statement: str) -> Sequence[Row]:
        """Return the rows of a statement.

        Raises:
            AbsentError: The server does not answer it.
            LostError: The connection has gone.
        """
        return self.execute(statement).rows

    def first(self, statement: str) -> float | None:
        """Return the one number that a statement gives, None for NULL and for nothing."""
        rows = self.rows(statement)
        return number(rows[0][0]) if rows and rows[0] else None

    def table(self, statement: str) -> list[dict[str, str]]:
        """Return rows by the names of their columns; what is NULL is left out."""
        answer = self.execute(statement)
        return [
            {c: text(v) for c, v in zip(answer.columns, row, strict=False) if v is not None}
            for row in answer.rows
        ]

    @property
    def status(self) -> Mapping[str, str]:
        """Return the server's status variables, by their names in small letters."""
        return self._pairs("SHOW GLOBAL STATUS")

    @property
    def settings(self) -> Mapping[str, str]:
        """Return the server's settings."""
        return self._pairs("SHOW GLOBAL VARIABLES")

    def _pairs(self, statement: str) -> Mapping[str, str]:
        if statement not in self._known:
            rows = (row for row in self.rows(statement) if len(row) > 1)
            self._known[statement] = {text(row[0]).lower(): text(row[1]) for row in rows}
        return self._known[statement]


def parse_flavour(said: str) -> Flavour:
    """Return what ``VERSION()`` says."""
    found = _VERSION.search(said)
    if not found:
        raise AbsentError("malformed", f"no version: {said[:50]!r}")
    version = (int(found[1]), int(found[2]), int(found[3] or 0))
    return Flavour("mariadb" in said.lower(), version, said[:100])


def text(value: bytes | None) -> str:
    """Return a column as text, whatever its bytes."""
    return (value or b"").decode("utf-8", "replace")


def number(value: bytes | str | None) -> float | None:
    """Return a column as a number, None where it is NULL or no finite number."""
    try:
        found = math.nan if value is None else float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
