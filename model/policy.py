"""The policy: priorities with their clocks, teams and the channels that reach them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

# The escalations of every team that names none of its own.
COMMON_LADDERS = ("technical", "management")


class Priority(StrEnum):
    """How urgent an incident is, from all down (P1) to cosmetic (P4)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


@dataclass(frozen=True, slots=True)
class Timing:
    """When Alertmanager speaks of a group of alerts; all in seconds.

    Attributes:
        group_wait: From a group's first alert to its first message, so that alerts which belong
            together, and those that mute others, have arrived.
        group_interval: Least time until a changed group is told again.
        repeat_interval: Until an unchanged group is told again; a multiple of ``group_interval``.
    """

    group_wait: float
    group_interval: float
    repeat_interval: float


@dataclass(frozen=True, slots=True)
class Term:
    """A promise of time: seconds, or whole working days, on the clock of named hours.

    The hours without a name are all hours.
    """

    hours: str
    seconds: float = 0.0
    days: int = 0


@dataclass(frozen=True, slots=True)
class PriorityTerms:
    """What a priority promises; all durations in seconds.

    Attributes:
        severity: Value of the ``severity`` label that Alertmanager's users know.
        acknowledge: Until somebody has taken the incident.
        update: Between two updates; None means as needed.
        resolve: Until the customer has the outcome back.
        timing: How its alerts are gathered and repeated.
        clocks: The same three as promises on the clock of hours, by their names here; a service
            that knows no calendar takes the seconds, a whole day as 24 hours.
    """

    priority: Priority
    meaning: str
    severity: str
    acknowledge: float
    update: float | None
    resolve: float
    timing: Timing = Timing(30.0, 300.0, 14_400.0)
    clocks: Mapping[str, Term] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Level:
    """A level of an escalation: asked when nobody has taken an incident for so long.

    Attributes:
        name: Such as ``second-level``.
        after: How long after the page, by priority; a priority that is not there never gets so far.
        roles: Who it is for a team that names nobody of its own.
    """

    name: str
    after: Mapping[Priority, Term]
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """Who of a team is asked at a level: a role, or whoever is on call by a rotation."""

    level: str
    role: str = ""
    rotation: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """Who owns alerts, and the channels (by name) that reach them, by priority.

    Attributes:
        escalation: Who is called, in order, in words.
        duties: What only some teams are trained for, such as ``security``.
        seats: Those of the escalation that have a level of the policy's.
        ladders: Names of the escalations that are climbed for it; none: `COMMON_LADDERS`.
    """

    name: str
    description: str
    channels: Mapping[Priority, tuple[str, ...]]
    escalation: tuple[str, ...]
    duties: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    ladders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """A clock's working hours.

    Attributes:
        days: Days of the week on which it runs, ``monday`` to ``sunday``.
        start: Local time at which it starts on such a day, ``08:00``.
        end: Local time at which it stops, ``24:00`` for midnight.
        holidays: Whether it runs on holidays.
    """

    days: tuple[str, ...]
    start: str
    end: str
    holidays: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """A tier of what a client gets back.

    Attributes:
        below: The share of a month's availability under which it applies.
        credit: Share of the month's fee.
    """

    below: float
    credit: float


