"""``close_after``: how long after its resolution an incident closes by itself."""

from sothat.incidents.settings.section import Section, Source


def _read(source: Source) -> float | None:
    return source.duration("close_after", default="") if source.node("close_after") else None


SECTION = Section("close_after", "close_after", {"type": "string"}, _read)
