"""What the commands on a catalogue share."""

from collections.abc import Sequence
from pathlib import Path

import click
from sothat.model.problem import Problem, render

catalogue_option = click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="The catalogue's folder; default: the one that comes with sothat.",
)


def refuse(problems: Sequence[Problem]) -> int:
    """Print the problems of a refused catalogue and return the exit code."""
    for problem in problems:
        click.echo(render(problem), err=True)
    count = len(problems)
    click.echo(f"{count} problem{'s' if count != 1 else ''}: nothing was written", err=True)
    return 1
