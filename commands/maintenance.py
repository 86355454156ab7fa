"""``sothat maintenance``: plan work, tell clients, check before and after, record what was done."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import catalogue_option
from sothat.commands._prometheus import prometheus_of, with_prometheus
from sothat.model.problem import render

if TYPE_CHECKING:
    from sothat.commands._upkeep import Desk
    from sothat.maintenance.records import Entry

_PLAN = click.option(
    "--plan",
    type=click.Path(path_type=Path),
    default=Path("maintenance.yaml"),
    show_default=True,
    envvar="SOTHAT_MAINTENANCE_PLAN",
    help="The plan file (kind: MaintenancePlan).",
)
_RECORDS = click.option(
    "--records",
    type=click.Path(path_type=Path),
    help="The file of what was done; default: beside the plan.",
)
_BY = click.option(
    "--by",
    "who",
    metavar="WHO",
    default=lambda: os.environ.get("USER", ""),
    show_default="$USER",
    help="Who says so.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_ANYWAY = click.option("--anyway", metavar="WHY", default="", help="Go on although a check failed.")


@click.group(short_help="Plan maintenance, tell clients, check, and record what was done.")
def command() -> None:
    """Plan maintenance, tell clients, check before and after, and record what was done."""


@command.command(short_help="What is wrong with the plan: notice, overlaps, freezes, windows.")
@_PLAN
@_RECORDS
@catalogue_option
def check(plan: Path, records: Path | None, catalogue: Path | None) -> int:
    """Hold the plan against the policy; exit 1 when something is wrong."""
    from sothat.commands._rota import read_policy
    from sothat.commands._upkeep import desk_of, problems_of

    problems = problems_of(desk_of(plan, records), read_policy(catalogue), plan)
    for problem in problems:
        click.echo(render(problem))
    if not problems:
        click.echo(f"{plan}: fine")
    return 1 if problems else 0


@command.command(name="list", short_help="How all works stand.")
@_PLAN
@_RECORDS
@_JSON
def list_(plan: Path, records: Path | None, *, as_json: bool) -> None:
    """Show how all works stand, in the order of their times."""
    from sothat.commands import _upkeep

    found = _upkeep.desk_of(plan, records).standings()
    if as_json:
        click.echo(_upkeep.as_json(found))
    else:
        _upkeep.say(_upkeep.table(found) if found else ["no work is planned"])


@command.command(short_help="When the policy's windows are.")
@click.option("--ahead", default="8w", show_default=True, metavar="DURATION", help="How far ahead.")
@catalogue_option
def windows(ahead: str, catalogue: Path | None) -> None:
    """Show the policy's windows ahead, and until when work in them must be announced."""
    from sothat.commands._rota import bounds_of, read_policy
    from sothat.service_levels.maintenance import announce_by
    from sothat.service_levels.maintenance import windows as windows_of

    policy = read_policy(catalogue)
    for one in windows_of(policy, bounds_of(datetime.now(UTC).replace(microsecond=0), ahead)):
        start, end = one.interval.start, one.interval.end
        by = announce_by(policy, one)
        click.echo(
            f"{one.name:12}  {start:%Y-%m-%d %H:%M} to {end:%m-%d %H:%M} UTC  "
            f"announce by {by:%Y-%m-%d %H:%M} UTC"
        )


@command.command(short_help="What a client is told of a work.")
@click.argument("work")
@click.argument(
    "occasion",
    type=click.Choice(["announcement", "reminder", "start", "overrun", "end", "cancellation"]),
)
@click.option("--client", required=True, metavar="NAME", help="A client of the policy.")
@_PLAN
@_RECORDS
@catalogue_option
def text(
    work: str, occasion: str, client: str, plan: Path, records: Path | None, catalogue: Path | None
) -> None:
    """Print the text for a client, in its local time; nothing internal is in it."""
    from sothat.commands._rota import read_policy
    from sothat.commands._upkeep import desk_of
    from sothat.maintenance.texts import Occasion, notice
    from sothat.service_levels.lookup import named

    policy = read_policy(catalogue)
    found = desk_of(plan, records).standing(work)
    told = named(policy.clients, "clients", client)
    click.echo(notice(Occasion(occasion), found, told, policy), nl=False)


@command.command(short_help="The plan as an iCalendar.")
@_PLAN
@_RECORDS
def calendar(plan: Path, records: Path | None) -> None:
    """Print the plan as an iCalendar that people and clients subscribe to."""
    from sothat.commands._upkeep import desk_of
    from sothat.maintenance.calendar import exported

    desk = desk_of(plan, records)
    click.echo(exported(desk.standings(), desk.now), nl=False)


