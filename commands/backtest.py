"""``sothat backtest``: what alerts would have done, replayed over a Prometheus' history."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, collector_paused, inputs_of, inputs_options, refuse
from sothat.commands._happened import incidents_of, with_incidents
from sothat.commands._output import json_option, print_json
from sothat.commands._progress import counted
from sothat.commands._prometheus import groups_of, prometheus_of, with_prometheus
from sothat.commands._span import (
    interval,
    interval_option,
    since_option,
    span,
    until_option,
    zone_of,
    zone_option,
)

if TYPE_CHECKING:
    from sothat.live.backtest.rulebook import Rulebook
    from sothat.live.backtest.run import Backtest, Finding, Refused, Request
    from sothat.live.backtest.subject import Subject

# An incident may have begun before the firing that belongs to it.
_EARLIER = 86_400_000


@click.command(short_help="Replay alerts over a Prometheus' history.")
@click.argument("alerts", nargs=-1, metavar="[ALERT]...")
@with_prometheus
@since_option
@until_option
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Rule file or folder instead of the catalogue; repeatable.",
)
@click.option("--changed", metavar="REV", help="Only alerts that changed since this git revision.")
@interval_option
@click.option(
    "--parallel",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="How many questions the server has at once.",
)
@click.option("--no-sweep", is_flag=True, help="Do not try other thresholds and durations.")
@click.option("--details", is_flag=True, help="A page for each alert that fired.")
@zone_option
@with_incidents
@json_option
@inputs_options()
def command(
    alerts: tuple[str, ...],
    since: str,
    until: str,
    rules: tuple[Path, ...],
    changed: str | None,
    every: str,
    parallel: int,
    no_sweep: bool,
    details: bool,
    zone: str,
    incidents: str | None,
    incidents_token: Path | None,
    as_json: bool,
    named: Named,
    **server: Any,
) -> int:
    """Replay ALERT, or all alerts, over history: how often, how long, when, and how else.

    \b
    Examples:
      sothat backtest --prometheus http://127.0.0.1:9090 --since 30d
      sothat backtest --prometheus http://127.0.0.1:9090 IotDeviceOffline --incidents http://127.0.0.1:9781
      sothat backtest --prometheus http://127.0.0.1:9090 --rules rules/ --since 7d --json
      sothat backtest --prometheus http://127.0.0.1:9090 --changed origin/main

    Exit code 0: all were replayed; 1: some could not be.
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.checked import Refused as RefusedCatalogue
    from sothat.live.backtest.run import Request

    start, end = span(since, until, datetime.now(UTC))
    request = Request(start, end, interval(every), not no_sweep, parallel, zone_of(zone))
    if changed and rules:
        raise click.UsageError("--changed is about the catalogue: leave --rules out")
    client = prometheus_of(**server)
    try:
        with collector_paused():
            book = _book(rules, named)
            subjects = _subjects(book, alerts, changed, named)
    except RefusedCatalogue as refused:
        return refuse(refused.problems)
    real = incidents_of(incidents, incidents_token, start - _EARLIER, end)
    backtest = _backtest(client, book, request, real)
    begun = time.monotonic()
    found = list(counted(backtest.run(subjects), len(subjects), "alerts replayed"))
    _show(found, backtest, time.monotonic() - begun, as_json=as_json, pages=bool(alerts) or details)
    return 1 if any(not hasattr(one, "figures") for one in found) else 0


def _book(rules: tuple[Path, ...], named: Named) -> "Rulebook":
    from sothat.live.backtest.rulebook import of_catalogue, of_files

    if rules:
        return of_files(rules)
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import compile_catalogue

    return of_catalogue(compile_catalogue(inputs_of(named), installed_checks()))


def _subjects(
    book: "Rulebook", alerts: tuple[str, ...], changed: str | None, named: Named
) -> "tuple[Subject, ...]":
    """Return the alerts that are asked for.

    Raises:
        Unusable: One is not known, or the revision is not.
    """
    chosen = book.chosen(alerts)
    if changed is None:
        return chosen
    from sothat.generator.compile import shipped_catalogue
    from sothat.live.revision import folder_at

    with folder_at(named.catalogue or shipped_catalogue(), changed) as before:
        old = {each.rule for each in _book((), replace(named, catalogue=before)).subjects}
    return tuple(each for each in chosen if each.rule not in old)


def _backtest(
    client: Any, book: "Rulebook", request: "Request", incidents: "tuple[Any, ...] | None"
) -> "Backtest":
    from sothat.live.backtest.asking import Asker, Counted, Tally
    from sothat.live.backtest.coverage import Coverage
    from sothat.live.backtest.run import Backtest
    from sothat.live.backtest.truth import real_ones

    tally = Tally()
    server = Counted(client, time.monotonic, tally)
    return Backtest(
        book=book,
        asker=Asker(server, time.monotonic, time.sleep, tally=tally),
        coverage=Coverage(server, book.recordings, request.start / 1000, request.end / 1000),
        groups=groups_of(client),
        request=request,
        real=None if incidents is None else real_ones(incidents),
    )


def _show(
    found: "list[Finding | Refused]",
    backtest: "Backtest",
    seconds: float,
    *,
    as_json: bool,
    pages: bool,
) -> None:
    from sothat.live.backtest.as_data import as_data
    from sothat.live.backtest.report import load, overview, page
    from sothat.live.backtest.run import Finding

    if as_json:
        print_json(as_data(found, backtest.asker.tally))
        return
    for one in found if pages else ():
        if isinstance(one, Finding) and (one.figures.fired or len(found) == 1):
            click.echo("\n".join((*page(one), "")))
    click.echo("\n".join((*overview(found), load(backtest.asker.tally, seconds))))
