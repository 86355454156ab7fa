"""``sothat import``: plain rules become drafts of catalogue entries."""

from pathlib import Path

import click
from sothat.commands._output import writing
from sothat.model.problem import Position, Unusable, unusable


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--domain", default="imported", help="The drafts' domain.")
@click.option("--owner", default="nobody-yet", help="The team that owns them.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for alerts.yaml and recordings.yaml; default: alerts to standard output.",
)
def command(files: tuple[Path, ...], domain: str, owner: str, output: Path | None) -> int:
    """Turn rule FILES into catalogue drafts; their DO and SO THAT are yours to write.

    \b
    Examples:
      sothat import rules/node.yaml > alert_rules/node.yaml
      sothat import rules/*.yaml --owner platform-sre -o drafts/
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.foreign.importing import draft_alerts, draft_recordings, names
    from sothat.generator.foreign.rules import read_rules

    rules, problems = [], []
    for file in files:
        found, wrong = read_rules(file)
        rules += found
        problems += wrong
    if problems:
        raise Unusable(problems)
    sources = names(rules)
    alerts = draft_alerts(rules, domain, owner, sources)
    if output is None:
        click.echo(alerts, nl=False)
        return 0
    _write(output, "alerts.yaml", alerts)
    if any(not rule.alert for rule in rules):
        _write(output, "recordings.yaml", draft_recordings(rules, sources))
    return 0


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
