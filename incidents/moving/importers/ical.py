"""Calendar feeds of schedules, of any system: who is in the title of each event.

The fall-back where no export is to be had: it knows what comes, and not why.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sothat.incidents.moving.neutral import Importer, Layer, Loss, Move, Person, Schedule, Turn
from sothat.incidents.moving.reading import Node
from sothat.incidents.moving.rotating import AHEAD
from sothat.incidents.moving.stacking import stacked
from sothat.model.problem import Unusable
from sothat.service_levels.ical import overrides, zone_said
from sothat.service_levels.intervals import Interval
from sothat.service_levels.zones import reaching

_NAME = re.compile(r"^X-WR-CALNAME:(.+)$", re.MULTILINE)
# What the systems write around a name: OnCall's level, PagerDuty's first words.
_LEVEL = re.compile(r"^\[L[0-9]+\]\s*")
_FIRST = re.compile(r"^on call( now)? - ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Calendars:
    """Reads iCalendar files."""

    title: str = "iCalendar"
    hint: str = "a schedule's calendar feed, fetched as a file (.ics)"

    def read(self, exports: Sequence[Node], now: datetime) -> Move:
        """Return what exports say; see `Importer`."""
        people: dict[str, Person] = {}
        schedules: list[Schedule] = []
        losses: list[Loss] = []
        for export in exports:
            schedule = _schedule(export, now, people, losses)
            schedules.append(schedule)
            until = f"{now + AHEAD:%Y-%m-%d}"
            what = f"'{schedule.name}' is written out until {until}; a calendar has no rotation"
            losses.append(Loss(schedule.place, what, "write the rotation before then", schedule.id))
        return Move(MappingProxyType(people), tuple(schedules), (), tuple(losses))


def _schedule(
    export: Node, now: datetime, people: dict[str, Person], losses: list[Loss]
) -> Schedule:
    if not isinstance(export.value, str):
        raise export.wrong("expected an iCalendar, which begins with BEGIN:VCALENDAR")
    bounds = Interval(now, now + AHEAD)
    try:
        zone, matters = zone_said(export.value)
        own = ZoneInfo(zone or "UTC")
        events = list(overrides(export.value, ZoneInfo("UTC"), bounds, own))
    except Unusable as error:
        raise export.wrong(error.problems[0].message) from error
    if matters and not zone:
        what = "whole days, and times without a zone: here those of UTC, for it names none"
        losses.append(Loss(export.place, what, "name the zone in X-WR-TIMEZONE", export.file))
    found = _NAME.search(export.value)
    name = found.group(1).strip() if found else Path(export.file).stem
    layers = []
    for event in events:
        who = _FIRST.sub("", _LEVEL.sub("", event.member)).strip() or event.member
        who = who.removesuffix(f" - {name}").strip()
        people.setdefault(who, Person(who, who, export.place))
        turn = Turn(_moment(event.starts), _moment(event.ends), (who,))
        if turn.starts < turn.ends:
            layers.append(Layer(who, export.place, "UTC", turns=(turn,)))
    tracks, _ = stacked([_by_person(layers)], now)
    return Schedule(f"{export.file}", name, export.place, "UTC", tracks)


def _by_person(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return one layer for each person: their turns do not meet unless somebody's calendar does."""
    turns: dict[str, list[Turn]] = {}
    for layer in layers:
        turns.setdefault(layer.name, []).extend(layer.turns)
    place = layers[0].place if layers else ""
    return tuple(Layer(who, place, "UTC", turns=tuple(found)) for who, found in turns.items())


def _moment(local: str) -> datetime:
    return reaching(ZoneInfo("UTC"), datetime.fromisoformat(local))


IMPORTER: Importer = Calendars()