@command.command(short_help="Events of an iCalendar as drafts of works.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--time-zone", required=True, metavar="ZONE", help="Of times without one.")
@click.option("--ahead", default="26w", show_default=True, metavar="DURATION", help="How far.")
def drafts(file: Path, time_zone: str, ahead: str) -> None:
    """Print the events of an iCalendar FILE as works, to complete and put into the plan."""
    import yaml
    from sothat.commands._rota import bounds_of
    from sothat.maintenance.calendar import drafts as drafts_of
    from sothat.runtime.documents import read_text
    from sothat.service_levels.zones import zone_named

    bounds = bounds_of(datetime.now(UTC), ahead)
    works = drafts_of(read_text(file), zone_named(time_zone), bounds)
    click.echo(yaml.safe_dump({"works": works}, allow_unicode=True, sort_keys=False), nl=False)


@command.command(short_help="Record that the clients were told.")
@click.argument("work")
@_PLAN
@_RECORDS
@_BY
def announced(work: str, plan: Path, records: Path | None, who: str) -> int:
    """Record that the clients of WORK were told of it, now."""
    from sothat.maintenance import desk as told

    return _record(plan, records, lambda desk: told.announce(desk.standing(work), who, desk.now))


@command.command(short_help="Record that a work begins.")
@click.argument("work")
@_ANYWAY
@_PLAN
@_RECORDS
@_BY
def start(work: str, anyway: str, plan: Path, records: Path | None, who: str) -> int:
    """Record that WORK begins now; its checks before must have passed."""
    from sothat.maintenance import desk as told

    return _record(
        plan, records, lambda desk: told.start(desk.standing(work), who, desk.now, anyway)
    )


@command.command(short_help="Record that a work is over, and how it went.")
@click.argument("work")
@click.option(
    "--outcome",
    type=click.Choice(["done", "rolled-back", "failed"]),
    default="done",
    show_default=True,
)
@click.option("--problems", default="", metavar="TEXT", help="Which there were.")
@click.option("--cost", type=click.FloatRange(0), help="What it cost.")
@click.option("--currency", default="EUR", show_default=True, metavar="CODE")
@click.option("--incident", type=click.IntRange(1), help="An incident that it caused.")
@_ANYWAY
@_PLAN
@_RECORDS
@_BY
def finish(
    work: str,
    outcome: str,
    problems: str,
    cost: float | None,
    currency: str,
    incident: int | None,
    anyway: str,
    plan: Path,
    records: Path | None,
    who: str,
) -> int:
    """Record that WORK is over; to be done, its checks after must have passed."""
    from sothat.maintenance import desk as told
    from sothat.maintenance.records import Outcome

    priced = currency if cost is not None else ""
    ending = told.Ending(Outcome(outcome), problems, cost, priced, incident or 0)
    return _record(
        plan,
        records,
        lambda desk: told.finish(desk.standing(work), who, desk.now, ending, anyway),
    )


@command.command(short_help="Record that a work does not take place.")
@click.argument("work")
@click.option("--why", required=True, metavar="TEXT")
@_PLAN
@_RECORDS
@_BY
def cancel(work: str, why: str, plan: Path, records: Path | None, who: str) -> int:
    """Record that WORK does not take place."""
    from sothat.maintenance import desk as told

    return _record(plan, records, lambda desk: told.cancel(desk.standing(work), who, desk.now, why))


@command.command(short_help="Add words, or an incident, to a work's record.")
@click.argument("work")
@click.argument("words")
@click.option("--incident", type=click.IntRange(1), help="An incident that it caused.")
@_PLAN
@_RECORDS
@_BY
def note(
    work: str, words: str, incident: int | None, plan: Path, records: Path | None, who: str
) -> int:
    """Add WORDS to the record of WORK, at any time."""
    from sothat.maintenance import desk as told

    return _record(
        plan,
        records,
        lambda desk: told.note(desk.standing(work), who, desk.now, words, incident or 0),
    )


@command.command(short_help="Run a work's checks against Prometheus, and record them.")
@click.argument("work")
@click.argument("side", type=click.Choice(["before", "after"]))
@click.option("--confirm", multiple=True, metavar="NAME", help="A check that you have made.")
@_PLAN
@_RECORDS
@_BY
@with_prometheus
def verify(
    work: str,
    side: str,
    confirm: tuple[str, ...],
    plan: Path,
    records: Path | None,
    who: str,
    **server: Any,
) -> int:
    """Run the checks of WORK before or after it; exit 1 unless all have passed."""
    from sothat.commands import _upkeep
    from sothat.maintenance.plan import Side
    from sothat.maintenance.verifying import results

    desk = _upkeep.desk_of(plan, records)
    found = desk.standing(work)
    good = True
    for result in results(found.work, Side(side), confirm, prometheus_of(**server)):
        _write(desk, _checked(desk, work, who, result))
        good = good and result.passed
    left = desk.standing(work).open_checks(Side(side))
    for one in left:
        click.echo(f"left: {one.name}" + (f" – {one.confirm}" if one.confirm else ""))
    return 0 if good and not left else 1


