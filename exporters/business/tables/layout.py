"""Tables as they are described: which columns come from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jmespath.parser import ParsedResult
from sothat.runtime.documents import Document


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        source: JMESPath in a row of a service; name of the column in a file.
        path: The expression; None for files.
        kind: ``text``, ``number``, ``time`` (epoch seconds) or ``flag`` (0 or 1).
        words: What stands for what; empty: as it is.
        default: Where there is nothing; None: nothing.
        scale: What one of the number's unit is in ours.
        after: Column that a number of seconds is counted from; empty: none.
    """

    name: str
    source: str
    path: ParsedResult | None
    kind: str
    words: Mapping[str, str | float]
    default: str | float | None
    scale: float
    after: str


@dataclass(frozen=True, slots=True)
class Paging:
    """How the following page is asked for; of the first four one is given.

    Attributes:
        next: Expression that gives its address.
        token: Expression that gives what the parameter is set to.
        page: Parameter that counts pages from 1.
        offset: Parameter that counts rows from 0.
        link: Whether the header ``Link`` names it.
        parameter: Which one the token goes into.
        size: Rows of a full page; one with fewer is the last.
        end: Expression that is true on the last page; None: there is none.
    """

    next: ParsedResult | None = None
    token: ParsedResult | None = None
    page: str = ""
    offset: str = ""
    link: bool = False
    parameter: str = ""
    size: int = 0
    end: ParsedResult | None = None


@dataclass(frozen=True, slots=True)
class Http:
    """Rows of a service: a path, its parameters, where the rows are, and the pages."""

    path: str
    query: Mapping[str, str]
    rows: ParsedResult
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class File:
    """Rows of a file: CSV, or a sheet of a workbook."""

    path: str
    sheet: str
    delimiter: str
    encoding: str
    decimal: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        key: Column by which a row replaces an older one; empty: each load replaces all.
        keep: Seconds after which a row is dropped, and from when on rows are asked for first.
        kept_by: Column of its age; empty: none is dropped.
        every: Seconds between loads.
    """

    name: str
    source: Http | File
    columns: tuple[Column, ...]
    key: str
    keep: float
    kept_by: str
    every: float


@dataclass(frozen=True, slots=True)
class TablesFile:
    """A file of tables, with the variables put in.

    Attributes:
        views: Queries over the tables, by name.
        lacks: Names of KPIs for which there are no data.
    """

    tables: tuple[Table, ...]
    views: Mapping[str, str]
    lacks: frozenset[str]
    document: Document = field(repr=False, compare=False)
