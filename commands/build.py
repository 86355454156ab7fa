"""``sothat build``: the catalogue into rules, routing, tests, runbooks, boards and policy."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import (
    Named,
    cases_kept,
    collector_paused,
    inputs_options,
    inputs_read_ahead,
    refuse,
)
from sothat.commands._output import examples, json_option, plain, print_json
from sothat.commands._progress import progress
from sothat.model.problem import Problem, render, unusable

if TYPE_CHECKING:
    from sothat.generator.writer import Difference, Written

_EXAMPLES = examples(
    "sothat build",
    "sothat build --catalogue alert_rules --values values.yaml -o compiled",
    "sothat build --check                       # in a pipeline: is what is committed fresh?",
    "sothat build --for kubernetes -o kubernetes",
)


@click.command(
    short_help="Compile the catalogue into rules, routing, runbooks, boards.", epilog=_EXAMPLES
)
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
@json_option
@collector_paused()
def command(
    output: Path,
    *,
    purpose: str | None,
    check: bool,
    as_json: bool,
    named: Named,
) -> int:
    """Compile the catalogue; a failing build leaves the old output whole."""
    with progress() as tell, inputs_read_ahead(named) as inputs, cases_kept(inputs) as knowing:
        tell("compiling")
        from sothat.generator.checked import Refused, installed_checks
        from sothat.generator.compile import compile_catalogue
        from sothat.runtime.forks import processors

        _refuse_inside(output, inputs.catalogue)
        try:
            checked = compile_catalogue(knowing, installed_checks(), tests_by=processors())
        except Refused as refused:
            return refuse(refused.problems)
    from sothat.generator.emitter import emit_for, installed_emitters
    from sothat.generator.writer import differences, write

    sources = [
        partial(emit_for, purpose or "", emitter, checked) for emitter in installed_emitters()
    ]
    with progress() as tell:
        tell("comparing" if check else "writing")
        found = _Found(
            output,
            checked.warnings,
            differences(sources, output, processors()) if check else (),
            None if check else write(sources, output, processors()),
        )
    _report(found, as_json=as_json)
    return 1 if found.stale else 0


@dataclass(frozen=True, slots=True)
class _Found:
    """What a build came to; nothing is written where it only compares."""

    output: Path
    warnings: Sequence[Problem]
    stale: "Sequence[Difference]"
    written: "Written | None"


def _report(found: _Found, *, as_json: bool) -> None:
    changes = found.written.changes if found.written else found.stale
    if as_json:
        files = {"files": found.written.files} if found.written else {}
        listed = [asdict(change) for change in changes]
        warnings = plain(found.warnings)
        data = {"output": found.output, **files, "changes": listed, "problems": warnings}
        print_json(data)
        return
    for warning in found.warnings:
        click.echo(render(warning), err=True)
    for difference in found.stale:
        click.echo(f"{difference.what}: {found.output / difference.path}", err=True)
    if found.written:
        click.echo(f"{found.written.files} files in {found.output}, {len(changes)} changed")


def _refuse_inside(output: Path, catalogue: Path) -> None:
    """Refuse an output within the catalogue: the next run would read it as catalogue.

    Raises:
        Unusable: It lies within.
    """
    if output.resolve().is_relative_to(catalogue.resolve()):
        message = f"the output {output} lies within the catalogue, and would be read as part of it"
        raise unusable("unwritable-output", message, hint="name a folder outside with -o")
