"""The contracts of a run: those that installed exporters declare, and those shipped as data."""

from collections.abc import Iterable, Mapping

from sothat.generator.contracting.document import read_contract
from sothat.generator.contracting.shipped import shipped_contracts
from sothat.model.metric import Contract, Series, index
from sothat.model.problem import unusable
from sothat.runtime.plugins import load_extensions

__all__ = ["installed_contracts", "read_contract", "series_of", "shipped_contracts"]

GROUP = "sothat.contracts"


def installed_contracts() -> tuple[Contract, ...]:
    """Return every contract that is installed, declared in code or shipped as data.

    Raises:
        Unusable: An extension cannot be loaded, or a data file is not a contract.
    """
    declared = [module.contract() for module in load_extensions(GROUP).values()]
    return (*declared, *shipped_contracts())


def series_of(contracts: Iterable[Contract]) -> Mapping[str, Series]:
    """Return all series by name.

    Raises:
        Unusable: Two contracts declare the same one.
    """
    try:
        return index(contracts)
    except ValueError as error:
        raise unusable("contract-clash", str(error), hint="rename one, or uninstall it") from error
