"""``sothat conformance``: try a webhook receiver with real Alertmanagers."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._output import answer, examples, json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from sothat.stack.conformance.run import Result
    from sothat.stack.conformance.suite import Foreign


_EXAMPLES = examples(
    "sothat conformance --list",
    "sothat conformance                          # our own incident service",
    "sothat conformance --receiver http://127.0.0.1:8080/hook --entries ./entries.sh",
    "sothat conformance --case duplicate-delivery --peers 2 --json",
)


@click.command(short_help="Try a webhook receiver with real Alertmanagers.", epilog=_EXAMPLES)
@click.option(
    "--receiver",
    metavar="URL",
    help="The webhook to try; default: sothat's own incident service, started for this.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the bearer token that the webhook wants.",
)
@click.option(
    "--entries",
    metavar="COMMAND",
    help='Prints what the receiver holds of the alerts whose label case is $CASE: [{"id": …, '
    '"open": true, "firing": [values of the label instance]}].',
)
@click.option(
    "--alertmanager",
    "programs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An Alertmanager to use; repeatable; default: the one of the stack.",
)
@click.option(
    "--peers",
    multiple=True,
    type=click.IntRange(1, 2),
    default=(1, 2),
    show_default="1 and 2",
    help="How many Alertmanagers; repeatable.",
)
@click.option("--case", "names", multiple=True, help="Only this case; repeatable.")
@click.option(
    "--port",
    type=click.IntRange(1024, 65530),
    default=19093,
    show_default=True,
    help="First of five ports on loopback; the receiver may read the API at it and the next one.",
)
@click.option(
    "--patience",
    type=click.FloatRange(1, 3600),
    default=90.0,
    show_default=True,
    help="Seconds that each step of a case may take.",
)
@click.option("--jobs", type=click.IntRange(1, 32), default=8, show_default=True)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("compiled/incidents/policy.json"),
    show_default=True,
    help="Compiled policy for sothat's own receiver.",
)
@click.option("--store", help="SQLAlchemy URL of the own receiver's store; default: SQLite.")
@json_option
@click.option("--list", "listing", is_flag=True, help="List the cases and exit.")
def command(
    receiver: str | None,
    token_file: Path | None,
    entries: str | None,
    programs: tuple[Path, ...],
    peers: tuple[int, ...],
    names: tuple[str, ...],
    port: int,
    patience: float,
    jobs: int,
    policy: Path,
    store: str | None,
    as_json: bool,
    listing: bool,
) -> int:
    """Put real Alertmanagers before a receiver, let everything go wrong that does, and look.

    No alert may be lost and none doubled. Exit code 0: all cases passed; 1: some did not.
    """
    from sothat.stack.conformance import report
    from sothat.stack.conformance.cases import CASES
    from sothat.stack.conformance.suite import Plan, chosen, run_column

    if listing:
        names_of = {case.name: case.meaning for case in CASES}
        lines = (f"{name:22}{meaning}" for name, meaning in names_of.items())
        answer("\n".join(lines), {"cases": names_of}, as_json=as_json)
        return 0
    foreign = _foreign(receiver, token_file, entries)
    plan = Plan(chosen(names), port, patience, jobs, policy, store or "")
    columns = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
        for index, (program, version) in enumerate(_programs(programs)):
            for count in dict.fromkeys(peers):
                place = folder / f"{index}-{count}"
                place.mkdir()
                title = f"Alertmanager {version} × {count}"
                tell = _progress(title)
                columns.append(run_column(plan, program, version, count, place, foreign, tell))
    answer(report.table(columns), {"columns": report.as_data(columns)}, as_json=as_json)
    failures = report.failures(columns)
    for line in failures:
        click.echo(line, err=True)
    return 1 if failures else 0


def _foreign(
    receiver: str | None, token_file: Path | None, entries: str | None
) -> "Foreign | None":
    from sothat.model.problem import unusable
    from sothat.stack.conformance.receiver import Command
    from sothat.stack.conformance.suite import Foreign

    if receiver is None:
        return None
    if entries is None:
        message = "what the receiver holds cannot be seen from outside"
        hint = "say how to list it: --entries COMMAND"
        raise unusable("no-entries", message, hint=hint)
    return Foreign(receiver, token_file, Command(entries))


def _programs(given: tuple[Path, ...]) -> list[tuple[Path, str]]:
    from sothat.model.problem import unusable
    from sothat.stack.buildinfo import module_version
    from sothat.stack.tools import (
        ALERTMANAGER,
        first_words,
        locate,
        parse_version,
        version_text,
    )

    found = list(given)
    if not found:
        path = locate(ALERTMANAGER, os.environ)
        if path is None:
            hint = "install it (see sothat doctor), or name one with --alertmanager"
            raise unusable("tool-missing", "there is no Alertmanager on this machine", hint=hint)
        found = [path]
    versions = (
        parse_version(first_words([str(p), "--version"])) or module_version(p, ALERTMANAGER.module)
        for p in found
    )
    return list(zip(found, map(version_text, versions), strict=True))


def _progress(title: str) -> "Callable[[Result], None]":
    def tell(result: "Result") -> None:
        outcome = "FAILED" if result.failure else "passed"
        click.echo(f"{title}: {result.case.name}: {outcome}", err=True)

    return tell
