"""Tables in text, for terminals and logs."""

from collections.abc import Iterator, Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a table: numbers to the right, all else to the left."""
    cells = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(row[n], int | float) for row in rows)
        for n in range(len(head))
    ]
    for row in ([*head], *cells):
        parts = zip(row, widths, right, strict=True)
        yield "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in parts).rstrip()
