"""Problems in the forms that people and machines read."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sothat.generator.reporting.annotations import as_annotations
from sothat.generator.reporting.data import as_json
from sothat.generator.reporting.plain import as_text
from sothat.generator.reporting.sarif import as_sarif
from sothat.model.problem import Problem

FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_annotations}
)

__all__ = ["FORMATS"]
