"""``sothat maintenance``: plan work, tell clients, check before and after, record what was done."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import catalogue_option
from sothat.commands._output import answer, examples, json_option, plain, print_json, tell_problems
from sothat.commands._prometheus import prometheus_of, with_prometheus
from sothat.model.problem import Problem, render

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
_ANYWAY = click.option("--anyway", metavar="WHY", default="", help="Go on although a check failed.")


def _recording(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options of commands that record something, which `_record` takes."""
    for option in (json_option, _BY, _RECORDS, _PLAN):
        function = option(function)
    return function


@click.group(short_help="Plan maintenance, tell clients, check, and record what was done.")
def command() -> None:
    """Plan maintenance, tell clients, check before and after, and record what was done."""


@command.command(
    short_help="What is wrong with the plan: notice, overlaps, freezes, windows.",
    epilog=examples("sothat maintenance check", "sothat maintenance check --plan work.yaml"),
)
@_PLAN
@_RECORDS
@catalogue_option
@json_option
def check(plan: Path, records: Path | None, catalogue: Path | None, *, as_json: bool) -> int:
    """Hold the plan against the policy; exit 1 when something is wrong."""
    from sothat.commands._rota import read_policy
    from sothat.commands._upkeep import desk_of, problems_of

    problems = problems_of(desk_of(plan, records), read_policy(catalogue), plan)
    words = "\n".join(map(render, problems)) or f"{plan}: fine"
    answer(words, {"problems": plain(problems)}, as_json=as_json)
    return 1 if problems else 0


@command.command(
    name="list", short_help="How all works stand.", epilog=examples("sothat maintenance list")
)
@_PLAN
@_RECORDS
@json_option
def list_(plan: Path, records: Path | None, *, as_json: bool) -> None:
    """Show how all works stand, in the order of their times."""
    from sothat.commands import _upkeep

    found = _upkeep.desk_of(plan, records).standings()
    words = "\n".join(_upkeep.table(found)) or "no work is planned"
    answer(words, _upkeep.as_data(found), as_json=as_json)


@command.command(
    short_help="When the policy's windows are.",
    epilog=examples("sothat maintenance windows --ahead 4w"),
)
@click.option("--ahead", default="8w", show_default=True, metavar="DURATION", help="How far ahead.")
@catalogue_option
@json_option
def windows(ahead: str, catalogue: Path | None, *, as_json: bool) -> None:
    """Show the policy's windows ahead, and until when work in them must be announced."""
    from sothat.commands._rota import bounds_of, read_policy
    from sothat.service_levels.maintenance import announce_by
    from sothat.service_levels.maintenance import windows as windows_of

    policy = read_policy(catalogue)
    bounds = bounds_of(datetime.now(UTC).replace(microsecond=0), ahead)
    rows = [
        {
            "window": one.name,
            "starts": one.interval.start,
            "ends": one.interval.end,
            "announce_by": announce_by(policy, one),
        }
        for one in windows_of(policy, bounds)
    ]
    lines = map(_window_line, rows)
    answer("\n".join(lines) or "no window", {"windows": rows}, as_json=as_json)


def _window_line(row: Mapping[str, Any]) -> str:
    start, end, by = row["starts"], row["ends"], row["announce_by"]
    return (
        f"{row['window']:12}  {start:%Y-%m-%d %H:%M} to {end:%m-%d %H:%M} UTC  "
        f"announce by {by:%Y-%m-%d %H:%M} UTC"
    )


@command.command(
    short_help="What a client is told of a work.",
    epilog=examples("sothat maintenance text db-minor announcement --client harbour"),
)
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


@command.command(
    short_help="The plan as an iCalendar.",
    epilog=examples("sothat maintenance calendar > maintenance.ics"),
)
@_PLAN
@_RECORDS
def calendar(plan: Path, records: Path | None) -> None:
    """Print the plan as an iCalendar that people and clients subscribe to."""
    from sothat.commands._upkeep import desk_of
    from sothat.maintenance.calendar import exported

    desk = desk_of(plan, records)
    click.echo(exported(desk.standings(), desk.now), nl=False)


@command.command(
    short_help="Events of an iCalendar as drafts of works.",
    epilog=examples("sothat maintenance drafts plan.ics --time-zone Europe/Berlin"),
)
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


