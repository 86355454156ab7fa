"""Our configuration as YAML, with what does not carry over as comments where it would stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import yaml
from sothat.incidents.moving.composing import DUTY, Configuration, User
from sothat.incidents.moving.neutral import Loss
from sothat.model.duration import format_duration
from sothat.model.policy import Calendar, Hours, Level, Rotation, Team

_POLICY = """\
# Imported from {title}. Who is on call, and who is asked next; people.yaml has how.
# Look through it with: sothat incidents who --lint --catalogue . --people ../people.yaml
apiVersion: sothat/v1
kind: Policy
# {title} says nothing of these: they are yours to change.
priorities:
  P1: {{meaning: All down, severity: critical, acknowledge: 15m, update: 30m, resolve: 4h}}
  P2: {{meaning: Much is out, severity: critical, acknowledge: 1h, update: 2h, resolve: 8h}}
  P3: {{meaning: Something is out, severity: warning, acknowledge: 4h, resolve: 3d}}
  P4: {{meaning: Nobody is held up, severity: info, acknowledge: 1d, resolve: 10d}}
grouping: [team, outcome, site]
channels:
  {duty}: {{description: Whoever is on call; the incident service delivers}}
"""
_PEOPLE = """\
# Imported from {title}. Addresses stay with whoever runs the service: do not publish this file.
# Bind it in incidents.yaml: people: people.yaml
apiVersion: sothat/v1
kind: People
users:
"""
_WIDTH = 110


class _Quoted(str):
    """Text of anybody's: it is written between quotes, so that nothing takes it for a number."""

    __slots__ = ()


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes texts of anybody's between quotes, and nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 – PyYAML's signature
        return True


_Dumper.add_representer(
    _Quoted,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"'),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """Where mail to people goes out."""

    server: str
    sender: str


def policy_text(made: Configuration, title: str) -> str:
    """Return the policy."""
    sections = (
        _section("teams", made.teams, _team, made.comments),
        _section("escalation", made.ladders, _ladder, {}),
        _section("calendars", made.calendars, _calendar, {}),
        _section("hours", made.hours, _hours, {}),
        _section("rotations", made.rotations, _rotation, made.comments),
    )
    head = _POLICY.format(title=title, duty=DUTY)
    return head + "".join(line for section in sections for line in section)


def people_text(made: Configuration, title: str, mail: Mail) -> str:
    """Return the people."""
    text = [_PEOPLE.format(title=title)]
    for name, user in made.users.items():
        text.append(_entry(name, _user(user, mail)))
        text += [
            f"      # {_line(sort)}: {_line(address)}\n" for sort, address in user.person.others
        ]
    return "".join(text) if made.users else "".join(text).rstrip("\n") + " {}\n"


def _section(
    title: str,
    entries: Mapping[str, Any],
    plain: Callable[[Any], Mapping[str, Any]],
    comments: Mapping[tuple[str, str], Iterable[Loss]],
) -> Iterator[str]:
    if entries:
        yield f"{title}:\n"
    for name, entry in entries.items():
        for loss in comments.get((title, name), ()):
            yield f"  # {'Note' if loss.kept else 'Not carried over'}: {_line(loss.what)}\n"
            yield f"  # ({_line(loss.place)}) Instead: {_line(loss.instead)}\n"
        yield _entry(name, plain(entry))


def _entry(name: str, value: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        {name: value},
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=None,
        sort_keys=False,
        width=_WIDTH,
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


def _line(text: str) -> str:
    """Return text of anybody's as one line of a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _team(team: Team) -> Mapping[str, Any]:
    seats = [{key: value for key, value in asdict(seat).items() if value} for seat in team.seats]
    found: dict[str, Any] = {
        "description": _Quoted(_line(team.description)),
        "channels": {str(priority): list(names) for priority, names in team.channels.items()},
        "escalation": [*team.escalation, *seats],
    }
    return {**found, "ladders": list(team.ladders)} if team.ladders else found


def _ladder(levels: tuple[Level, ...]) -> Mapping[str, Any]:
    return {
        level.name: {str(p): _minutes(term.seconds) for p, term in level.after.items()}
        for level in levels
    }


def _minutes(seconds: float) -> str:
    return format_duration(seconds) if seconds else "0m"


def _calendar(calendar: Calendar) -> Mapping[str, Any]:
    return {"country": calendar.country, "time_zone": calendar.time_zone}


def _hours(hours: Hours) -> Mapping[str, Any]:
    times = {"start": hours.start, "end": hours.end}
    return {"days": list(hours.days), **times, "holidays": "open"}


def _rotation(rotation: Rotation) -> Mapping[str, Any]:
    found: dict[str, Any] = {"team": rotation.team, "calendar": rotation.calendar}
    if rotation.members:
        found["starts"] = rotation.starts
        found["shift"] = format_duration(rotation.shift)
        found["members"] = list(rotation.members)
    found |= {key: getattr(rotation, key) for key in ("hours", "ends", "otherwise")}
    found["overrides"] = [
        {"starts": one.starts, "ends": one.ends, "member": one.member} for one in rotation.overrides
    ]
    return {key: value for key, value in found.items() if value}


def _user(user: User, mail: Mail) -> Mapping[str, Any]:
    person = user.person
    found: dict[str, Any] = {"roles": [_Quoted(_line(person.name) or user.name), *user.roles]}
    if person.zone:
        found["time_zone"] = person.zone
    to = [_Quoted(person.email)]
    address = {"type": "email", "server": mail.server, "from": mail.sender, "to": to}
    found["contacts"] = {"mail": address} if person.email else {}
    return found
