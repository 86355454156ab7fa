"""``sothat build``: the catalogue into rules, routing, tests, runbooks, boards and policy."""

from functools import partial
from pathlib import Path

import click
from sothat.commands._catalogue import (
    Named,
    cases_kept,
    collector_paused,
    inputs_options,
    inputs_read_ahead,
    refuse,
)
from sothat.model.problem import render, unusable


@click.command(short_help="Compile the catalogue into rules, routing, runbooks, boards.")
@inputs_options()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("compiled"),
    show_default=True,
    help="The folder to write.",
)
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["kubernetes"]),
    help="Only what is needed there: a Kustomize base. Name a folder of its own with -o.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when the output is stale.")
@collector_paused()
def command(
    output: Path,
    *,
    purpose: str | None,
    check: bool,
    named: Named,
) -> int:
    """Compile the catalogue; a failing build leaves the old output whole."""
    with inputs_read_ahead(named) as inputs, cases_kept(inputs) as knowing:
        from sothat.generator.checked import Refused, installed_checks
        from sothat.generator.compile import compile_catalogue
        from sothat.runtime.forks import processors

        _refuse_inside(output, inputs.catalogue)
        try:
            checked = compile_catalogue(knowing, installed_checks(), tests_by=processors())
        except Refused as refused:
            return refuse(refused.problems)
        for warning in checked.warnings:
            click.echo(render(warning), err=True)
    from sothat.generator.emitter import emit_for, installed_emitters
    from sothat.generator.writer import differences, write

    sources = [
        partial(emit_for, purpose or "", emitter, checked) for emitter in installed_emitters()
    ]
    if check:
        stale = differences(sources, output, processors())
        for difference in stale:
            click.echo(f"{difference.what}: {output / difference.path}", err=True)
        return 1 if stale else 0
    written = write(sources, output, processors())
    click.echo(f"{written.files} files in {output}, {len(written.changes)} changed")
    return 0


def _refuse_inside(output: Path, catalogue: Path) -> None:
    """Refuse an output within the catalogue: the next run would read it as catalogue.

    Raises:
        Unusable: It lies within.
    """
    if output.resolve().is_relative_to(catalogue.resolve()):
        message = f"the output {output} lies within the catalogue, and would be read as part of it"
        raise unusable("unwritable-output", message, hint="name a folder outside with -o")
