"""``resolve_after``: the hold-down."""

from sothat.incidents.settings.section import Section, Source

DEFAULT = "5m"


def _read(source: Source) -> float:
    return source.duration("resolve_after", default=DEFAULT)


SECTION = Section("hold", "resolve_after", {"type": "string"}, _read)
