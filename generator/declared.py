"""The contracts of a run: those that installed exporters declare, and those shipped as data."""

from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sothat.generator.schemas import schema_for
from sothat.model.metric import Contract, Label, MetricFamily, MetricType, Presence, Series, index
from sothat.model.problem import Unusable, unusable
from sothat.runtime.documents import load_document
from sothat.runtime.plugins import load_extensions
from sothat.runtime.schema import validate

GROUP = "sothat.contracts"


def installed_contracts() -> tuple[Contract, ...]:
    """Return every contract that is installed, declared in code or shipped as data.

    Raises:
        Unusable: An extension cannot be loaded, or a data file is not a contract.
    """
    declared = [module.contract() for module in load_extensions(GROUP).values()]
    return (*declared, *shipped_contracts())


def shipped_contracts() -> tuple[Contract, ...]:
    """Return the contracts of third-party sources."""
    with as_file(files("sothat.generator").joinpath("contracts")) as folder:
        return tuple(read_contract(file) for file in sorted(folder.glob("*.yaml")))


def read_contract(file: Path) -> Contract:
    """Read a contract from its YAML document.

    Raises:
        Unusable: The file is not of the schema.
    """
    document = load_document(file)
    problems = validate(document, schema_for("Contract"))
    if problems:
        raise Unusable(problems)
    data = document.data
    labels = tuple(data.get("target_labels", ("instance", "job")))
    return Contract(data["source"], tuple(map(_family, data["families"])), labels)


def _family(data: Mapping[str, Any]) -> MetricFamily:
    return MetricFamily(
        name=data["name"],
        type=MetricType(data["type"]),
        help=data["help"],
        unit=data.get("unit", ""),
        labels=tuple(map(_label, data.get("labels", ()))),
        presence=Presence(data.get("presence", "always")),
        buckets=tuple(data.get("buckets", ())),
    )


def _label(data: Mapping[str, Any]) -> Label:
    return Label(data["name"], data.get("help", ""), tuple(data.get("values", ())))


def series_of(contracts: Iterable[Contract]) -> Mapping[str, Series]:
    """Return all series by name.

    Raises:
        Unusable: Two contracts declare the same one.
    """
    try:
        return index(contracts)
    except ValueError as error:
        raise unusable("contract-clash", str(error), hint="rename one, or uninstall it") from error
