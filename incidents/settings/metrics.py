"""``metrics``: what whoever reads ``/metrics`` has to show."""

from sothat.incidents.settings.section import Section, Source
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["token"],
    "properties": {"token": SECRET_SCHEMA},
}


def _read(source: Source) -> Secret | None:
    return source.secret("metrics", "token") if source.node("metrics") is not None else None


SECTION = Section("metrics_token", "metrics", _SCHEMA, _read)
