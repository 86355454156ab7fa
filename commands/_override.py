"""``sothat incidents on-call`` and ``override``: the rota as a running service goes by it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sothat.commands._output import examples
from sothat.commands._talking import client_of, show_answer, with_client


@click.command(
    name="on-call",
    short_help="Ask a running service who is on call.",
    epilog=examples("sothat incidents on-call", "sothat incidents on-call --team platform-sre"),
)
@with_client
@click.option("--at", "time", metavar="TIME", help="When: ISO 8601, UTC unless said; default now.")
@click.option("--team", default="", metavar="NAME", help="Only this team.")
def on_call(url: str, token_file: Path | None, as_json: bool, time: str | None, team: str) -> int:
    """Say who is on call by the running service, its overrides included; exit 1 when nobody is."""
    from sothat.commands._firing import parse_time

    at = parse_time(time)[0].astimezone(UTC).isoformat() if time else ""
    client, found = client_of(url, token_file), []

    def ask() -> Mapping[str, Any]:
        data: Mapping[str, Any] = client.on_call(at, team)
        found.extend(data["teams"])
        return data

    refused = show_answer(ask, as_json, _duties)
    return refused or int(any(duty["problem"] for duty in found))


@click.group(short_help="Put somebody else on call for a while.")
def override() -> None:
    """Overrides of the rota that a running service goes by; where two overlap, the later counts."""


@override.command(name="list", epilog=examples("sothat incidents override list"))
@with_client
def list_overrides(url: str, token_file: Path | None, as_json: bool) -> int:
    """List overrides that have not ended."""
    client = client_of(url, token_file)
    return show_answer(client.overrides, as_json, _table)


_ADD = examples(
    "sothat incidents override add platform --person first-platform-engineer \\",
    "  --from 2026-12-24T12:00Z --to 2026-12-26T12:00Z",
)


@override.command(name="add", epilog=_ADD)
@with_client
@click.argument("rotation")
@click.option("--person", required=True, metavar="NAME", help="A user, or a role of the policy.")
@click.option("--from", "starts", required=True, metavar="TIME", help="ISO 8601, UTC unless said.")
@click.option("--to", "ends", required=True, metavar="TIME", help="Likewise.")
def add_override(
    url: str,
    token_file: Path | None,
    as_json: bool,
    rotation: str,
    person: str,
    starts: str,
    ends: str,
) -> int:
    """Let PERSON be on call instead of whoever ROTATION names."""
    from sothat.commands._firing import parse_time

    edges = [parse_time(text)[0].astimezone(UTC).isoformat() for text in (starts, ends)]
    client = client_of(url, token_file)
    return show_answer(lambda: client.add_override(rotation, person, *edges), as_json, _table)


@override.command(
    name="import", epilog=examples("sothat incidents override import platform holidays.ics")
)
@with_client
@click.argument("rotation")
@click.argument("file", type=click.Path(path_type=Path))
def import_overrides(
    url: str, token_file: Path | None, as_json: bool, rotation: str, file: Path
) -> int:
    """Take the events of an iCalendar FILE as overrides of ROTATION, half a year ahead."""
    from sothat.runtime.documents import read_text

    text = read_text(file)
    client = client_of(url, token_file)
    return show_answer(lambda: client.import_overrides(rotation, text), as_json, _table)


@override.command(name="remove", epilog=examples("sothat incidents override remove 3"))
@with_client
@click.argument("number", type=click.IntRange(min=1))
def remove_override(url: str, token_file: Path | None, as_json: bool, number: int) -> int:
    """Remove override NUMBER."""
    client = client_of(url, token_file)
    return show_answer(lambda: client.remove_override(number), as_json, lambda _: "removed")


def _duties(data: Mapping[str, Any]) -> str:
    from sothat.incidents.terminal import plain

    width = max((len(duty["team"]) for duty in data["teams"]), default=0)
    lines = (f"{duty['team']:<{width}}  {plain(_duty(duty))}" for duty in data["teams"])
    return "\n".join(lines) or "no team has a rotation"


def _duty(duty: Mapping[str, Any]) -> str:
    now, problem = duty["now"], duty["problem"]
    if now is None:
        return str(problem or "nobody")
    people = f" – {', '.join(duty['people'])}" if duty["people"] else ""
    why = f"; {problem}" if problem else ""
    return f"{now['member']}{people}, until {_minute(now['until'])} UTC ({now['reason']}){why}"


def _table(data: Mapping[str, Any]) -> str:
    return "\n".join(map(_line, data["overrides"])) or "no overrides"


def _line(row: Mapping[str, Any]) -> str:
    from sothat.incidents.terminal import plain

    span = f"{_minute(row['starts_at'])} to {_minute(row['ends_at'])} UTC"
    who, rotation, by = (plain(row[key]) for key in ("person", "rotation", "created_by"))
    return f"{row['id']:>4}  {rotation}  {who}, {span} (by {by})"


def _minute(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
