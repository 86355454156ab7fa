"""``sothat prove``: promtool over the generated tests, and over mutants that must fail."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import (
    Named,
    cases_kept,
    inputs_of,
    inputs_options,
    refuse,
)
from sothat.commands._output import examples, json_option, plain, print_json, tell_problems, writing
from sothat.commands._progress import progress
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, unusable

if TYPE_CHECKING:
    from sothat.generator.checked import CheckedCatalogue
    from sothat.generator.compile import Inputs
    from sothat.generator.proving.proof import Proof
    from sothat.generator.proving.reasons import Reason
    from sothat.generator.proving.running import Promtool
    from sothat.generator.proving.subjects import Subject
    from sothat.stack.tools import Found, Tool

_SURVIVAL = (
    "hint: a survivor is a slip that no test would notice: add an example on either side of it, "
    "or write down why none is needed (kind: Proof)"
)


_EXAMPLES = examples(
    "sothat prove",
    "sothat prove --alert IotDeviceOffline --mutants",
    "sothat prove --catalogue alert_rules --values values.yaml --junit proof.xml",
)


@click.command(
    short_help="Run promtool over the generated tests, and over mutants.", epilog=_EXAMPLES
)
@inputs_options()
@click.option("--alert", "alerts", multiple=True, metavar="NAME", help="This one only; repeatable.")
@click.option("--mutants", is_flag=True, help="Also prove that a slip in a rule fails its tests.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML to this file.")
@json_option
@click.option(
    "--table", type=click.Path(path_type=Path), help="Write the mutants' score to this page."
)
@click.option(
    "--promtool", "program", type=click.Path(path_type=Path), help="The program; default: found."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes at once; default: processors.")
@click.option(
    "--deadline",
    type=click.FloatRange(1.0),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Give promtool up when it says nothing for so long.",
)
def command(
    alerts: tuple[str, ...],
    mutants: bool,
    junit: Path | None,
    as_json: bool,
    table: Path | None,
    program: Path | None,
    jobs: int | None,
    deadline: float,
    named: Named,
) -> int:
    """Compile the catalogue and prove it: every test passes, and every mutant fails one.

    Exit code 0: proven; 1: a test fails, or a mutant survives without a reason.
    """
    from sothat.generator.checked import Refused, installed_checks
    from sothat.generator.compile import compile_catalogue
    from sothat.generator.proving.report import as_data
    from sothat.generator.proving.running import Promtool
    from sothat.runtime.forks import processors

    if table and not mutants:
        raise unusable("bad-parameter", "--table needs --mutants", hint="add --mutants")
    found = _promtool(program)
    inputs = inputs_of(named)
    with progress() as tell, cases_kept(inputs) as knowing:
        tell("compiling")
        try:
            checked = compile_catalogue(knowing, installed_checks(), tests_by=processors())
        except Refused as refused:
            return refuse(refused.problems)
        subjects = _subjects(checked, alerts)
    reasons = _reasons(inputs) if mutants else None
    with progress() as tell:

        def told(done: int, files: int) -> None:
            tell(f"promtool: {done} of {files} tests")

        tool = Promtool(found.path, jobs or processors(), deadline, told=told)
        proofs, problems = _prove(subjects, tool, checked, reasons, whole=not alerts)
    _write(proofs, found, junit, table)
    if as_json:
        data = as_data(proofs, _release(found)) | {"problems": plain(problems)}
        print_json(data)
    else:
        _show(proofs)
        tell_problems(problems, as_json=False)
    return 0 if all(proof.holds for proof in proofs) and not problems else 1


def _promtool(program: Path | None) -> "Found":
    """Return promtool.

    Raises:
        Unusable: There is none, or it does not run.
    """
    from sothat.stack.install import install_hint
    from sothat.stack.tools import PROMTOOL, find

    environment = os.environ if program is None else {"PATH": str(program.absolute().parent)}
    tool = PROMTOOL if program is None else _named(program.name)
    found = find(tool, environment)
    if found is None:
        where = f"no program {program}" if program else "promtool is not here"
        raise unusable("tool-missing", where, hint=install_hint(PROMTOOL))
    if not found.runs or not found.recent_enough:
        what = "is too old" if found.runs else "does not run"
        raise unusable("tool-missing", f"{found.path} {what}", hint=install_hint(PROMTOOL))
    return found


def _named(name: str) -> "Tool":
    from dataclasses import replace

    from sothat.stack.tools import PROMTOOL

    return replace(PROMTOOL, names=(name,))


def _subjects(checked: "CheckedCatalogue", alerts: Sequence[str]) -> list["Subject"]:
    """Return the alerts to prove.

    Raises:
        Unusable: There is no alert of a name asked for.
    """
    from sothat.generator.emitter import emit_all, installed_emitters
    from sothat.generator.proving.subjects import subjects_of

    subjects = subjects_of(emit_all(checked, installed_emitters()))
    known = {subject.alert for subject in subjects}
    for name in alerts:
        if name not in known:
            hint = did_you_mean(name, known)
            raise unusable("unknown-alert", f"no alert is named {name!r}", hint=hint)
    return [subject for subject in subjects if not alerts or subject.alert in alerts]


def _reasons(inputs: "Inputs") -> list["Reason"]:
    from sothat.generator.loading.folder import read_folder
    from sothat.generator.proving.reasons import reasons_of

    folder = read_folder(inputs.catalogue)
    return list(reasons_of(folder.of_kind("Proof"), folder.inherited))


def _prove(
    subjects: list["Subject"],
    tool: "Promtool",
    checked: "CheckedCatalogue",
    reasons: list["Reason"] | None,
    *,
    whole: bool,
) -> tuple[list["Proof"], list[Problem]]:
    """Return the proofs, with mutants where there are reasons to hold them against."""
    from sothat.generator.proving.equivalence import Judge
    from sothat.generator.proving.proof import prove, unused_reasons, with_mutants

    proofs = prove(subjects, tool.run)
    if reasons is None:
        return proofs, []
    records = {rule.record: rule.expr for rule in checked.catalogue.recordings}
    judge = Judge(checked.world, records)
    proofs = with_mutants(proofs, subjects, tool.run, judge, reasons)
    return proofs, list(unused_reasons(proofs, reasons, whole=whole))


def _write(proofs: list["Proof"], found: "Found", junit: Path | None, table: Path | None) -> None:
    from sothat.generator.proving.junit import as_junit
    from sothat.generator.proving.report import as_page

    if junit:
        with writing(junit):
            junit.write_text(as_junit(proofs), encoding="utf-8")
    if table:
        day = datetime.now(UTC).date().isoformat()
        with writing(table):
            table.write_text(as_page(proofs, _release(found), day), encoding="utf-8")


def _show(proofs: list["Proof"]) -> None:
    from sothat.generator.proving.report import as_lines, summary, survivors

    for line in as_lines(proofs):
        click.echo(line)
    click.echo(summary(proofs))
    if survivors(proofs):
        click.echo(_SURVIVAL)


def _release(found: "Found") -> str:
    from sothat.stack.tools import version_text

    return version_text(found.version) or "of unknown version"
