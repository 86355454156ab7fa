"""``sothat import``: what other systems export, as ours: rules, boards, who is on call."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import click
from sothat.commands._board_import import board
from sothat.commands._output import writing
from sothat.model.problem import Position, Unusable, unusable

_RULES = "rules"
_DEPRECATED = "deprecated: write `sothat import rules FILE…`; a sort is wanted from 2.0 on"


class Imports(click.Group):
    """The sorts of import; without the name of one, files are rules, as they were at first.

    Systems that know who is on call come by the entry-point group ``sothat.importers``.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments; what does not begin with the name of a sort is for rules."""
        known = (*self.list_commands(ctx), *ctx.help_option_names)
        if args and args[0] not in known and not _mistyped(args[0], known):
            click.echo(_DEPRECATED, err=True)
            args = [_RULES, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sorts."""
        from sothat.commands._moving import systems

        return sorted({*super().list_commands(ctx), *systems()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of one sort."""
        from sothat.commands._moving import command_of, systems

        found = super().get_command(ctx, cmd_name)
        return found or (command_of(cmd_name) if cmd_name in systems() else None)


def _mistyped(word: str, known: Sequence[str]) -> bool:
    """Return whether a word looks like the name of a sort, and is no file."""
    return not Path(word).exists() and bool(get_close_matches(word, known, cutoff=0.75))


@click.group(cls=Imports, short_help="Rules, boards and on-call schedules of other systems.")
def command() -> None:
    """Turn what other systems export into ours; FILES without a sort are rules.

    \b
    Examples:
      sothat import rules rules/node.yaml > alert_rules/node.yaml
      sothat import board exported.json -o my_boards
      sothat import oncall oncall.json -o moved --report moved.txt
      sothat import pagerduty users.json schedules.json policies.json -o moved --json
    """  # noqa: D301 – click's mark for a block that is not rewrapped


@command.command(name=_RULES, short_help="Drafts of catalogue entries.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--domain", default="imported", help="The drafts' domain.")
@click.option("--owner", default="nobody-yet", help="The team that owns them.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for alerts.yaml and recordings.yaml; default: alerts to standard output.",
)
def rules(files: tuple[Path, ...], domain: str, owner: str, output: Path | None) -> int:
    """Turn rule FILES into catalogue drafts; their DO and SO THAT are yours to write.

    \b
    Examples:
      sothat import rules rules/node.yaml > alert_rules/node.yaml
      sothat import rules rules/*.yaml --owner platform-sre -o drafts/
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.foreign.importing import draft_alerts, draft_recordings, names
    from sothat.generator.foreign.rules import read_rules

    found, problems = [], []
    for file in files:
        own, wrong = read_rules(file)
        found += own
        problems += wrong
    if problems:
        raise Unusable(problems)
    sources = names(found)
    alerts = draft_alerts(found, domain, owner, sources)
    if output is None:
        click.echo(alerts, nl=False)
        return 0
    _write(output, "alerts.yaml", alerts)
    if any(not rule.alert for rule in found):
        _write(output, "recordings.yaml", draft_recordings(found, sources))
    return 0


command.add_command(board)


def _write(folder: Path, name: str, text: str) -> None:
    target = folder / name
    if target.exists():
        hint = "a draft never replaces a file; name another folder with -o"
        position = Position(str(target))
        raise unusable("file-exists", "already there", position=position, hint=hint)
    with writing(target):
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"wrote {target}", err=True)
