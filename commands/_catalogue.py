"""What the commands on a catalogue share."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.model.problem import Problem

if TYPE_CHECKING:
    from sothat.generator.compile import Inputs

catalogue_option = click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="The catalogue's folder; default: the one that comes with sothat.",
)
values_option = click.option(
    "--values", type=click.Path(path_type=Path), help="What this environment changes."
)
overrides_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One value more."
)
contracts_option = click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="FILE",
    help="A contract of yours (kind: Contract), besides those installed; repeatable.",
)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector of cycles for a run that ends with its process.

    A compiler makes many objects and hardly a cycle: looking for some took a fifth of the time of
    10,000 alerts, and freed nothing.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def cases_kept(inputs: "Inputs") -> Iterator["Inputs"]:
    """Give inputs that know the tests of earlier runs, and keep those that are made now."""
    from sothat.generator.loading.memory import Memory
    from sothat.generator.proving.shelf import cache_folder, read_book, write_book

    folder = cache_folder(os.environ)
    book = read_book(folder)
    yield replace(inputs, memory=Memory(book))
    write_book(folder, book)


def inputs_of(
    catalogue: Path | None, values: Path | None, overrides: Sequence[str], contracts: Sequence[str]
) -> "Inputs":
    """Return what is compiled, and against what: everything installed, and contracts by file.

    Raises:
        Unusable: The values, an extension or a contract cannot be used.
    """
    from sothat.generator.compile import installed_inputs
    from sothat.generator.declared import find_contract
    from sothat.generator.values import load_values

    inputs = installed_inputs(catalogue, load_values(values, overrides))
    installed = {contract.source for contract in inputs.contracts}
    further = [find_contract(name) for name in contracts if name not in installed]
    return replace(inputs, contracts=(*inputs.contracts, *further))


def refuse(problems: Sequence[Problem]) -> int:
    """Print the problems of a refused catalogue and return the exit code."""
    from sothat.generator.reporting.plain import as_text

    click.echo(f"{as_text(problems)}: nothing was written", err=True)
    return 1
