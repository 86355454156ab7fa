"""``sothat report``: the monthly report that a customer's management reads."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._happened import incidents_of, with_incidents
from sothat.commands._output import examples
from sothat.commands._progress import Watched, progress
from sothat.commands._prometheus import prometheus_of, with_prometheus

if TYPE_CHECKING:
    from sothat.reports.report import Incident, Report, Scope


# What a report asks of a Prometheus.
_QUESTIONS = ("instant", "range")
_EXAMPLES = examples(
    "sothat report --prometheus http://127.0.0.1:9090 --month 2026-10",
    "sothat report --prometheus http://127.0.0.1:9090 --site harbour --format pdf",
    "sothat report --prometheus http://127.0.0.1:9090 --incidents http://127.0.0.1:9781 --json",
)


@click.command(short_help="The monthly report, as a page, a PDF or JSON.", epilog=_EXAMPLES)
@click.option("--month", default="", metavar="YYYY-MM", help="Default: the last that is over.")
@click.option("--site", default="", metavar="NAME", help="Of one site alone.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "pdf", "json"]),
    default="html",
    show_default=True,
)
@click.option(
    "--time-zone", "zone", default="UTC", show_default=True, help="Whose midnight months begin at."
)
@click.option(
    "--outline",
    type=click.Path(path_type=Path),
    help="What it asks for (kind: ReportOutline); default: the one that comes with sothat.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Default: report-MONTH.FORMAT; - prints.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json -o -.")
@with_incidents
@with_prometheus
def command(
    month: str,
    site: str,
    form: str,
    zone: str,
    outline: Path | None,
    output: Path | None,
    as_json: bool,
    incidents: str | None,
    incidents_token: Path | None,
    **server: Any,
) -> int:
    """Make the report of a month from Prometheus and the incident service.

    Exit 1 when a question could not be answered; the report says which.
    """
    from sothat.reports.asking import Asking
    from sothat.reports.reading import SHIPPED, load_outline
    from sothat.reports.scope import scope_of

    scope = scope_of(month, zone, site, datetime.now(UTC).replace(microsecond=0))
    outlined = load_outline(outline or SHIPPED)
    happened = _incidents(incidents, incidents_token, scope)
    with progress() as tell:
        server_told = Watched(
            prometheus_of(**server), _QUESTIONS, lambda asked: tell(f"question {asked}")
        )
        report = Asking(outlined, scope, server_told, happened).report()
    if as_json:
        form, output = "json", output or Path("-")
    _write(output or Path(f"report-{scope.month}.{form}"), _made(report, form))
    for name, reason in report.failed:
        click.echo(f"not answered: {name}: {reason}", err=True)
    return 1 if report.failed else 0


def _incidents(
    url: str | None, token: Path | None, scope: "Scope"
) -> "tuple[Incident, ...] | None":
    """Return the month's incidents, of the site alone if there is one."""
    from sothat.reports.report import Incident

    edges = (round(at.timestamp() * 1000) for at in (scope.interval.start, scope.until))
    found = incidents_of(url, token, *edges)
    if found is None:
        return None
    here = [one for one in found if scope.site in ("", one.labels.get("site", ""))]
    return tuple(
        Incident(
            one.number,
            one.title,
            one.priority,
            one.so_that or one.outcome,
            one.opened / 1000,
            None if one.acknowledged is None else one.acknowledged / 1000,
            None if one.ended is None else one.ended / 1000,
            one.lesson,
        )
        for one in sorted(here, key=lambda one: one.opened)
    )


def _made(report: "Report", form: str) -> bytes:
    if form == "json":
        from sothat.reports.as_data import data

        text = json.dumps(data(report), indent=2, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode("utf-8", "replace")
    from sothat.reports.page import html

    page = html(report)
    if form == "html":
        return page.encode("utf-8", "replace")
    from sothat.runtime.pdf import pdf

    return pdf(page)


def _write(output: Path, content: bytes) -> None:
    from sothat.commands._output import writing

    if str(output) == "-":
        sys.stdout.buffer.write(content)
        return
    with writing(output):
        output.write_bytes(content)
    click.echo(f"{output}", err=True)
