"""``sothat check``: the problems of a catalogue, or of plain rule files and boards, all at once."""

import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
from sothat.commands._catalogue import (
    Named,
    cases_kept,
    collector_paused,
    inputs_of,
    inputs_options,
    inputs_read_ahead,
)
from sothat.commands._gathering import Gathering
from sothat.commands._reconciling import Live, check_live, live_options
from sothat.commands._watching import changes
from sothat.model.duration import parse_duration
from sothat.model.problem import Problem, Severity, Unusable

_PAUSE = 0.1  # seconds between two looks at the files: well below what people notice
_FILES = click.Path(path_type=Path)
_CONTRACTS = click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="NAME|FILE…",
    help="Which metrics exist, by shipped name, file or folder; with a catalogue: yours, by file.",
)


@click.command(
    cls=Gathering,
    gathering=("--rules", "--dashboards", "--contract"),
    short_help="Check a catalogue, or plain rule files and boards.",
)
@inputs_options(_CONTRACTS)
@click.option(
    "--rules",
    multiple=True,
    type=_FILES,
    metavar="FILE…",
    help="Plain rule files, PrometheusRule manifests, or folders of them, instead of a catalogue.",
)
@click.option(
    "--dashboards",
    multiple=True,
    type=_FILES,
    metavar="FILE…",
    help="Boards as Grafana's JSON, or folders of them.",
)
@click.option(
    "--target-label", "labels", multiple=True, help="A further label that your scrapes add."
)
@click.option("--scrape-interval", default="15s", help="Of your Prometheus; default 15s.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="How problems are printed.",
)
@click.option("--watch", is_flag=True, help="Check the catalogue again after each change.")
@live_options
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    rules: tuple[Path, ...],
    dashboards: tuple[Path, ...],
    labels: tuple[str, ...],
    scrape_interval: str,
    form: str,
    live: Live | None,
    *,
    watch: bool,
    as_json: bool,
    named: Named,
) -> int:
    """Check the catalogue, or plain rule files and boards: 0 clean, 1 problems, 2 unusable input.

    \b
    Examples:
      sothat check
      sothat check --catalogue alerts/ --watch
      sothat check --catalogue alerts/ --contract our-exporter.yaml
      sothat check --rules rules/*.yaml --contract node_exporter postgres_exporter
      sothat check --rules k8s.yaml --dashboards board.json --contract kube-state-metrics --json
      sothat check --live http://127.0.0.1:9090 --past 7d
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    form = "json" if as_json else form
    if watch and (rules or dashboards):
        raise click.UsageError("--watch looks at a catalogue, not at --rules or --dashboards")
    if live and (watch or rules or dashboards):
        raise click.UsageError("--live holds a catalogue against a server: leave the others out")
    if watch:
        return _watch(named, form)
    if live:
        return check_live(live, named, form)
    try:
        with collector_paused():
            if rules or dashboards:
                wanted = named.contracts
                problems, refused = _of_files(rules, dashboards, wanted, labels, scrape_interval)
            else:
                problems, refused = _of_catalogue(named), ()
    except Unusable as error:
        problems, refused = (), error.problems
    return _report([*refused, *problems], form, unusable=bool(refused))


def _watch(named: Named, form: str) -> int:
    """Check again after each change, until somebody interrupts; that is no verdict: exit 0."""
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import all_problems
    from sothat.generator.loading.folder import folders_of
    from sothat.runtime.forks import processors

    checks = installed_checks()
    # Both end it, also where a shell in the background has had the first one ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with cases_kept(inputs_of(named)) as inputs, suppress(KeyboardInterrupt):
        folders = partial(folders_of, inputs.catalogue, inputs.memory.read)
        for _ in changes(folders, partial(time.sleep, _PAUSE)):
            # What is no longer needed is looked for while nobody waits.
            with collector_paused():
                try:
                    _report(all_problems(inputs, checks, processors()), form, unusable=False)
                except Unusable as error:
                    _report(error.problems, form, unusable=True)
    return 0


def _of_catalogue(named: Named) -> Sequence[Problem]:
    with inputs_read_ahead(named) as inputs, cases_kept(inputs) as knowing:
        from sothat.generator.checked import installed_checks
        from sothat.generator.compile import all_problems
        from sothat.runtime.forks import processors

        return all_problems(knowing, installed_checks(), processors())


def _of_files(
    rules: Sequence[Path],
    boards: Sequence[Path],
    contracts: Sequence[str],
    labels: Sequence[str],
    scrape_interval: str,
) -> tuple[Sequence[Problem], Sequence[Problem]]:
    from sothat.generator.foreign.checking import Request, check_files

    try:
        interval = parse_duration(scrape_interval)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--scrape-interval") from error
    outcome = check_files(Request(rules, boards, contracts, frozenset(labels), interval))
    return outcome.problems, outcome.unusable


def _report(problems: Sequence[Problem], form: str, *, unusable: bool) -> int:
    from sothat.generator.reporting import FORMATS

    clean = not problems
    click.echo(FORMATS[form](problems), err=form == "text" and not clean)
    errors = any(problem.severity is Severity.ERROR for problem in problems)
    return 2 if unusable else int(errors)
