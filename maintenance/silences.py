"""Silences of Alertmanager for works: what should be there, and what has to be done for it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sothat.maintenance.standing import ENDED, Standing
from sothat.service_levels.intervals import Interval, utc

AUTHOR = "sothat maintenance"
_COMMENT = re.compile(r"\[(?P<id>[^ \]]+) (?P<part>[0-9]+)\]")
# Two servers and their clocks: a silence that begins a moment ago is one that begins now.
_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence of ours.

    Attributes:
        id: Alertmanager's; empty: not there yet.
        key: The work's id and the number of its label set.
        matchers: As Alertmanager has them, in order.
    """

    key: tuple[str, int]
    interval: Interval
    matchers: tuple[tuple[str, str, bool], ...]
    comment: str
    id: str = ""

    def body(self) -> dict[str, Any]:
        """Return it as Alertmanager's API takes it."""
        matchers = [
            {"name": name, "value": value, "isRegex": regex, "isEqual": True}
            for name, value, regex in self.matchers
        ]
        return {
            **({"id": self.id} if self.id else {}),
            "matchers": matchers,
            "startsAt": self.interval.start.isoformat(),
            "endsAt": self.interval.end.isoformat(),
            "createdBy": AUTHOR,
            "comment": self.comment,
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be done: set (new, or other times), and expired."""

    to_set: tuple[Silence, ...]
    to_expire: tuple[Silence, ...]


def wanted(found: Iterable[Standing], now: datetime, ahead: timedelta) -> tuple[Silence, ...]:
    """Return the silences that should be there: of works that run or begin within some time.

    They last as long as was announced, and no longer: what overruns is heard of.
    """
    return tuple(
        silence
        for one in found
        if one.state not in ENDED
        and one.work.interval.start <= now + ahead
        and now < one.work.interval.end
        for silence in _of(one)
    )


def _of(one: Standing) -> Iterator[Silence]:
    work = one.work
    for number, labels in enumerate(work.affects):
        comment = f"{work.title} [{work.id} {number}]"
        yield Silence((work.id, number), work.interval, _matchers(labels), comment)


def _matchers(labels: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (name, values[0], False)
        if len(values) == 1
        else (name, "|".join(re.escape(value) for value in values), True)
        for name, values in sorted(labels.items())
    )


def parse_silences(data: Sequence[Mapping[str, Any]]) -> Iterator[Silence]:
    """Yield those of Alertmanager's silences that are ours, and not over.

    Raises:
        ValueError, KeyError, TypeError: It is no such answer.
    """
    for one in data:
        key = _COMMENT.search(str(one.get("comment", "")))
        ours = one.get("createdBy") == AUTHOR and one["status"]["state"] != "expired"
        if ours and key:
            yield Silence(
                (key["id"], int(key["part"])),
                Interval(_moment(one["startsAt"]), _moment(one["endsAt"])),
                tuple(sorted((m["name"], m["value"], m["isRegex"]) for m in one["matchers"])),
                one["comment"],
                one["id"],
            )


def _moment(text: str) -> datetime:
    return utc(datetime.fromisoformat(text))


def changes(want: Iterable[Silence], have: Iterable[Silence], now: datetime) -> Changes:
    """Return what turns the silences that are there into those that should be."""
    there: dict[tuple[str, int], Silence] = {}
    expire = []
    for silence in sorted(have, key=lambda one: (one.interval, one.id)):
        if silence.key in there:
            expire.append(silence)  # one too many
        else:
            there[silence.key] = silence
    to_set = []
    for silence in want:
        old = there.pop(silence.key, None)
        if old is None:
            to_set.append(silence)
        elif old.matchers != silence.matchers:
            # Alertmanager would make another one of it anyway.
            expire.append(old)
            to_set.append(silence)
        elif not _same(old.interval, silence.interval, now):
            to_set.append(_with_id(silence, old.id))
    return Changes(tuple(to_set), (*expire, *there.values()))


def _same(old: Interval, new: Interval, now: datetime) -> bool:
    """Return whether two mean the same from now on: what has begun keeps its start."""
    starts = abs(max(old.start, now) - max(new.start, now)) <= _TOLERANCE
    return starts and abs(old.end - new.end) <= _TOLERANCE


def _with_id(silence: Silence, identity: str) -> Silence:
    return Silence(silence.key, silence.interval, silence.matchers, silence.comment, identity)
