"""``sothat init``: a team's own pack, sound from the first minute."""

import shlex
from pathlib import Path

import click
from sothat.commands._output import answer, json_option, writing


@click.command(short_help="Begin a pack of your own: alerts, exporter, board, notifier, tests.")
@click.option("--name", help="Of the package; default: that of the folder.")
@click.option(
    "--like",
    default="web-shop",
    show_default=True,
    help="The example to begin with: web-shop, hospital (on the shipped catalogue), one-server.",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def command(folder: Path, *, name: str | None, like: str, as_json: bool) -> int:
    """Write a pack into DIR: a catalogue, an exporter, a board, a notifier, tests and their run.

    \b
    Examples:
      sothat init our-alerts
      sothat init . --name hotel-alerts --like web-shop
      sothat init clinic --like hospital
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.stack.starter import name_for, pack_files, sound_name

    named = sound_name(name) if name else name_for(folder)
    files = list(pack_files(like, named))
    _refuse_occupied(folder)
    for file in files:
        target = folder / file.path
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")
    begun = f"{len(files)} files in {folder}: the pack {named}\n"
    words = "\n".join((begun, *(f"  {line}" for line in _next(folder))))
    data = {"pack": named, "folder": folder, "files": [file.path for file in files]}
    answer(words, data, as_json=as_json)
    return 0


def _refuse_occupied(folder: Path) -> None:
    """Refuse a folder that holds something: nobody's files are written over.

    Raises:
        Unusable: It does, or it is no folder.
    """
    from sothat.model.problem import unusable

    hint = "name a new or an empty folder"
    if folder.exists() and not folder.is_dir():
        raise unusable("unwritable-output", f"{folder} is no folder", hint=hint)
    others = (
        [each.name for each in folder.iterdir() if each.name != ".git"] if folder.exists() else []
    )
    if others:
        message = f"{folder} is not empty: {', '.join(sorted(others)[:3])}"
        raise unusable("not-empty", message, hint=hint)


def _next(folder: Path) -> tuple[str, ...]:
    return (
        f"cd {_typed(folder)}",
        "pip install -e '.[test]'       # its exporter, boards and notifier are found by sothat",
        "pytest                         # catalogue and code keep their contracts",
        "sothat check --catalogue alert_rules --values values.yaml",
        "sothat prove --catalogue alert_rules --values values.yaml",
        "sothat build --catalogue alert_rules --values values.yaml -o compiled",
    )


def _typed(folder: Path) -> str:
    """Return a folder as a person types it in a shell."""
    text = str(folder)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
