"""``letters``: the mail server by which subscribers and those who report something hear."""

from collections.abc import Mapping
from typing import Any

from sothat.incidents.notification import Notifier
from sothat.incidents.notifiers.email import EmailChannel
from sothat.incidents.settings.mail_server import TYPE
from sothat.incidents.settings.section import Section, Source


def section(known: Mapping[str, Notifier]) -> Section[EmailChannel | None]:
    """Return the section for some types of channels, of which e-mail is one."""
    mail = known[TYPE]

    def read(source: Source) -> EmailChannel | None:
        node = source.node("letters")
        if node is None:
            return None
        opened = mail.open({**node, "to": ()}, lambda key: source.secret("letters", key))
        return opened if isinstance(opened, EmailChannel) else None

    return Section("letters", "letters", _schema(mail), read)


def _schema(mail: Notifier) -> Mapping[str, Any]:
    """Return the schema of a channel whose recipients are not in the configuration."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in mail.required if name != "to"],
        "properties": {name: schema for name, schema in mail.schema.items() if name != "to"},
    }
