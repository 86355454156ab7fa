"""``sothat site``: the runbooks as a static site that can be searched."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import (
    Named,
    collector_paused,
    inputs_of,
    inputs_options,
    refuse,
)
from sothat.commands._output import answer, examples, json_option

if TYPE_CHECKING:
    from sothat.generator.compile import Inputs


_EXAMPLES = examples(
    "sothat site -o site",
    "sothat site --catalogue alert_rules --values values.yaml -o site",
    "sothat site --compiled compiled/",
)


@click.command(short_help="Make the searchable site of the runbooks.", epilog=_EXAMPLES)
@inputs_options()
@click.option(
    "--compiled",
    type=click.Path(path_type=Path),
    help="Take the pages of this folder, as sothat build wrote it, and compile nothing.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("site"),
    show_default=True,
    help="The folder of the site; replaced as a whole.",
)
@json_option
def command(
    compiled: Path | None,
    output: Path,
    as_json: bool,
    named: Named,
) -> int:
    """Make the site of the runbooks: no server, no foreign asset, below any path.

    The incident service serves it below /runbooks/ when its configuration names the folder.
    """
    from sothat.generator.checked import Refused
    from sothat.generator.site.contents import read_pages
    from sothat.generator.site.making import make_site

    if compiled and named.given:
        raise click.UsageError("--compiled takes pages that are there: no catalogue, no values")
    try:
        pages = read_pages(compiled) if compiled else _compiled(inputs_of(named))
    except Refused as refused:
        return refuse(refused.problems)
    made = make_site(pages, output)
    words = f"{len(pages)} pages in {output}" + ("" if made else ", unchanged")
    answer(words, {"output": output, "pages": len(pages), "changed": made}, as_json=as_json)
    return 0


def _compiled(inputs: "Inputs") -> Mapping[str, str]:
    """Return the pages of a catalogue.

    Raises:
        Refused: It has problems.
    """
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import compile_catalogue
    from sothat.generator.runbooks.pages import library_of, pages_of

    with collector_paused():
        return dict(pages_of(library_of(compile_catalogue(inputs, installed_checks()))))
