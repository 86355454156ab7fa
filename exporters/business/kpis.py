"""The KPI file: ``kind: KPIs``, read strictly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sothat.exporters.business.form import DIRECTIONS, KPIS
from sothat.exporters.business.query import PARAMETERS, fault_of
from sothat.exporters.business.words import DIALECTS
from sothat.exporters.declare import unit_of
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_RESERVED = (
    "kpi_value",
    "kpi_target",
    "kpi_tolerance",
    "kpi_info",
    "kpi_last_success_timestamp_seconds",
    "kpi_data_timestamp_seconds",
    "sample_data",
)
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of a KPI beside its figure.

    Attributes:
        direction: What is better: ``higher``, ``lower`` or ``none``.
        target: In the base unit; None: none is set.
        lower: Least value within tolerance; None: none is set.
        upper: Greatest value within tolerance; None: none is set.
        owner: Who answers for it; empty when nobody is named.
        outcome: What customers have of it.
        chart: ``individuals`` where its days are comparable, ``none`` where they are not.
    """

    direction: str
    target: float | None
    lower: float | None
    upper: float | None
    owner: str
    outcome: str
    chart: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure and the query that gives it.

    Attributes:
        name: Without the prefix ``business_``; ends in its unit where it has one.
        description: What it means, whether more is better, and its target.
        event: Whether having no row is normal.
        labels: Columns that become labels.
        value: Column that holds the number; of no meaning for PromQL.
        scale: What one of the query's unit is in the base unit.
        across: How the series of one site become one figure: ``worst``, ``sum`` or ``mean``.
        as_of: Column that says how new a row is, in epoch seconds; empty for none.
        sql: The query; empty for PromQL.
        promql: The expression; empty for SQL.
    """

    name: str
    description: str
    unit: str
    event: bool
    labels: tuple[str, ...]
    value: str
    scale: float
    across: str
    as_of: str
    sql: str
    promql: str
    card: Card


@dataclass(frozen=True, slots=True)
class KpiFile:
    """A file of KPIs.

    Attributes:
        name: The file's stem.
        sample_data: Query of one number, not 0 where the data are made up; empty for none.
        document: Where it all stands, for messages.
    """

    name: str
    sample_data: str
    kpis: tuple[Kpi, ...]
    document: Document = field(repr=False, compare=False)

    def problem(self, kpi: Kpi, code: str, message: str) -> Problem:
        """Return a problem with a KPI's query."""
        number = self.kpis.index(kpi)
        return self.document.problem(
            code, message, ("kpis", number, "sql" if kpi.sql else "promql")
        )


def load_kpis(path: Path, dialects: Sequence[str] = DIALECTS) -> KpiFile:
    """Read a KPI file.

    Args:
        path: Of the file.
        dialects: The kinds of database that its queries may be run by.

    Raises:
        Unusable: It cannot be read, or some KPIs cannot be used.
    """
    document = load_document(path)
    problems = validate(document, KPIS) or [*_unfit(document, dialects)]
    if problems:
        raise Unusable(problems)
    data = document.data
    kpis = tuple(_kpi(entry, data) for entry in data["kpis"])
    return KpiFile(path.stem, data.get("sample_data", ""), kpis, document)


def _kpi(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Kpi:
    return Kpi(
        entry["name"],
        _description(entry),
        entry.get("unit", unit_of(entry["name"])),
        entry.get("event", False),
        tuple(entry.get("labels", ())),
        entry.get("value", ""),
        entry.get("scale", 1),
        entry.get("across", "worst"),
        entry.get("as_of", ""),
        entry.get("sql", ""),
        entry.get("promql", ""),
        _card(entry, defaults),
    )


def _card(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Card:
    tolerance = entry.get("tolerance", {})
    return Card(
        entry["direction"],
        entry.get("target"),
        tolerance.get("lower"),
        tolerance.get("upper"),
        entry.get("owner", defaults.get("owner", "")),
        entry.get("outcome", defaults.get("outcome", "")),
        entry.get("chart", "individuals"),
    )


def _description(entry: Mapping[str, Any]) -> str:
    aim = [DIRECTIONS[entry["direction"]]] if entry["direction"] != "none" else []
    if "target" in entry:
        aim.append(f"target {entry['target']:g}")
    said = entry["help"].strip().rstrip(".")
    return f"{said} ({', '.join(aim)})." if aim else f"{said}."


def _unfit(document: Document, dialects: Sequence[str]) -> Iterator[Problem]:
    names: dict[str, int] = {}
    if "sample_data" in document.data:
        query = document.data["sample_data"]
        yield from _bad_query(document, ("sample_data",), query, dialects)
    for number, entry in enumerate(document.data["kpis"]):
        path = ("kpis", number)
        name = entry["name"]
        if name in names or name in _RESERVED:
            yield document.problem("name-clash", f"'{name}' is taken", (*path, "name"))
        names[name] = number
        yield from _wrong_unit(document, path, entry)
        yield from _wrong_source(document, path, entry)
        yield from _wrong_tolerance(document, path, entry)
        if "sql" in entry:
            yield from _bad_query(document, (*path, "sql"), entry["sql"], dialects)


def _wrong_unit(document: Document, path: Path_, entry: Mapping[str, Any]) -> Iterator[Problem]:
    stated, named = entry.get("unit"), unit_of(entry["name"])
    if stated is not None and stated != named:
        message = f"the name states the unit '{named}'" if named else "the name states no unit"
        hint = f"name it …_{stated}, and give the scale that leads there" if stated else ""
        yield document.problem("wrong-unit", message, (*path, "unit"), hint=hint)


def _wrong_source(document: Document, path: Path_, entry: Mapping[str, Any]) -> Iterator[Problem]:
    given = [key for key in ("sql", "promql") if key in entry]
    if len(given) != 1:
        message = f"'{entry['name']}' must have either 'sql' or 'promql'"
        yield document.problem("missing-key", message, path, key=True)
    elif given == ["sql"] and "value" not in entry:
        message = "the key 'value' is missing"
        hint = "name the column with the number"
        yield document.problem("missing-key", message, path, key=True, hint=hint)


def _wrong_tolerance(
    document: Document, path: Path_, entry: Mapping[str, Any]
) -> Iterator[Problem]:
    band = entry.get("tolerance", {})
    if "lower" in band and "upper" in band and band["lower"] > band["upper"]:
        message = "the tolerance's lower edge is above its upper one"
        yield document.problem("out-of-range", message, (*path, "tolerance"))
    target = entry.get("target")
    if target is not None and not band.get("lower", target) <= target <= band.get("upper", target):
        message = "the target lies outside of the tolerance"
        yield document.problem("out-of-range", message, (*path, "target"))


def _bad_query(
    document: Document, path: Path_, sql: str, dialects: Sequence[str]
) -> Iterator[Problem]:
    fault = fault_of(sql, dialects)
    if fault:
        hint = f"one SELECT; parameters: {', '.join(f':{name}' for name in PARAMETERS)}"
        yield document.problem("bad-query", fault, path, hint=hint)
