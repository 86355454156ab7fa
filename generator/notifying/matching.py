"""Matchers and label sets as data; as text they mean the same to every parser of Alertmanager."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

# What has a meaning in Go's regular expressions; all else stands for itself.
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")

# Labels, each with its admissible values; an alert matches when it carries all of them.
LabelSet = Mapping[str, tuple[str, ...]]
EVERYTHING: LabelSet = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Matcher:
    """One label's condition: the value itself, or an anchored regular expression."""

    label: str
    value: str
    regex: bool = False

    @property
    def operator(self) -> str:
        """Return Alertmanager's operator."""
        return "=~" if self.regex else "="

    def __str__(self) -> str:
        """Return it as Alertmanager reads it, classic and in UTF-8 strict mode alike."""
        return f"{self.label}{self.operator}{quoted(self.value)}"


def quoted(text: str) -> str:
    """Return a text in double quotes, with the escapes that all of Alertmanager's parsers know."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def matcher(label: str, values: Iterable[str]) -> Matcher:
    """Return the matcher for a label that has one of the values."""
    sorted_values = sorted(set(values))
    if len(sorted_values) == 1:
        return Matcher(label, sorted_values[0])
    return Matcher(label, "|".join(map(_literal, sorted_values)), regex=True)


def matchers(labels: LabelSet) -> tuple[Matcher, ...]:
    """Return the matchers of a label set, sorted by label."""
    return tuple(matcher(label, labels[label]) for label in sorted(labels))


def both(one: LabelSet, other: LabelSet) -> LabelSet | None:
    """Return what matches two label sets at once; None where nothing can."""
    merged = dict(one)
    for label, values in other.items():
        merged[label] = tuple(v for v in merged.get(label, values) if v in values)
        if not merged[label]:
            return None
    return MappingProxyType(dict(sorted(merged.items())))


def implies(narrow: LabelSet, wide: LabelSet) -> bool:
    """Tell whether all that matches the narrow set matches the wide one."""
    return all(
        label in narrow and set(narrow[label]) <= set(values) for label, values in wide.items()
    )


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
