"""``webhook``: what a sender of alerts has to show."""

from sothat.incidents.settings.section import Section, Source
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["token"],
    "properties": {"token": SECRET_SCHEMA},
}


def _read(source: Source) -> Secret:
    return source.secret("webhook", "token")


SECTION = Section("webhook_token", "webhook", _SCHEMA, _read, required=True)
