"""``heartbeat``: who outside hears that this service lives."""

from dataclasses import dataclass

from sothat.incidents.settings.section import Section, Source
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_DEFAULT = "1m"
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    # Whoever knows the URL can send the beat, so it is a secret.
    "properties": {"url": SECRET_SCHEMA, "every": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """Where to and how often (seconds) the sign of life goes."""

    url: Secret
    every: float


def _read(source: Source) -> HeartbeatSettings | None:
    if source.node("heartbeat") is None:
        return None
    every = source.duration("heartbeat", "every", default=_DEFAULT)
    return HeartbeatSettings(source.secret("heartbeat", "url"), every)


SECTION = Section("heartbeat", "heartbeat", _SCHEMA, _read)
