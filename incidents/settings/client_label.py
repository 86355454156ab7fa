"""``client_label``: the label that names the client whose contract's clocks run."""

from sothat.incidents.settings.section import Section, Source

DEFAULT = "client"


def _read(source: Source) -> str:
    return str(source.node("client_label", DEFAULT))


SECTION = Section("client_label", "client_label", {"type": "string", "minLength": 1}, _read)
