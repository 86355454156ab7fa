"""``flapping``: how restless an incident may be before it is kept open."""

from sothat.incidents.incident import FlapRule
from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds

_DEFAULT_CHANGES, _DEFAULT_WINDOW = 5, "1h"
# More than anybody counts by hand, and little enough to keep with the incident.
_MOST = 100
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "changes": {"type": "integer", "minimum": 0, "maximum": _MOST},
        "window": {"type": "string"},
    },
}


def _read(source: Source) -> FlapRule:
    changes = source.node("flapping", {}).get("changes", _DEFAULT_CHANGES)
    window = source.duration("flapping", "window", default=_DEFAULT_WINDOW)
    return FlapRule(changes, seconds(window))


SECTION = Section("flapping", "flapping", _SCHEMA, _read)
