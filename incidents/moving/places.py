"""Names of our kind, and calendars for time zones."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

import holidays
from sothat.model.policy import Calendar
from sothat.model.problem import Unusable
from sothat.service_levels.zones import zone_named

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
# As the policy's schema has it.
_ZONE = re.compile(r"[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)*")
_LONGEST = 60
# What stands in for zones that are nowhere, such as UTC: our calendars want a country. Its
# holidays close nothing here.
STAND_IN = "US"


def slug(text: str, fallback: str) -> str:
    """Return a name in lower-case-with-hyphens for a text of anybody's."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_LONGEST].strip("-")
    return found if found[:1].isalpha() else f"{fallback}-{found}".strip("-")


class Names:
    """Hands out names, none of them twice."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, text: str, fallback: str) -> str:
        """Return a name for a text that nobody has yet."""
        name = first = slug(text, fallback)
        while name in self._taken:
            number = self._last[first] = self._last.get(first, 1) + 1
            name = f"{first}-{number}"
        self._taken.add(name)
        return name


def is_zone(name: str) -> bool:
    """Return whether a time zone of this name exists, and a calendar may have it."""
    try:
        zone_named(name)
    except Unusable:
        return False
    return bool(_ZONE.fullmatch(name))


def calendar_of(zone: str) -> Calendar:
    """Return a calendar in a time zone; its country is the zone's."""
    country = _countries().get(zone, STAND_IN)
    known = country in holidays.list_supported_countries(include_aliases=False)
    return Calendar(slug(zone, "zone"), country if known else STAND_IN, "", zone, {})


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """Return the country of each time zone, by the table of the time zone database."""
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows if len(row) > 2}  # noqa: PLR2004 – code, place, name
