"""``retention``: for how long things are kept; without it for ever."""

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.store.retention import Retention
from sothat.incidents.times import seconds

_KINDS = ("messages", "incidents", "audit")
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {kind: {"type": "string"} for kind in _KINDS},
}


def _read(source: Source) -> Retention:
    given = source.node("retention", {})
    return Retention(
        **{kind: seconds(source.duration("retention", kind, default="")) for kind in given}
    )


SECTION = Section("retention", "retention", _SCHEMA, _read)
