"""``sothat import board``: boards that were exported from Grafana as boards of ours."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._output import answer, json_option, writing
from sothat.model.problem import Position, Problem, Unusable

if TYPE_CHECKING:
    from sothat.generator.foreign.boards import Drafted

_ROLES = ("executive", "operational", "technical")


@click.command(name="board", short_help="Boards of ours, of Grafana's JSON.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of your package for a module and its JSON, for each board.",
)
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default="technical",
    show_default=True,
    help="Whom the boards serve: the folder in Grafana.",
)
@json_option
def board(files: tuple[Path, ...], output: Path, role: str, as_json: bool) -> int:
    """Turn FILES, boards as Grafana exports them, into boards that `sothat build` checks.

    Exit 0: nothing was lost; 1: something was; 2: a file is no board, nothing is written.

    \b
    Examples:
      sothat import board node.json -o my_boards
      sothat import board exported/*.json -o my_boards --role operational --json
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.foreign.boards import draft_board
    from sothat.generator.foreign.dashboards import read_board

    drafts = [(file, draft_board(read_board(file)[0], file.stem, role)) for file in files]
    written = _write(output, [draft for _, draft in drafts])
    lost = [
        {"place": f"{file}#{pointer}", "what": what, "instead": instead}
        for file, draft in drafts
        for pointer, what, instead in draft.lost
    ]
    data = {"files": list(map(str, written)), "not_carried_over": lost}
    answer("\n".join(_told(written, lost)), data, as_json=as_json)
    return int(bool(lost))


def _told(written: Sequence[Path], lost: Sequence[dict[str, Any]]) -> Iterator[str]:
    from sothat.incidents.terminal import plain

    yield from (f"wrote {file}" for file in written)
    for each in lost:
        yield plain(f"{each['place']}: not carried over: {each['what']}")
        yield plain(f"  instead: {each['instead']}")
    yield f"{len(lost)} not carried over"


def _write(folder: Path, drafts: Sequence["Drafted"]) -> list[Path]:
    """Write all, or nothing where something is there already."""
    texts: dict[Path, str] = {}
    problems = []
    for draft in drafts:
        for target, text in (
            (folder / f"{draft.name}.json", draft.json),
            (folder / f"{draft.name}.py", draft.module),
        ):
            if target.exists() or target in texts:
                hint = "an import never replaces a file; name another folder with -o"
                problems.append(
                    Problem("file-exists", "already there", Position(str(target)), hint)
                )
            texts[target] = text
    if problems:
        raise Unusable(problems)
    for target, text in texts.items():
        with writing(target):
            folder.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return list(texts)