def _checked(desk: "Desk", work: str, who: str, result: Any) -> "Entry":
    from sothat.maintenance.desk import checked

    return checked(desk.standing(work), who, desk.now, result)


@command.command(short_help="Search what was done: who, what, when, problems.")
@click.argument("words", default="")
@click.option("--since", "time", metavar="TIME", help="ISO 8601, UTC unless said.")
@_PLAN
@_RECORDS
@_JSON
def records(
    words: str, time: str | None, plan: Path, records: Path | None, *, as_json: bool
) -> None:
    """Show the entries that have all WORDS, in any field; without them all."""
    from sothat.commands import _upkeep
    from sothat.commands._firing import parse_time

    since = parse_time(time)[0] if time else None
    found = list(_upkeep.searched(_upkeep.desk_of(plan, records).records.all(), words, since))
    if as_json:
        data = {"entries": [_upkeep.entry_json(entry) for entry in found]}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        _upkeep.say(map(_upkeep.entry_line, found))


@command.command(short_help="Make Alertmanager's silences those of the plan.")
@click.option(
    "--alertmanager",
    required=True,
    metavar="URL",
    envvar="SOTHAT_ALERTMANAGER_URL",
    help="Where it is; of a cluster any one.",
)
@click.option(
    "--ahead", default="1d", show_default=True, metavar="DURATION", help="Set how long before."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@_PLAN
@_RECORDS
def silence(
    alertmanager: str, ahead: str, plan: Path, records: Path | None, *, dry_run: bool
) -> None:
    """Set the silences of works that run or begin soon, and expire all others of ours.

    For cron: what is as it should be is left alone, and a work that ends early is heard of again.
    """
    import requests
    from sothat.commands._rota import bounds_of
    from sothat.commands._upkeep import desk_of
    from sothat.maintenance.alertmanager import Alertmanager
    from sothat.maintenance.silences import changes, wanted

    desk = desk_of(plan, records)
    horizon = timedelta(seconds=bounds_of(desk.now, ahead).seconds)
    server = Alertmanager(alertmanager, requests.Session())
    todo = changes(wanted(desk.standings(), desk.now, horizon), server.silences(), desk.now)
    if not dry_run:
        server.carry_out(todo)
    for one in todo.to_set:
        click.echo(f"set: {one.comment} until {one.interval.end:%Y-%m-%d %H:%M} UTC")
    for one in todo.to_expire:
        click.echo(f"expired: {one.comment}")
    if not (todo.to_set or todo.to_expire):
        click.echo("nothing to do")


@command.group(short_help="Daily, weekly and monthly work as lists to tick off.")
def routine() -> None:
    """Keep the lists of daily, weekly and monthly work."""


@routine.command(name="list")
@_PLAN
@_RECORDS
def routine_list(plan: Path, records: Path | None) -> None:
    """Show what is due now, and how many turns were missed."""
    from sothat.commands._upkeep import desk_of, due_lines, say

    desk = desk_of(plan, records)
    say(due_lines(desk))


@routine.command(name="tick")
@click.argument("name")
@click.argument("items", nargs=-1, required=True)
@_PLAN
@_RECORDS
@_BY
def routine_tick(
    name: str, items: tuple[str, ...], plan: Path, records: Path | None, who: str
) -> int:
    """Tick off ITEMS (their texts or numbers) of the routine NAME, for its current turn."""
    for item in items:
        _record(plan, records, partial(_tick, name, item, who))
    return 0


def _tick(name: str, item: str, who: str, desk: "Desk") -> "Entry":
    from sothat.maintenance.desk import tick

    return tick(desk.plan, name, item, who, desk.now)


def _record(plan: Path, records: Path | None, entry: Callable[["Desk"], "Entry"]) -> int:
    """Write what an entry says, unless it makes no sense as things stand."""
    from sothat.commands._upkeep import desk_of
    from sothat.maintenance.desk import Refused

    desk = desk_of(plan, records)
    try:
        _write(desk, entry(desk))
    except Refused as refused:
        click.echo(render(refused.problem), err=True)
        return 1
    return 0


def _write(desk: "Desk", entry: "Entry") -> None:
    from sothat.commands._upkeep import entry_line

    if not entry.who:
        raise click.UsageError("say who you are: --by WHO")
    desk.records.add(entry)
    click.echo(entry_line(entry))
