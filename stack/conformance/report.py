"""The results as a table for people and as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sothat.stack.conformance.run import Result


@dataclass(frozen=True, slots=True)
class Column:
    """One set-up: which Alertmanager, how many of them, and how the cases went."""

    version: str
    peers: int
    results: tuple[Result, ...]

    @property
    def title(self) -> str:
        """Return what stands above the column."""
        return f"{self.version} × {self.peers}"


def table(columns: Sequence[Column]) -> str:
    """Return the results as a Markdown table: a row a case, a column a set-up."""
    titles = " | ".join(column.title for column in columns)
    lines = [f"| case | what happens | {titles} |", f"|---|---|{'---|' * len(columns)}"]
    for name, meaning in _cases(columns):
        cells = " | ".join(_cell(column, name) for column in columns)
        lines.append(f"| {name} | {meaning} | {cells} |")
    return "\n".join(lines)


def failures(columns: Sequence[Column]) -> list[str]:
    """Return a line for each case that the receiver did not pass."""
    return [
        f"{column.title}: {result.case.name}: {result.failure}"
        for column in columns
        for result in column.results
        if result.failure
    ]


def as_data(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the results as JSON values."""
    return [
        {
            "alertmanager": column.version,
            "peers": column.peers,
            "case": result.case.name,
            "passed": not result.failure,
            "failure": result.failure,
            "seconds": round(result.seconds, 1),
        }
        for column in columns
        for result in column.results
    ]


def _cases(columns: Sequence[Column]) -> list[tuple[str, str]]:
    found = {r.case.name: r.case.meaning for column in columns for r in column.results}
    return list(found.items())


def _cell(column: Column, name: str) -> str:
    result = next((r for r in column.results if r.case.name == name), None)
    if result is None:
        return "–"
    return "**failed**" if result.failure else f"passed, {result.seconds:.0f} s"
