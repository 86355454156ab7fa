"""``sothat contract``: the contracts of metrics, and live sources held against them."""

import re
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import answer, as_text, examples, json_option, writing

contract_option = click.option(
    "--contract",
    "names",
    multiple=True,
    required=True,
    metavar="NAME|FILE",
    help="A shipped contract by name, or a file; may be repeated.",
)
deadline_option = click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600),
    default=10.0,
    show_default=True,
    help="Seconds that a URL may take in all.",
)


@click.group()
def command() -> None:
    """Say which metrics a source exposes: list, show, capture, compare and check contracts."""


@command.command("list", epilog=examples("sothat contract list", "sothat contract list --json"))
@json_option
def list_contracts(as_json: bool) -> None:
    """List the contracts that are installed."""
    from sothat.generator.declared import installed_contracts

    entries = [
        {"source": c.source, "version": c.version, "families": len(c.families)}
        for c in sorted(installed_contracts(), key=lambda c: c.source)
    ]
    width = max(len(str(entry["source"])) for entry in entries)
    rows = (
        f"{entry['source']:<{width}}  {entry['families']:>5} families  {entry['version']}".rstrip()
        for entry in entries
    )
    answer("\n".join(rows), {"contracts": entries}, as_json=as_json)


@command.command(epilog=examples("sothat contract show node_exporter"))
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the contract NAME, or that of a file."""
    from sothat.generator.contracting.document import data_of
    from sothat.generator.declared import find_contract
    from sothat.generator.yaml_text import to_yaml

    data = data_of(find_contract(name))
    answer(to_yaml(data, ""), data, as_json=as_json)


@command.command(
    epilog=examples(
        "sothat contract capture http://127.0.0.1:9780/metrics -o contract.yaml",
        "sothat contract capture metrics.txt --name pump",
    )
)
@click.argument("origin", metavar="URL|FILE")
@click.option("--name", help="Name of the source; default: taken from URL or FILE.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: standard output.")
@deadline_option
@json_option
def capture(
    origin: str, name: str | None, output: Path | None, timeout: float, as_json: bool
) -> None:
    """Draft a contract from an exposition, live or saved, plain or gzip.

    Values of labels are only suggested in comments, never asserted.
    """
    from sothat.generator.contracting.capturing import captured, draft
    from sothat.generator.contracting.document import data_of
    from sothat.generator.contracting.fetching import read_exposition
    from sothat.generator.contracting.observed import observe

    families = observe(read_exposition(origin, timeout))
    source = name or _source_name(origin)
    if as_json:
        data: dict[str, Any] = data_of(captured(source, families))
        text = as_text(data) + "\n"
    else:
        text = draft(source, origin, families)
    _put(text, output)


@command.command(
    epilog=examples("sothat contract diff contract.yaml new-contract.yaml   # exit 1: it breaks")
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@json_option
def diff(old: str, new: str, as_json: bool) -> int:
    """Compare two contracts, each a shipped one's name or a file.

    Exit code 0: B can take the place of A; 1: something breaks; 2: unusable input.
    """
    from dataclasses import asdict

    from sothat.generator.contracting.diffing import differences
    from sothat.generator.declared import find_contract

    found = differences(find_contract(old), find_contract(new))
    lines = (
        f"{'breaking' if one.breaking else 'compatible'}: {one.family or 'all families'}: "
        f"{one.message}"
        for one in found
    )
    words = "\n".join((*lines, f"{len(found)} differences" if found else "no difference"))
    answer(words, {"differences": [asdict(one) for one in found]}, as_json=as_json)
    return int(any(difference.breaking for difference in found))


@command.command(
    epilog=examples(
        "sothat contract check http://127.0.0.1:9100/metrics --contract node_exporter",
        "sothat contract check metrics.txt --contract contract.yaml --json",
    )
)
@click.argument("origin", metavar="URL|FILE")
@contract_option
@deadline_option
@json_option
def check(origin: str, names: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """Hold an exposition, live or saved, against its contract.

    What client libraries add (go_*, process_*, …) is known without being named. Exit code 0: it
    keeps the contract; 1: it does not; 2: unusable input.
    """
    from sothat.generator.contracting.checking import Terms, deviations
    from sothat.generator.contracting.fetching import read_exposition
    from sothat.generator.contracting.observed import observe
    from sothat.generator.contracting.shipped import CLIENT_LIBRARIES
    from sothat.generator.declared import find_contract
    from sothat.generator.reporting import FORMATS

    terms = Terms([find_contract(name) for name in names], [find_contract(CLIENT_LIBRARIES)])
    problems = deviations(observe(read_exposition(origin, timeout)), terms)
    click.echo(FORMATS["json" if as_json else "text"](problems))
    return int(bool(problems))


def _source_name(origin: str) -> str:
    """Return a name: a file's stem, or a URL's host and port."""
    if origin.startswith(("http://", "https://")):
        return re.split(r"[/?#]", origin.partition("://")[2].rpartition("@")[2])[0] or "source"
    return Path(origin).name.partition(".")[0] or "source"


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    with writing(output):
        output.write_text(text, encoding="utf-8")
    click.echo(f"{output} written", err=True)