@command.command(
    short_help="Record that the clients were told.",
    epilog=examples("sothat maintenance announced db-minor --by you"),
)
@click.argument("work")
@_recording
def announced(work: str, **asked: Any) -> int:
    """Record that the clients of WORK were told of it, now."""
    from sothat.maintenance import desk as told

    return _record([lambda desk, who: told.announce(desk.standing(work), who, desk.now)], **asked)


@command.command(
    short_help="Record that a work begins.",
    epilog=examples(
        "sothat maintenance start db-minor --by you",
        'sothat maintenance start db-minor --anyway "the check itself is broken"',
    ),
)
@click.argument("work")
@_ANYWAY
@_recording
def start(work: str, anyway: str, **asked: Any) -> int:
    """Record that WORK begins now; its checks before must have passed."""
    from sothat.maintenance import desk as told

    return _record(
        [lambda desk, who: told.start(desk.standing(work), who, desk.now, anyway)], **asked
    )


@command.command(
    short_help="Record that a work is over, and how it went.",
    epilog=examples(
        "sothat maintenance finish db-minor --by you",
        'sothat maintenance finish db-minor --outcome rolled-back --problems "no replica"',
    ),
)
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
@_recording
def finish(
    work: str,
    outcome: str,
    problems: str,
    cost: float | None,
    currency: str,
    incident: int | None,
    anyway: str,
    **asked: Any,
) -> int:
    """Record that WORK is over; to be done, its checks after must have passed."""
    from sothat.maintenance import desk as told
    from sothat.maintenance.records import Outcome

    priced = currency if cost is not None else ""
    ending = told.Ending(Outcome(outcome), problems, cost, priced, incident or 0)
    return _record(
        [lambda desk, who: told.finish(desk.standing(work), who, desk.now, ending, anyway)],
        **asked,
    )


@command.command(
    short_help="Record that a work does not take place.",
    epilog=examples('sothat maintenance cancel db-minor --why "the supplier is late"'),
)
@click.argument("work")
@click.option("--why", required=True, metavar="TEXT", help="For the record, and the notice.")
@_recording
def cancel(work: str, why: str, **asked: Any) -> int:
    """Record that WORK does not take place."""
    from sothat.maintenance import desk as told

    return _record(
        [lambda desk, who: told.cancel(desk.standing(work), who, desk.now, why)], **asked
    )


@command.command(
    short_help="Add words, or an incident, to a work's record.",
    epilog=examples('sothat maintenance note db-minor "the disk is slow" --incident 7'),
)
@click.argument("work")
@click.argument("words")
@click.option("--incident", type=click.IntRange(1), help="An incident that it caused.")
@_recording
def note(work: str, words: str, incident: int | None, **asked: Any) -> int:
    """Add WORDS to the record of WORK, at any time."""
    from sothat.maintenance import desk as told

    return _record(
        [lambda desk, who: told.note(desk.standing(work), who, desk.now, words, incident or 0)],
        **asked,
    )


@command.command(
    short_help="Run a work's checks against Prometheus, and record them.",
    epilog=examples(
        "sothat maintenance verify db-minor before --prometheus http://127.0.0.1:9090",
        "sothat maintenance verify db-minor after --confirm backup "
        "--prometheus http://127.0.0.1:9090",
    ),
)
@click.argument("work")
@click.argument("side", type=click.Choice(["before", "after"]))
@click.option("--confirm", multiple=True, metavar="NAME", help="A check that you have made.")
@_recording
@with_prometheus
def verify(
    work: str,
    side: str,
    confirm: tuple[str, ...],
    plan: Path,
    records: Path | None,
    who: str,
    as_json: bool,
    **server: Any,
) -> int:
    """Run the checks of WORK before or after it; exit 1 unless all have passed."""
    from sothat.commands import _upkeep
    from sothat.maintenance.plan import Side
    from sothat.maintenance.verifying import results

    desk = _upkeep.desk_of(plan, records)
    found, made = desk.standing(work), []
    for result in results(found.work, Side(side), confirm, prometheus_of(**server)):
        made.append(_write(desk, _checked(desk, work, who, result)))
        if not as_json:
            click.echo(_upkeep.entry_line(made[-1]))
    left = desk.standing(work).open_checks(Side(side))
    lines = (f"left: {one.name}" + (f" – {one.confirm}" if one.confirm else "") for one in left)
    data = {"entries": list(map(_upkeep.entry_json, made)), "left": [one.name for one in left]}
    answer("\n".join(lines) or "none left", data, as_json=as_json)
    return 0 if all(one.passed for one in made) and not left else 1


