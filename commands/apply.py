"""``sothat apply``: the reviewed state onto the servers, or back to what was before."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import Named, collector_paused, inputs_options, refuse
from sothat.commands._live import compiled_now, compiled_option
from sothat.commands._output import (
    json_option,
    json_wanted,
    plain,
    print_json,
    tell_problems,
    writing,
)
from sothat.model.problem import Problem

if TYPE_CHECKING:
    from sothat.live.applying.engine import Outcome
    from sothat.live.applying.journal import Entry, Journal
    from sothat.live.applying.part import Part
    from sothat.live.reading.target import Target


@click.command(short_help="Bring live servers to the state of the catalogue, or back.")
@click.option(
    "--target",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    help="kind: Deployment: the servers, their files, how they reload.",
)
@compiled_option
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can answer.")
@click.option("--resume", is_flag=True, help="Go on with an apply that was interrupted.")
@click.option("--rollback", is_flag=True, help="Go back to what was before the last apply.")
@click.option("--message", default="", help="Why; kept in Grafana's history of each board.")
@click.option(
    "--accept-unheard",
    is_flag=True,
    help="Apply although nobody would hear of some alert any more.",
)
@click.option(
    "--textfile",
    type=click.Path(path_type=Path),
    metavar="FILE.prom",
    help="Write how applies ended as metrics for node_exporter's textfile collector.",
)
@json_option
@inputs_options()
@collector_paused()
def command(
    file: Path,
    compiled: Path | None,
    message: str,
    textfile: Path | None,
    *,
    yes: bool,
    resume: bool,
    rollback: bool,
    accept_unheard: bool,
    as_json: bool,
    named: Named,
) -> int:
    """Apply the catalogue: validate, write, reload, verify; go all the way back if a step fails.

    The order of rules and routing is chosen so that somebody hears of every alert at each moment
    in between. Whoever is killed in the middle leaves a journal: apply again repairs, --resume goes
    on, --rollback goes back. Exit code 0: the new state is live; 1: it is not, and the old one is;
    2: unusable input, nothing was touched. With --json one object at the end says it; all else
    goes to standard error.

    \b
    Examples:
      sothat apply --target production.yaml
      sothat apply --target production.yaml --compiled compiled/ --yes --message "$GIT_COMMIT"
      sothat apply --target production.yaml --rollback
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.checked import Refused
    from sothat.live.applying.journal import Journal
    from sothat.live.reading.target import load_target

    if resume and rollback:
        raise click.UsageError("--resume goes on, --rollback goes back: name one of them")
    target = load_target(file, os.environ)
    journal = Journal(target.journal)
    # A polite end goes back first; an impolite one leaves the journal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with journal.alone():
        if resume or rollback:
            return _told(_finish(journal, target, textfile, forward=resume), as_json=as_json)
        wish = _Asked(compiled, message, textfile, yes, accept_unheard)
        try:
            return _told(_apply(journal, target, named, wish), as_json=as_json)
        except Refused as refused:
            return refuse(refused.problems)


@dataclass(frozen=True, slots=True)
class _End:
    """How the command ended; `outcome` is a word for programs."""

    outcome: str
    code: int = 0
    problems: tuple[Problem, ...] = ()


def _told(end: _End, *, as_json: bool) -> int:
    if as_json:
        print_json({"outcome": end.outcome, "problems": plain(end.problems)})
    return end.code


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says of an apply."""

    compiled: Path | None
    message: str
    textfile: Path | None
    yes: bool
    accept_unheard: bool


def _finish(journal: "Journal", target: "Target", textfile: Path | None, *, forward: bool) -> _End:
    """Go on with the last apply, or back behind it."""
    from sothat.live.applying.engine import go_back
    from sothat.live.applying.journal import Status
    from sothat.live.applying.parts import parts_of
    from sothat.live.applying.verifying import Waiting

    entry = journal.read()
    done = Status.APPLIED if forward else Status.ROLLED_BACK
    if entry is None or entry.status is done or (forward and not entry.unfinished):
        _say(f"there is nothing to go {'on with' if forward else 'back behind'}")
        return _End("unchanged")
    parts = parts_of(entry, target, journal, Waiting(target.wait))
    if forward:
        return _forward(journal, entry, parts, textfile)
    return _ended(go_back(journal, entry, parts, _progress), wanted=False)


def _forward(
    journal: "Journal", entry: "Entry", parts: "Sequence[Part]", textfile: Path | None
) -> _End:
    """Go forward, and count how that ended."""
    from sothat.live.applying.engine import go_forward
    from sothat.live.applying.tally import Ending, tally
    from sothat.live.textfiles.writing import write_applies

    outcome = go_forward(journal, entry, parts, _progress)
    end = _ended(outcome, wanted=True)
    if textfile:
        ending = Ending.APPLIED if outcome.applied else Ending.ROLLED_BACK
        with writing(journal.folder):
            counts = tally(journal.folder / "endings.json", ending)
        write_applies(textfile, counts)
    return end


def _apply(journal: "Journal", target: "Target", named: Named, asked: _Asked) -> _End:
    from sothat.live.applying.deploying import Wish, begin
    from sothat.live.applying.parts import parts_of
    from sothat.live.applying.verifying import Waiting
    from sothat.live.planning.planning import make_plan
    from sothat.live.planning.wording import as_text
    from sothat.live.reading.compiled import read_compiled, state_of
    from sothat.live.reading.servers import running_state

    folder = asked.compiled
    artefacts, units = (read_compiled(folder), {}) if folder else compiled_now(named)
    if not _repaired(journal, target):
        return _End("not-repaired", 1)
    wanted, now = state_of(artefacts, units), datetime.now(UTC)
    running = running_state(target, wanted)
    plan = make_plan(running, wanted, now)
    wish = Wish(running, wanted, artefacts, plan, now, asked.message or "sothat apply")
    if not plan.empty:
        _say("\n".join(as_text(plan)))
        if not _agreed(asked, [e.words for e in plan.effects if e.grave]):
            return _End("declined", 1)
    entry, notes = begin(target, wish, journal, os.environ)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if entry is None:
        _say("no changes: nothing to do")
        return _End("unchanged")
    parts = parts_of(entry, target, journal, Waiting(target.wait))
    return _forward(journal, entry, parts, asked.textfile)


def _repaired(journal: "Journal", target: "Target") -> bool:
    """Go back behind an apply that was interrupted, if one was; return whether all is well."""
    entry = journal.read()
    if entry is None or not entry.unfinished:
        return True
    _say(f"the apply of {entry.name} was interrupted at: {entry.step}; going back first")
    return not _finish(journal, target, None, forward=False).code


def _agreed(asked: _Asked, grave: Sequence[str]) -> bool:
    if grave and not asked.accept_unheard:
        click.echo(f"refused: {', '.join(grave)}; --accept-unheard if that is meant", err=True)
        return False
    if asked.yes:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is here to agree: name --yes")
    return click.confirm("Apply?", err=json_wanted())


def _say(text: str) -> None:
    click.echo(text, err=json_wanted())


def _progress(number: int, of: int, name: str) -> None:
    _say(f"[{number}/{of}] {name}")


def _ended(outcome: "Outcome", *, wanted: bool) -> _End:
    """Say how it ended."""
    tell_problems(outcome.problems, as_json=False)
    if outcome.applied:
        _say("applied: the new state is live")
    elif wanted:
        click.echo("not applied: went back to what was before", err=True)
    elif not outcome.problems:
        _say("went back to what was before")
    code = 0 if outcome.applied is wanted and not outcome.problems else 1
    return _End("applied" if outcome.applied else "rolled-back", code, outcome.problems)
