"""``sothat schema``: the JSON schemas of the language, for editors."""

from pathlib import Path

import click
from sothat.commands._output import examples, writing


@click.command(epilog=examples("sothat schema Alerts", "sothat schema -o schemas/"))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Write all of them into this folder instead of printing one.",
)
@click.argument("kind", default="Alerts")
def command(kind: str, output: Path | None) -> int:
    """Print the schema of a KIND of document; the kinds of alerts that are installed included."""
    from sothat.generator.schemas import KINDS, as_text, schema_for
    from sothat.model.problem import unusable

    if kind not in KINDS:
        hint = f"the kinds are {', '.join(KINDS)}"
        raise unusable("unknown-kind", f"no kind of document {kind!r}", hint=hint)
    if output is None:
        click.echo(as_text(schema_for(kind)), nl=False)
        return 0
    for name, stem in KINDS.items():
        file = output / f"{stem}.json"
        with writing(file):
            file.write_text(as_text(schema_for(name)), encoding="utf-8")
    return 0
