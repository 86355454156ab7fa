"""``sothat import SYSTEM``: schedules and chains of another on-call system as our configuration."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._output import answer, as_text, json_option, writing
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.plugins import offered

if TYPE_CHECKING:
    from sothat.incidents.moving.neutral import Importer, Loss

GROUP = "sothat.importers"
# Of an export in which nobody is left.
_MOST_REASONS = 10
_POLICY, _PEOPLE = Path("catalogue", "policy.yaml"), Path("people.yaml")
_HELP = """Turn exports of {title} into people.yaml and a policy: who is on call, who is asked.

FILES are {hint}.

What does not carry over is in the report, and beside where it would stand. Exit 0: nothing was
lost; 1: something was; 2: the files cannot be used, and nothing is written.

\b
Examples:
  sothat import {name} export.json
  sothat import {name} export.json -o moved --report moved.txt
  sothat import {name} export.json -o moved --mail-server mail.example.org --json
"""


def systems() -> Mapping[str, "Importer"]:
    """Return the readers by the names of their systems."""
    return offered(GROUP, "IMPORTER")


def command_of(name: str) -> click.Command:
    """Return the command that imports from a system."""
    importer = systems()[name]

    @click.command(name=name, short_help=f"Who is on call, from {importer.title}.")
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
    @click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for people.yaml and catalogue/policy.yaml; default: only the report.",
    )
    @click.option("--report", type=click.Path(path_type=Path), help="Write the report here, too.")
    @click.option("--mail-server", default="localhost", show_default=True, help="Sends the mail.")
    @click.option(
        "--mail-from", default="incidents@localhost", show_default=True, help="Who it is from."
    )
    @click.option("--at", metavar="TIME", help="Read as of then: ISO 8601; default: now.")
    @json_option
    def command(files: tuple[Path, ...], as_json: bool, **options: Any) -> int:
        return _import(importer, files, as_json=as_json, **options)

    command.help = _HELP.format(name=name, title=importer.title, hint=importer.hint)
    return command


def _import(
    importer: "Importer",
    files: Sequence[Path],
    output: Path | None,
    report: Path | None,
    mail_server: str,
    mail_from: str,
    at: str | None,
    *,
    as_json: bool,
) -> int:
    from sothat.commands._firing import parse_time
    from sothat.incidents.moving.composing import compose
    from sothat.incidents.moving.paging import cut_short
    from sothat.incidents.moving.reading import read_export
    from sothat.incidents.moving.reporting import Report, as_data
    from sothat.incidents.moving.reporting import as_text as in_words
    from sothat.incidents.moving.writing import Mail, people_text, policy_text

    now = parse_time(at)[0].astimezone(UTC) if at else datetime.now(UTC)
    exports = [read_export(file) for file in files]
    move = importer.read(exports, now)
    made = compose(replace(move, losses=(*cut_short(exports), *move.losses)), now)
    if not made.teams:
        where = Position(str(files[0])) if not files[1:] else None
        raise Unusable(list(_nobody(importer.hint, where, made.losses)))
    texts = {
        _POLICY: policy_text(made, importer.title),
        _PEOPLE: people_text(made, importer.title, Mail(mail_server, mail_from)),
    }
    _check(texts)
    written = _write(output, texts) if output else ()
    found = Report(importer.title, made, tuple(map(str, written)))
    told, data = in_words(found).rstrip("\n"), as_data(found)
    if report:
        with writing(report):
            report.write_text(f"{as_text(data) if as_json else told}\n", encoding="utf-8")
    answer(told, data, as_json=as_json)
    return int(bool(found.lost))


def _nobody(expected: str, where: Position | None, losses: Sequence["Loss"]) -> Iterator[Problem]:
    """Yield that there is nobody, and what was lost, which may be why."""
    message = "nobody in it is on call or asked, now or later"
    yield Problem("bad-export", message, where, f"expected {expected}")
    for loss in [loss for loss in losses if not loss.kept][:_MOST_REASONS]:
        yield Problem("bad-export", loss.what, Position(loss.place), loss.instead)


def _check(texts: Mapping[Path, str]) -> None:
    """Refuse what our own loaders would not take, before anything is written."""
    from tempfile import TemporaryDirectory

    from sothat.commands._people import read_people
    from sothat.commands._rota import read_policy

    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            _put(Path(folder, name), text)
        try:
            read_policy(Path(folder, _POLICY.parent))
            read_people(Path(folder, _PEOPLE))
        except Unusable as error:
            hint = "nothing is written; tell us what the export has there"
            found = (replace(p, position=None, source="", hint=hint) for p in error.problems)
            raise Unusable(list(found)) from error


def _write(folder: Path, texts: Mapping[Path, str]) -> tuple[Path, ...]:
    targets = {folder / name: text for name, text in texts.items()}
    there = [target for target in targets if target.exists()]
    if there:
        hint = "an import never replaces a file; name another folder with -o"
        found = (Problem("file-exists", "already there", Position(str(t)), hint) for t in there)
        raise Unusable(list(found))
    for target, text in targets.items():
        with writing(target):
            _put(target, text)
    return tuple(targets)


def _put(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
