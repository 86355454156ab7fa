"""What a report asks for: sections of figures, trends and tables, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How a value is written."""

    COUNT = "count"
    RATIO = "ratio"
    SECONDS = "seconds"
    JOULES = "joules"
    MONEY = "money"


class Better(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure, trend or table.

    Attributes:
        name: As a reader of the report calls it.
        query: PromQL; ``$where`` stands for the matchers of the report's site, ``$month`` for the
            month's length as a duration.
        target: What it should reach, or stay below; None: nothing is promised.
        advice: What to do next where it misses its target; empty: nothing is said.
        labels: Of a table: its columns; of a trend: what tells its lines apart.
        at: Of a figure: ``end`` of the month; ``now`` where only the present counts, as of
            forecasts and backups.
        against: Of a table: PromQL for each row's own target, found by the same labels; empty:
            ``target`` is that of all.
    """

    name: str
    query: str
    unit: Unit
    better: Better = Better.HIGHER
    target: float | None = None
    advice: str = ""
    labels: tuple[str, ...] = ()
    at: str = "end"
    against: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One question that the report answers.

    Attributes:
        lead: The question, in a sentence.
        incidents: Whether the month's incidents are listed here.
    """

    id: str
    title: str
    lead: str
    figures: tuple[Asked, ...] = ()
    trends: tuple[Asked, ...] = ()
    tables: tuple[Asked, ...] = ()
    incidents: bool = False


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose report it is.

    Attributes:
        name: Of who sends it; empty: nobody.
        colour: Of headings and lines, as ``#rrggbb``.
        footer: At the foot of each page.
    """

    name: str = ""
    colour: str = "#0b5cad"
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole report.

    Attributes:
        recorded: PromQL that has a value whenever Prometheus was recording.
        sample: PromQL that is above 0 where figures are made up for demonstration; empty: none
            are.
    """

    title: str
    sections: tuple[Section, ...]
    recorded: str
    brand: Brand = Brand()
    sample: str = ""
