"""The score as a table."""

from collections.abc import Sequence

from .scoring import Row


def table(rows: Sequence[Row], tool: str) -> str:
    """Return the rows as Markdown, promtool's score beside ours."""
    head = f"| kind | mutants | caught by sothat | | caught by promtool {tool} | |"
    lines = [head, "|---|--:|--:|--:|--:|--:|", *map(_line, rows)]
    return "\n".join(lines)


def _line(row: Row) -> str:
    theirs = row.promtool / row.mutants if row.mutants else 0.0
    mine = f"{row.caught} | {row.share:.1%}"
    name = f"**{row.kind}**" if row.kind == "all" else row.kind
    return f"| {name} | {row.mutants} | {mine} | {row.promtool} | {theirs:.1%} |"
