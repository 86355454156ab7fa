"""A contract as plain data, and as the YAML document that holds it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sothat.generator.schemas import schema_for
from sothat.model.metric import Alias, Contract, Label, MetricFamily, MetricType, Presence
from sothat.model.problem import Unusable
from sothat.runtime.documents import load_document
from sothat.runtime.schema import validate

UNKNOWN_UNIT = "unknown"
TARGET_LABELS = ("instance", "job")
_NOTHING: tuple[Any, ...] = ()


def read_contract(file: Path) -> Contract:
    """Read a contract from its YAML document.

    Raises:
        Unusable: The file cannot be read, or is not of the schema.
    """
    document = load_document(file)
    problems = validate(document, schema_for("Contract"))
    if problems:
        raise Unusable(problems)
    return contract_of(document.data)


def contract_of(data: Mapping[str, Any]) -> Contract:
    """Return the contract that valid data describe."""
    return Contract(
        source=data["source"],
        families=tuple(map(_family_of, data["families"])),
        target_labels=tuple(data.get("target_labels", TARGET_LABELS)),
        version=data.get("version", ""),
        open_prefixes=tuple(data.get("open_prefixes", _NOTHING)),
    )


def _family_of(data: Mapping[str, Any]) -> MetricFamily:
    get = data.get
    unit = get("unit", "")
    return MetricFamily(
        name=data["name"],
        type=MetricType(data["type"]),
        help=get("help", ""),
        unit=None if unit == UNKNOWN_UNIT else unit,
        labels=tuple(map(_label_of, get("labels", _NOTHING))),
        presence=Presence(get("presence", "always")),
        buckets=tuple(get("buckets", _NOTHING)),
        since=get("since", ""),
        until=get("until", ""),
        aliases=tuple(Alias(a["name"], a.get("until", "")) for a in get("aliases", _NOTHING)),
        open_labels=get("open_labels", False),
        within=get("within", ""),
    )


def _label_of(data: str | Mapping[str, Any]) -> Label:
    if isinstance(data, str):
        return Label(data)
    return Label(
        name=data["name"],
        help=data.get("help", ""),
        values=tuple(data.get("values", _NOTHING)),
        optional=data.get("optional", False),
        pattern=data.get("pattern", ""),
        follows=data.get("follows", ""),
    )


def data_of(contract: Contract) -> dict[str, Any]:
    """Return a contract as the data of its document, with nothing that goes without saying."""
    target_labels = contract.target_labels if contract.target_labels != TARGET_LABELS else None
    return {
        "apiVersion": "sothat/v1",
        "kind": "Contract",
        "source": contract.source,
        **_given(
            version=contract.version,
            open_prefixes=list(contract.open_prefixes),
        ),
        **({} if target_labels is None else {"target_labels": list(target_labels)}),
        "families": [family_data(family) for family in contract.families],
    }


def family_data(family: MetricFamily) -> dict[str, Any]:
    """Return a family as data, with nothing that goes without saying."""
    return {
        "name": family.name,
        "type": family.type.value,
        **_given(
            unit=UNKNOWN_UNIT if family.unit is None else family.unit,
            help=family.help,
            labels=_labels_data(family.labels),
            presence="" if family.presence is Presence.ALWAYS else family.presence.value,
            buckets=list(family.buckets),
            since=family.since,
            until=family.until,
            aliases=[{"name": a.name, **_given(until=a.until)} for a in family.aliases],
            open_labels=family.open_labels,
            within=family.within,
        ),
    }


def _labels_data(labels: Iterable[Label]) -> list[str | dict[str, Any]]:
    return [_label_data(label) for label in labels]


def _label_data(label: Label) -> str | dict[str, Any]:
    more = _given(
        help=label.help,
        values=list(label.values),
        optional=label.optional,
        pattern=label.pattern,
        follows=label.follows,
    )
    return {"name": label.name, **more} if more else label.name


def _given(**values: str | bool | Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
