"""A report as one HTML file that needs nothing else, on a screen and on paper."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sothat.reports import plot, words
from sothat.reports.report import Incident, Report, Table, Trend, Verdict
from sothat.reports.summary import summarised, without_data

_TEMPLATES = Path(__file__).with_name("templates")


def html(report: Report) -> str:
    """Return a report as a page."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(_values(report))


def _values(report: Report) -> dict[str, Any]:
    numbers = iter(range(10_000))
    return {
        "report": report,
        "summary": summarised(report),
        "unknown": without_data(report),
        "words": words,
        "month": words.month(report.scope),
        "Verdict": Verdict,
        "plot": lambda trend: _plot(trend, report, next(numbers)),
        "legend": plot.legend,
        "has_points": lambda trend: any(trend.lines.values()),
        "took": _took,
        "columns": _columns,
        "promised": lambda table: any(row.target is not None for row in table.rows),
        "footer": _css_text(report.outline.brand.footer),
    }


def _plot(trend: Trend, report: Report, number: int) -> Markup:
    # Its texts are escaped where it is made.
    return Markup(plot.svg(trend, report.scope, number))  # noqa: S704


def _took(incident: Incident) -> str:
    if incident.resolved is None:
        return "–"
    return words.slowest(incident.resolved - incident.opened)


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in table.asked.labels)


def _css_text(text: str) -> Markup:
    """Return a text as a CSS string's content, in which nothing ends the string or the style."""
    return Markup("".join(c if c.isalnum() or c == " " else f"\\{ord(c):06x}" for c in text))  # noqa: S704