@dataclass(frozen=True, slots=True)
class Contract:
    """What a support contract promises.

    Attributes:
        hours: Name of the hours in which it is served.
        holidays_for: Priorities that are served on holidays too.
        availability: Least share of a calendar month, maintenance left out.
        response: Until the first answer.
        resolution: Until the customer has the outcome back.
        credits: Tiers of what the client gets back for a month; the largest that applies counts.
    """

    name: str
    description: str
    hours: str
    holidays_for: tuple[Priority, ...]
    availability: float
    response: Mapping[Priority, Term]
    resolution: Mapping[Priority, Term]
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """Who a contract is with, and whose local time and holidays its clocks keep.

    Attributes:
        contract: Name of the contract.
        calendar: Name of the calendar.
    """

    name: str
    contract: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where days are counted.

    Attributes:
        country: ISO 3166-1 code, whose public holidays apply.
        subdivision: ISO 3166-2 code without the country, empty for the country's own alone.
        time_zone: IANA name.
        holidays: Further days off by ISO date, with their names.
        years: The years whose public holidays are written out for programs that cannot compute
            them, such as Alertmanager; ascending, empty for none.
    """

    name: str
    country: str
    subdivision: str
    time_zone: str
    holidays: Mapping[str, str]
    years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else on call for a while.

    Attributes:
        starts: ISO local date and time, or a moment: one with its offset from UTC.
        ends: The same.
        member: Who takes over.
        reason: Why, such as a holiday.
    """

    starts: str
    ends: str
    member: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Who is on call in turn.

    Attributes:
        team: Whose duty it is; empty: nobody's by itself, but of seats and of rotations that
            turn to it.
        calendar: Name of the calendar in whose time the shifts change.
        starts: Time of the first hand-over, ISO local date and time.
        shift: Seconds of a shift.
        members: Roles, in turn; empty: its overrides alone, and whom it turns to.
        hours: Name of the hours in which it has the duty; empty: always.
        overrides: Who takes over when; where two overlap, the later one in the list.
        ends: From when on it has nobody, ISO local date and time; empty: it does not end.
        otherwise: Name of the rotation that has the duty while this one has nobody.
    """

    name: str
    team: str
    calendar: str
    starts: str
    shift: float
    members: tuple[str, ...]
    hours: str = ""
    overrides: tuple[Override, ...] = ()
    ends: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people.

    Attributes:
        type: What Alertmanager sends to, such as ``slack``; empty: the incident service delivers,
            and is configured with the address.
        settings: What the type needs, by key; secrets are paths of files.
        hours: Name of the hours in which it hears; empty: always.
        calendar: Name of the calendar in whose time the hours are.
    """

    name: str
    description: str
    type: str = ""
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    hours: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window for planned work, in local time.

    Attributes:
        every: ``week``, ``month`` or ``quarter``: each such day of a week, or the last one of
            a month or quarter.
        day: Day of the week.
        calendar: Name of the calendar in whose time it lies.
        start: Local time of that day; ``end`` at or before it is on the next day.
        notice_days: Business days before which it must be announced.
        mutes: Label sets, each label with its admissible values; alerts that carry all labels of
            one set are muted in the window, all others are not.
    """

    name: str
    every: str
    day: str
    start: str
    end: str
    calendar: str
    notice_days: int
    mutes: tuple[Mapping[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A component of the system, as alerts know it; `sothat.model.dependencies` has where it is.

    Attributes:
        identity: The labels that tell one such part from another.
        down: Names of the alerts which say that it is down.
        alerts: Names of those which say that something else is wrong with it.
        needs: What it cannot work without, and the labels by which the two find each other.
    """

    name: str
    identity: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Policy:
    """The resolved policy of a catalogue; what it does not speak of is empty.

    Attributes:
        matrix: The priority by impact and urgency.
        calendar: Name of the calendar in which clocks count that no client's is known for.
        escalation: The levels of each ladder, such as ``technical``, from the first on.
        components: What depends on what; only the compiled policy has it, the catalogue has files
            of its own for it.
        owner: The team that answers for the monitoring itself, empty if none does.
    """

    priorities: Mapping[Priority, PriorityTerms]
    teams: Mapping[str, Team]
    grouping: tuple[str, ...]
    hours: Mapping[str, Hours] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    maintenance: Mapping[str, Maintenance] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    clients: Mapping[str, Client] = field(default_factory=dict)
    matrix: Mapping[str, Mapping[str, Priority]] = field(default_factory=dict)
    calendar: str = ""
    escalation: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    components: Mapping[str, Part] = field(default_factory=dict)
    owner: str = ""

    def ladders_of(self, team: str) -> Mapping[str, tuple[Level, ...]]:
        """Return the escalations of a team, in their order; of an unknown one the common ones."""
        known = self.teams.get(team)
        names = known.ladders if known and known.ladders else COMMON_LADDERS
        return {name: self.escalation[name] for name in names if name in self.escalation}

    def first_ladder(self, team: str) -> str:
        """Return the name of the escalation that is asked when a team's page does not arrive."""
        known = self.teams.get(team)
        return (known.ladders if known and known.ladders else COMMON_LADDERS)[0]

    def delivered(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Return those that the incident service delivers to: Alertmanager sends to the others."""
        typed = {name for name, channel in self.channels.items() if channel.type}
        return tuple(name for name in channels if name not in typed)
