"""What kinds that compare their query as it stands have in common."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sothat.generator.kind import Expansion, Form
from sothat.generator.thresholds import parse_threshold
from sothat.model.alert import Threshold

THRESHOLD: Mapping[str, Any] = MappingProxyType({"threshold": {"$ref": "#/$defs/threshold"}})


def threshold_of(form: Form) -> Threshold | None:
    """Return the threshold of a form, None where the query compares by itself."""
    text = form.settings.get("threshold")
    return parse_threshold(text) if text else None


def expand(form: Form) -> Expansion:
    """Return the query and its threshold as they stand."""
    return Expansion(form.query, threshold_of(form))
