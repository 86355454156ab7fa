"""``external_url``: where people reach the service."""

from sothat.incidents.settings.listen import address_of
from sothat.incidents.settings.section import Section, Source

_SCHEMA = {"type": "string", "pattern": "^https?://[^/]", "description": "an http or https URL"}


def _read(source: Source) -> str:
    url: str = source.node("external_url") or f"http://{address_of(source)}"
    return url.rstrip("/")


SECTION = Section("external_url", "external_url", _SCHEMA, _read)
