"""What a part of posture is: its families, its settings, and where its figures come from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.machine import Machine
from sothat.exporters.source import Context, Sample, Settings
from sothat.model.metric import MetricFamily

Reader = Callable[[Deadline], Iterable[Sample]]

# Files, by name or by pattern.
PATTERNS: Mapping[str, Any] = {
    "type": "array",
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1},
    "default": [],
}


@dataclass(frozen=True, slots=True)
class Part:
    """A group of figures that is read, switched and fails as one.

    Attributes:
        name: As the setting ``without`` names it.
        open: Returns what yields the samples, having checked the settings. The reader may raise
            OSError or PollFailed, which costs this part only.
        properties: JSON Schema of the collector's settings that are this part's.
    """

    name: str
    families: tuple[MetricFamily, ...]
    open: Callable[[Settings, Machine, Context], Reader]
    properties: Mapping[str, Any] = field(default_factory=dict)
