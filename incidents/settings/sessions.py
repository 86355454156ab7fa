"""``session``: how long a browser stays signed in."""

from dataclasses import dataclass

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.times import seconds

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {"lasts": {"type": "string"}, "idle": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class SessionRules:
    """When a session ends, in nanoseconds.

    Attributes:
        lasts: After it began; a turn of duty, so that nobody looks for a token at night.
        idle: After it was last used.
    """

    lasts: int = seconds(14 * 86_400)
    idle: int = seconds(3 * 86_400)


DEFAULT = SessionRules()


def _read(source: Source) -> SessionRules:
    return SessionRules(
        seconds(source.duration("session", "lasts", default="14d")),
        seconds(source.duration("session", "idle", default="3d")),
    )


SECTION = Section("session", "session", _SCHEMA, _read)
