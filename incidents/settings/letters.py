"""``letters``: the mail server by which subscribers and those who report something hear."""

from collections.abc import Mapping
from typing import Any

from sothat.incidents.notifiers.email import EmailChannel, EmailNotifier
from sothat.incidents.settings.section import Section, Source

_EMAIL = EmailNotifier()
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [name for name in _EMAIL.required if name != "to"],
    "properties": {name: schema for name, schema in _EMAIL.schema.items() if name != "to"},
}


def _read(source: Source) -> EmailChannel | None:
    node = source.node("letters")
    if node is None:
        return None
    opened = _EMAIL.open({**node, "to": ()}, lambda key: source.secret("letters", key))
    return opened if isinstance(opened, EmailChannel) else None


SECTION = Section("letters", "letters", _SCHEMA, _read)
