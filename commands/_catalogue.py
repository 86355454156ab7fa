"""What the commands on a catalogue share."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._output import json_wanted, tell_problems
from sothat.model.problem import Problem

if TYPE_CHECKING:
    from sothat.generator.compile import Inputs
    from sothat.model.metric import Contract

_Decorator = Callable[[Callable[..., int]], Callable[..., int]]
catalogue_option = click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="The catalogue's folder; default: the one that comes with sothat.",
)
_VALUES = click.option(
    "--values", type=click.Path(path_type=Path), help="What this environment changes."
)
_OVERRIDES = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="One value more."
)
_CONTRACTS = click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="FILE",
    help="A contract of yours (kind: Contract), besides those installed; repeatable.",
)


@dataclass(frozen=True, slots=True)
class Named:
    """What the command line says of the inputs of a run; empty is not said."""

    catalogue: Path | None
    values: Path | None
    overrides: tuple[str, ...]
    contracts: tuple[str, ...]

    @property
    def given(self) -> tuple[str, ...]:
        """Return the options that were given."""
        options = zip(
            ("--catalogue", "--values", "--set", "--contract"), astuple(self), strict=True
        )
        return tuple(name for name, value in options if value)


def inputs_options(contracts: _Decorator = _CONTRACTS) -> _Decorator:
    """Return the decorator that gives a command the options of a catalogue, as ``named``.

    Args:
        contracts: The option of further contracts, where a command has more to say of it.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def with_named(
            catalogue: Path | None,
            values: Path | None,
            overrides: tuple[str, ...],
            contracts: tuple[str, ...],
            **others: Any,
        ) -> int:
            return command(named=Named(catalogue, values, overrides, contracts), **others)

        return catalogue_option(_VALUES(_OVERRIDES(contracts(with_named))))

    return decorate


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector of cycles for a run, be it of a process or of a change to a file.

    A compiler makes many objects and hardly a cycle: looking for some took a fifth of the time of
    10,000 alerts, and freed nothing.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def inputs_read_ahead(named: Named) -> Iterator["Inputs"]:
    """Give the inputs, files and contracts being read while all else is loaded.

    Raises:
        Unusable: The values, an extension or a contract cannot be used.
    """
    from sothat.generator.loading.ahead import made_ahead, reading_ahead
    from sothat.generator.shipped import shipped_catalogue
    from sothat.runtime.forks import processors

    folder, jobs = named.catalogue or shipped_catalogue(), processors()
    with made_ahead(_contracts, jobs) as contracts, reading_ahead(folder, jobs) as read:
        from sothat.generator.loading.memory import Memory

        yield replace(inputs_of(named, contracts), memory=Memory(read=read))


def _contracts() -> "tuple[Contract, ...]":
    from sothat.generator.declared import installed_contracts

    return installed_contracts()


@contextmanager
def cases_kept(inputs: "Inputs") -> Iterator["Inputs"]:
    """Give inputs that know the tests of earlier runs, and keep those that are made now."""
    from sothat.generator.loading.memory import Memory
    from sothat.generator.proving.shelf import cache_folder, read_book, write_book

    folder = cache_folder(os.environ)
    book = read_book(folder)
    yield replace(inputs, memory=Memory(book, inputs.memory.reader))
    write_book(folder, book)


def inputs_of(
    named: Named, contracts: "Callable[[], tuple[Contract, ...]]" = _contracts
) -> "Inputs":
    """Return what is compiled, and against what: everything installed, and contracts by file.

    Args:
        named: What the command line says.
        contracts: Gives the installed contracts.

    Raises:
        Unusable: The values, an extension or a contract cannot be used.
    """
    from sothat.generator.compile import installed_inputs
    from sothat.generator.declared import find_contract
    from sothat.generator.values import load_values

    values = load_values(named.values, named.overrides)
    inputs = installed_inputs(named.catalogue, values, contracts)
    installed = {contract.source for contract in inputs.contracts}
    further = [find_contract(name) for name in named.contracts if name not in installed]
    return replace(inputs, contracts=(*inputs.contracts, *further))


def refuse(problems: Sequence[Problem]) -> int:
    """Print the problems of a refused catalogue and return the exit code."""
    from sothat.generator.reporting.plain import as_text

    if json_wanted():
        tell_problems(problems, as_json=True)
    else:
        click.echo(f"{as_text(problems)}: nothing was written", err=True)
    return 1
