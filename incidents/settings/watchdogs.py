"""``watchdogs``: which sources have to be heard of how often."""

from collections.abc import Mapping
from types import MappingProxyType

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds

_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,60}$"},
    "additionalProperties": {"type": "string"},
    "description": "source: the longest time without its watchdog, such as 15m",
}


def _read(source: Source) -> Mapping[str, int]:
    names = source.node("watchdogs", {})
    found = {name: seconds(source.duration("watchdogs", name, default="")) for name in names}
    return MappingProxyType(found)


SECTION = Section("watchdogs", "watchdogs", _SCHEMA, _read)
