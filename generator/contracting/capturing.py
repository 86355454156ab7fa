"""A contract's draft from what a source exposes at one moment."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sothat.generator.contracting.document import data_of, family_data
from sothat.generator.contracting.observed import ObservedFamily, label_names
from sothat.generator.yaml_text import to_yaml
from sothat.model.metric import Contract, Label, MetricFamily

MAX_SUGGESTED_VALUES = 8
_LEGACY_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_UNITS = (
    "seconds",
    "bytes",
    "ratio",
    "celsius",
    "volts",
    "amperes",
    "watts",
    "joules",
    "hertz",
    "metres",
)
_HEADER = """A draft, captured from {origin}.
What one moment cannot tell is left to you: families and labels that are not always there
(presence: feature or event, optional: true), units that are unknown, and whether the values seen
are all that there can be."""


def draft(name: str, origin: str, families: Iterable[ObservedFamily]) -> str:
    """Return the YAML document of a contract's draft.

    Values of labels are only suggested, in comments: a contract that closes a list by guess
    would refuse sound rules.
    """
    kept = [family for family in families if _speakable(family)]
    contract = captured(name, kept)
    data = data_of(contract)
    data.pop("families")
    head = to_yaml(data, _HEADER.format(origin=_one_line(origin)))
    pairs = zip(contract.families, kept, strict=True)
    blocks = (_block(family, seen) for family, seen in pairs)
    return f"{head}families:\n{''.join(blocks)}"


def captured(name: str, families: Iterable[ObservedFamily]) -> Contract:
    """Return the contract that families suggest, their values left open."""
    return Contract(name, tuple(_family(family) for family in families if _speakable(family)))


def _speakable(family: ObservedFamily) -> bool:
    """Return whether PromQL can select the family without quotes."""
    return _LEGACY_NAME.fullmatch(family.name) is not None


def _family(seen: ObservedFamily) -> MetricFamily:
    return MetricFamily(
        name=seen.name,
        type=seen.type,
        help=" ".join(seen.help.split()),
        unit=_unit(seen),
        labels=tuple(_labels(seen.samples)),
    )


def _labels(samples: Sequence[Mapping[str, str]]) -> Iterator[Label]:
    for name in label_names(samples):
        if _LEGACY_NAME.fullmatch(name) and ":" not in name:
            yield Label(name, optional=any(name not in sample for sample in samples))


def _unit(seen: ObservedFamily) -> str | None:
    """Return the unit that the source or the name states; None when neither does."""
    base = seen.name.removesuffix("_total")
    if base.endswith("_info"):
        return ""
    stated = seen.unit or next((unit for unit in _UNITS if base.endswith(f"_{unit}")), None)
    return stated or None


def _block(family: MetricFamily, seen: ObservedFamily) -> str:
    text = to_yaml({"families": [family_data(family)]}, "")
    lines = text.splitlines(keepends=True)[1:]
    return "".join([*lines, *_suggestions(seen)])


def _suggestions(seen: ObservedFamily) -> Iterator[str]:
    for name in label_names(seen.samples):
        values = sorted({sample[name] for sample in seen.samples if name in sample})
        if 1 < len(values) <= MAX_SUGGESTED_VALUES:
            shown = ", ".join(map(_one_line, values))
            yield f"    # {_one_line(name)}: seen {shown}; list them as values if these are all\n"


def _one_line(text: str) -> str:
    """Return a text that stays within a comment."""
    return "".join(c if c.isprintable() else " " for c in text)
