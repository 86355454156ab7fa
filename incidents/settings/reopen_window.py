"""``reopen_window``: how long after its resolution an incident is opened again by its alerts."""

from sothat.incidents.settings.section import Section, Source

DEFAULT = "1h"


def _read(source: Source) -> float:
    return source.duration("reopen_window", default=DEFAULT)


SECTION = Section("reopen_window", "reopen_window", {"type": "string"}, _read)
