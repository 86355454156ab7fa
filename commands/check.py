"""``sothat check``: the problems of a catalogue, all at once."""

from collections.abc import Sequence
from pathlib import Path

import click
from sothat.commands._catalogue import catalogue_option
from sothat.model.problem import Problem, Severity, Unusable, render


@click.command()
@catalogue_option
@click.option("--values", type=click.Path(path_type=Path), help="What this environment changes.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One value more.")
@click.option("--json", "machine", is_flag=True, help="One JSON object on standard output.")
def command(
    catalogue: Path | None, values: Path | None, overrides: tuple[str, ...], machine: bool
) -> int:
    """Check the catalogue: exit 0 clean, 1 problems, 2 unusable input."""
    try:
        problems, code = _problems(catalogue, values, overrides), None
    except Unusable as error:
        problems, code = list(error.problems), 2
    if machine:
        from sothat.generator.reporting.data import as_json

        click.echo(as_json(problems))
    else:
        _print(problems)
    refused = any(problem.severity is Severity.ERROR for problem in problems)
    return code or int(refused)


def _problems(
    catalogue: Path | None, values: Path | None, overrides: Sequence[str]
) -> list[Problem]:
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import all_problems, installed_inputs
    from sothat.generator.values import load_values

    inputs = installed_inputs(catalogue, load_values(values, overrides))
    return all_problems(inputs, installed_checks())


def _print(problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(render(problem), err=True)
    if not problems:
        click.echo("no problems")
