"""A source, opened from settings as the exporter does it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from sothat.exporters.clock import Clock, SystemClock
from sothat.exporters.schema import collector_schema
from sothat.exporters.source import Collector, Context, Settings, Source
from sothat.model.problem import Unusable
from sothat.runtime.documents import parse_document
from sothat.runtime.schema import validate

_NAME = "tried"
_NONE: Mapping[str, str] = MappingProxyType({})


def opened(
    collector: Collector,
    settings: Mapping[str, Any],
    folder: Path,
    *,
    environment: Mapping[str, str] = _NONE,
    clock: Clock | None = None,
) -> Source:
    """Return the source of some settings.

    Args:
        collector: Its type: the module's ``COLLECTOR``.
        settings: What stands in ``exporter.yaml``, ``type`` and ``name`` left out.
        folder: Where relative paths begin.
        environment: Environment variables, for secrets.
        clock: Time; default: the machine's.

    Raises:
        Unusable: The settings are not of the collector's schema, or cannot work.
    """
    text = yaml.safe_dump({"type": _NAME, **settings}, sort_keys=False, allow_unicode=True)
    document = parse_document(text, "settings")
    problems = validate(document, collector_schema(collector))
    if problems:
        raise Unusable(problems)
    context = Context(_NAME, folder, environment, clock or SystemClock())
    return collector.open(Settings(document, ()), context)
