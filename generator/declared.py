"""The contracts of a run: those that installed exporters declare, and those shipped as data."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from sothat.generator.contracting.document import read_contract
from sothat.generator.contracting.shipped import shipped_contracts
from sothat.model.metric import Contract, Series, index
from sothat.model.problem import unusable
from sothat.runtime.plugins import kept, offered

__all__ = [
    "find_contract",
    "installed_contracts",
    "read_contract",
    "series_of",
    "shipped_contracts",
]

GROUP = "sothat.contracts"


class Maker(Protocol):
    """What a module of the group offers by the name ``contract``."""

    def __call__(self) -> Contract:
        """Return the contract."""


def installed_contracts() -> tuple[Contract, ...]:
    """Return every contract that is installed, declared in code or shipped as data.

    Raises:
        Unusable: An extension cannot be loaded, or a data file is not a contract.
    """
    declared = offered(GROUP, "contract", Maker)
    return (*(_declared(name, make) for name, make in declared.items()), *shipped_contracts())


def _declared(name: str, make: Maker) -> Contract:
    return kept(make(), Contract, f"{GROUP}: '{name}': what contract() returns")


def find_contract(name: str) -> Contract:
    """Return the contract of a file, or the installed one of this name.

    Raises:
        Unusable: There is no such file and no such contract, or it is not of the schema.
    """
    if Path(name).suffix in (".yaml", ".yml"):
        return read_contract(Path(name))
    installed = installed_contracts()
    for contract in installed:
        if contract.source == name:
            return contract
    known = ", ".join(sorted(contract.source for contract in installed))
    raise unusable("unknown-contract", f"no contract is called {name}", hint=f"known: {known}")


def series_of(contracts: Iterable[Contract]) -> Mapping[str, Series]:
    """Return all series by name.

    Raises:
        Unusable: Two contracts declare the same one.
    """
    try:
        return index(contracts)
    except ValueError as error:
        raise unusable("contract-clash", str(error), hint="rename one, or uninstall it") from error
