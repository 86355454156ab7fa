"""Why 10:42? What counted, what did not, and why, in order and in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sothat.model.policy import Calendar
from sothat.service_levels.calendars import holiday_name, shifts_within, version, working
from sothat.service_levels.deadline import Counted, Line, Promise
from sothat.service_levels.intervals import Interval, clipped, common, total
from sothat.service_levels.words import day, duration, moment, percent, promised, span, timetable
from sothat.service_levels.zones import zone_named


def explained(
    promises: Sequence[Promise],
    calendar: Calendar,
    counted: Sequence[Counted],
    pauses: Sequence[Interval],
) -> tuple[Line, ...]:
    """Return the explanation of a deadline: a headline, then what happened, in order."""
    zone = zone_named(calendar.time_zone)
    whole = Interval(promises[0].since, counted[-1].interval.end)
    told = [
        *_promises(promises, whole, zone),
        *_stretches(counted, zone),
        *_pauses(promises, calendar, pauses, whole),
        *_holidays(promises, calendar, whole),
    ]
    told.sort(key=lambda line: (line.interval.start, line.kind != "promise"))
    return (_headline(whole, calendar, total(one.interval for one in counted)), *told)


def _headline(whole: Interval, calendar: Calendar, seconds: float) -> Line:
    zone = zone_named(calendar.time_zone)
    text = (
        f"Due {moment(whole.end, zone)}, counted from {moment(whole.start, zone)} "
        f"in the calendar {version(calendar)} ({calendar.time_zone})."
    )
    return Line("due", whole, seconds, text)


def _promises(promises: Sequence[Promise], whole: Interval, zone: ZoneInfo) -> Iterator[Line]:
    """Yield what was promised, and from when on if not from the start."""
    for number, one in enumerate(promises):
        if one.since > whole.end:
            return
        since = f"From {moment(one.since, zone)}: " if number else ""
        reason = f"{one.reason}, " if one.reason else ""
        what = f"{reason}{promised(one.term)} ({timetable(one.hours)})"
        yield Line("promise", Interval(one.since, whole.end), 0.0, f"{since}{what}.")


def _stretches(counted: Sequence[Counted], zone: ZoneInfo) -> Iterator[Line]:
    """Yield what counted; what is counted without a break under one promise is one line."""
    run: list[Counted] = []
    for one in counted:
        if run and (run[-1].interval.end, run[-1].promise) != (one.interval.start, one.promise):
            yield _counted(run, zone)
            run = []
        run.append(one)
    yield _counted(run, zone)


def _counted(run: Sequence[Counted], zone: ZoneInfo) -> Line:
    interval = Interval(run[0].interval.start, run[-1].interval.end)
    used = percent(float(run[-1].used))
    text = f"{span(interval, zone)}: {duration(interval.seconds)} counted, {used} used up."
    return Line("counted", interval, interval.seconds, text)


def _pauses(
    promises: Sequence[Promise], calendar: Calendar, pauses: Sequence[Interval], whole: Interval
) -> Iterator[Line]:
    """Yield the pauses that kept open hours from counting."""
    zone = zone_named(calendar.time_zone)
    for promise, bounds in _reigns(promises, whole):
        for pause in common(pauses, (bounds,)):
            lost = total(working(promise.hours, calendar, pause.start, pause.end))
            if lost:
                text = f"{span(pause, zone)}: paused, {duration(lost)} not counted."
                yield Line("paused", pause, lost, text)


def _holidays(promises: Sequence[Promise], calendar: Calendar, whole: Interval) -> Iterator[Line]:
    """Yield the holidays that closed what would have been open."""
    for promise, bounds in _reigns(promises, whole):
        if promise.hours.holidays:
            continue
        for shift in shifts_within(replace(promise.hours, holidays=True), calendar, bounds):
            name = holiday_name(calendar, shift.day)
            if name and any(clipped(shift.intervals, bounds)):
                text = f"{day(shift.day)}: closed, {name}."
                yield Line("closed", Interval(shift.start, shift.end), 0.0, text)


def _reigns(promises: Sequence[Promise], whole: Interval) -> Iterator[tuple[Promise, Interval]]:
    """Yield each promise with the time for which it held, up to the deadline."""
    ends = [min(one.since, whole.end) for one in promises[1:]] + [whole.end]
    for promise, end in zip(promises, ends, strict=True):
        if promise.since < end:
            yield promise, Interval(promise.since, end)
