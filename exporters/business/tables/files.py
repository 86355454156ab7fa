"""Rows of CSV files and workbooks: read as they come, whatever somebody put into them."""

import csv
import io
import os
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sothat.exporters.business.tables.layout import Column, File, Table
from sothat.exporters.business.tables.values import Misfit, Value, row_of
from sothat.runtime.reading import open_regular

MAX_FILE_BYTES = 64 * 1024 * 1024
# What a workbook may take once it is unpacked: a few kilobytes can hold gigabytes.
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_COLUMNS = 1_000
_WORKBOOKS = frozenset({".xlsx", ".xlsm"})
_BROKEN = (
    OSError,
    UnicodeError,
    LookupError,
    csv.Error,
    zipfile.BadZipFile,
    KeyError,
    SyntaxError,  # what ElementTree's ParseError is
    ValueError,
    EOFError,
)


class FileFailed(Exception):  # noqa: N818 – it is named for what has happened
    """A file could not be read to its end."""


def stamp(path: Path) -> tuple[int, int]:
    """Return what tells one state of a file from another.

    Raises:
        OSError: There is no such file.
    """
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def rows_of(path: Path, table: Table, source: File) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of a table from its file.

    Raises:
        FileFailed: It cannot be read, or something in it is not what its column is to hold.
    """
    lines = _Lines(_sheet(path, source) if _is_workbook(path) else _csv(path, source))
    try:
        where = _places(next(lines, ()), table)
        for cells in lines:
            if any(cell not in (None, "") for cell in cells):
                yield row_of(table.columns, _in_cells(cells, where, source.decimal))
    except _BROKEN as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileFailed(f"{source.path}, row {lines.number}: {why}") from error
    finally:
        lines.close()


class _Lines(Iterator[Sequence[Any]]):
    """Lines that are counted as they are taken."""

    def __init__(self, lines: Generator[Sequence[Any], None, None]) -> None:
        self.number = 0
        self._lines = lines

    def __next__(self) -> Sequence[Any]:
        self.number += 1
        return next(self._lines)

    def close(self) -> None:
        """Let go of the file."""
        self._lines.close()


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() in _WORKBOOKS


def _places(header: Sequence[Any], table: Table) -> dict[str, int]:
    """Return in which place of a row each column is."""
    names = [str(cell).strip() if cell is not None else "" for cell in header]
    doubled = next((name for name in names if name and names.count(name) > 1), None)
    if doubled:
        raise Misfit(f"the column '{doubled}' is there twice")
    wanted = {column.source for column in table.columns if column.default is None}
    if missing := wanted - set(names):
        raise Misfit(f"there is no column '{min(missing)}'")
    return {name: place for place, name in enumerate(names) if name}


def _in_cells(cells: Sequence[Any], where: dict[str, int], decimal: str) -> Callable[[Column], Any]:
    def found(column: Column) -> Any:
        place = where.get(column.source)
        if place is None or place >= len(cells):
            return None
        cell = cells[place]
        if isinstance(cell, str):
            cell = cell.strip()
            if decimal == "," and column.kind == "number":
                cell = cell.replace(".", "").replace(",", ".")
        return cell

    return found


def _csv(path: Path, source: File) -> Generator[Sequence[Any], None, None]:
    """Yield the lines; a cell of more than 128 KB is refused by the csv module."""
    with os.fdopen(open_regular(path), "rb") as raw:
        if os.fstat(raw.fileno()).st_size > MAX_FILE_BYTES:
            raise ValueError(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        encoding = "utf-8-sig" if source.encoding.lower() == "utf-8" else source.encoding
        text = io.TextIOWrapper(raw, encoding, newline="")
        for line in csv.reader(text, delimiter=source.delimiter, strict=True):
            if len(line) > MAX_COLUMNS:
                raise ValueError(f"more than {MAX_COLUMNS} columns")
            yield line


def _sheet(path: Path, source: File) -> Generator[Sequence[Any], None, None]:
    # What an exporter that reads no workbook does without.
    from openpyxl import load_workbook  # noqa: PLC0415

    with os.fdopen(open_regular(path), "rb") as raw:
        _require_small(raw)
        book = load_workbook(raw, read_only=True, data_only=True, keep_links=False)
        try:
            if source.sheet and source.sheet not in book.sheetnames:
                raise ValueError(f"there is no sheet '{source.sheet}'")
            sheet = book[source.sheet] if source.sheet else book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its size need not be true
            for row in sheet.iter_rows(values_only=True):
                yield tuple(islice(row, MAX_COLUMNS))
        finally:
            book.close()


def _require_small(raw: io.BufferedReader) -> None:
    with zipfile.ZipFile(raw) as packed:
        if sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError(f"larger than {MAX_UNPACKED_BYTES >> 20} MiB when unpacked")
    raw.seek(0)