def _checked(desk: "Desk", work: str, who: str, result: Any) -> "Entry":
    from sothat.maintenance.desk import checked

    return checked(desk.standing(work), who, desk.now, result)


@command.command(
    short_help="Search what was done: who, what, when, problems.",
    epilog=examples("sothat maintenance records", "sothat maintenance records replica --json"),
)
@click.argument("words", default="")
@click.option("--since", "time", metavar="TIME", help="ISO 8601, UTC unless said.")
@_PLAN
@_RECORDS
@json_option
def records(
    words: str, time: str | None, plan: Path, records: Path | None, *, as_json: bool
) -> None:
    """Show the entries that have all WORDS, in any field; without them all."""
    from sothat.commands import _upkeep
    from sothat.commands._firing import parse_time

    since = parse_time(time)[0] if time else None
    found = list(_upkeep.searched(_upkeep.desk_of(plan, records).records.all(), words, since))
    words = "\n".join(map(_upkeep.entry_line, found)) or "nothing is recorded"
    answer(words, {"entries": list(map(_upkeep.entry_json, found))}, as_json=as_json)


@command.command(
    short_help="Make Alertmanager's silences those of the plan.",
    epilog=examples(
        "sothat maintenance silence --alertmanager http://127.0.0.1:9093 --dry-run",
        "sothat maintenance silence --alertmanager http://127.0.0.1:9093",
    ),
)
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
@json_option
def silence(
    alertmanager: str, ahead: str, plan: Path, records: Path | None, *, dry_run: bool, as_json: bool
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
    lines = (
        *(f"set: {one.comment} until {one.interval.end:%Y-%m-%d %H:%M} UTC" for one in todo.to_set),
        *(f"expired: {one.comment}" for one in todo.to_expire),
    )
    data = {
        "set": [{"comment": one.comment, "until": one.interval.end} for one in todo.to_set],
        "expired": [one.comment for one in todo.to_expire],
        "dry_run": dry_run,
    }
    answer("\n".join(lines) or "nothing to do", data, as_json=as_json)


@command.group(short_help="Daily, weekly and monthly work as lists to tick off.")
def routine() -> None:
    """Keep the lists of daily, weekly and monthly work."""


@routine.command(name="list", epilog=examples("sothat maintenance routine list"))
@_PLAN
@_RECORDS
@json_option
def routine_list(plan: Path, records: Path | None, *, as_json: bool) -> None:
    """Show what is due now, and how many turns were missed."""
    from sothat.commands._upkeep import desk_of, due, due_lines

    found = list(due(desk_of(plan, records)))
    words = "\n".join(due_lines(found)) or "no routine"
    answer(words, {"routines": found}, as_json=as_json)


@routine.command(
    name="tick", epilog=examples("sothat maintenance routine tick morning-round 1 2 --by you")
)
@click.argument("name")
@click.argument("items", nargs=-1, required=True)
@_recording
def routine_tick(name: str, items: tuple[str, ...], **asked: Any) -> int:
    """Tick off ITEMS (their texts or numbers) of the routine NAME, for its current turn."""
    return _record([partial(_tick, name, item) for item in items], **asked)


def _tick(name: str, item: str, desk: "Desk", who: str) -> "Entry":
    from sothat.maintenance.desk import tick

    return tick(desk.plan, name, item, who, desk.now)


def _record(
    entries: Sequence[Callable[["Desk", str], "Entry"]],
    *,
    plan: Path,
    records: Path | None,
    who: str,
    as_json: bool,
) -> int:
    """Write what entries say, up to one that makes no sense as things stand."""
    from sothat.commands import _upkeep
    from sothat.maintenance.desk import Refused

    desk = _upkeep.desk_of(plan, records)
    made: list[Entry] = []
    problems: list[Problem] = []
    try:
        for entry in entries:
            made.append(_write(desk, entry(desk, who)))  # noqa: PERF401 – those before a refusal stay
    except Refused as refused:
        problems.append(refused.problem)
    if as_json:
        written = list(map(_upkeep.entry_json, made))
        print_json({"entries": written, "problems": plain(problems)})
        return int(bool(problems))
    _upkeep.say(map(_upkeep.entry_line, made))
    tell_problems(problems, as_json=False)
    return int(bool(problems))


def _write(desk: "Desk", entry: "Entry") -> "Entry":
    if not entry.who:
        raise click.UsageError("say who you are: --by WHO")
    desk.records.add(entry)
    return entry
