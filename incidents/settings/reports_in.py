"""``reports``: who may report something, and by which address mails come in."""

from dataclasses import dataclass

from sothat.incidents.settings.section import Section, Source

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "form": {"enum": ["public", "members", "off"]},
        "address": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"},
    },
}


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How reports come in.

    Attributes:
        form: ``public``: anybody may use the form; ``members``: whoever is let in; ``off``: nobody.
        address: The address that people write to, empty if there is none; answers come from it.
    """

    form: str = "members"
    address: str = ""


def _read(source: Source) -> ReportSettings:
    node = source.node("reports", {})
    return ReportSettings(node.get("form", "members"), node.get("address", ""))


SECTION = Section("reports", "reports", _SCHEMA, _read)
