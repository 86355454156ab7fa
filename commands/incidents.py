"""``sothat incidents``: run the incident service, and talk to a running one."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
from sothat.commands import _answering, _store
from sothat.commands._catalogue import catalogue_option
from sothat.commands._drill import drill
from sothat.commands._mail import mail_in
from sothat.commands._output import examples, json_option, print_json
from sothat.commands._override import on_call, override
from sothat.commands._upgrade import migrate
from sothat.model.problem import Problem, Severity, render


@click.group(short_help="Run the incident service, and answer incidents.")
def command() -> None:
    """Run the incident service; list, show, acknowledge and resolve incidents."""


command.add_command(on_call)
command.add_command(override)
command.add_command(drill)
command.add_command(migrate)
command.add_command(mail_in)
for _one in (_store.backup, _store.restore, _store.erase):
    command.add_command(_one)
for _one in _answering.commands():
    command.add_command(_one)


_SERVE = examples(
    "sothat incidents serve --config incidents.yaml --check",
    "sothat incidents serve --config incidents.yaml",
)
_WHO = examples(
    "sothat incidents who",
    'sothat incidents who --team platform-sre --at "2026-12-24T22:00 Europe/Berlin"',
    "sothat incidents who --lint --ahead 8w",
)
_EXPORT = examples("sothat incidents rota export platform-sre > rota.ics")
_OVERRIDES = examples("sothat incidents rota overrides holidays.ics --rotation platform")


@command.command(short_help="Run the service: webhook, pages, API, metrics.", epilog=_SERVE)
@click.option("--config", type=click.Path(path_type=Path), required=True, help="The YAML file.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of the configuration's relative paths (default: its own).",
)
@click.option("--listen", metavar="HOST:PORT", help="Overrides the configuration's address.")
@click.option(
    "--alertmanager",
    "alertmanagers",
    metavar="URL",
    multiple=True,
    help="An Alertmanager whose API is compared with the store; repeatable; overrides the "
    "configuration's peers.",
)
@click.option(
    "--mail",
    metavar="HOST:PORT",
    help="A mail server by which all e-mail goes, whatever the configuration says.",
)
@click.option("--check", is_flag=True, help="Check the configuration and the store, and exit.")
@click.option("--log-format", type=click.Choice(["logfmt", "json"]), default="logfmt")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info"
)
def serve(
    config: Path,
    data: Path | None,
    listen: str | None,
    alertmanagers: tuple[str, ...],
    mail: str | None,
    check: bool,
    log_format: str,
    log_level: str,
) -> None:
    """Take Alertmanager's webhook, keep incidents, serve pages, API and metrics."""
    from sothat.incidents import run
    from sothat.incidents.configuration import load_settings
    from sothat.runtime.logs import configure_logs

    settings = load_settings(config, os.environ, data, listen, alertmanagers, mail)
    if check:
        run.check(settings)
        click.echo(f"{config}: fine")
        return
    configure_logs(log_format, log_level)
    run.serve(settings)


@command.command(short_help="Say who is on call, and what the rota lacks.", epilog=_WHO)
@click.option("--at", "time", metavar="TIME", help="When: ISO 8601, UTC unless said; default now.")
@click.option("--team", default="", metavar="NAME", help="Only this team.")
@click.option("--lint", "linting", is_flag=True, help="Look for gaps and people out of reach.")
@click.option("--ahead", default="4w", metavar="DURATION", help="How far gaps are looked for.")
@click.option(
    "--people",
    "people_file",
    type=click.Path(path_type=Path),
    help="File of kind People: show whom each level of the escalation asks, and by what.",
)
@catalogue_option
@json_option
def who(
    time: str | None,
    team: str,
    linting: bool,
    ahead: str,
    people_file: Path | None,
    catalogue: Path | None,
    as_json: bool,
) -> int:
    """Say who is on call by the catalogue's policy; exit 1 when nobody is."""
    from sothat.commands import _people, _rota

    at = _moment(time, datetime.now(UTC).replace(microsecond=0))
    policy = _rota.read_policy(catalogue)
    people = _people.read_people(people_file) if people_file else None
    duties = _rota.duties_at(policy, team, at)
    problems = _rota.findings(policy, team, at, ahead) if linting else ()
    if linting and people:
        problems = (*problems, *_people.findings(policy, people, team))
    if as_json:
        data = _rota.as_data(duties, at, problems)
        if people:
            data["escalation"] = {t: _people.ladder_data(policy, people, t, at) for t in duties}
        print_json(data)
    else:
        for name, line in zip(duties, _rota.told(policy, duties), strict=True):
            _say((line, *(_people.ladder_of(policy, people, name, at) if people else ())), ())
        _say((), problems)
    bad = any(problem.severity is Severity.ERROR for problem in problems)
    return int(bad or None in duties.values())


@command.group(short_help="The rota as a calendar that people subscribe to, and back.")
def rota() -> None:
    """Carry the rota to calendars and back."""


_at_option = click.option(
    "--at", "time", metavar="TIME", help="From when: ISO 8601, UTC unless said; default now."
)
_ahead_option = click.option(
    "--ahead", default="8w", show_default=True, metavar="DURATION", help="How far ahead."
)


@rota.command(name="export", epilog=_EXPORT)
@click.argument("team")
@_at_option
@_ahead_option
@catalogue_option
def export_rota(team: str, time: str | None, ahead: str, catalogue: Path | None) -> None:
    """Print the duties of TEAM as an iCalendar."""
    from sothat.commands import _rota
    from sothat.service_levels.ical import exported
    from sothat.service_levels.on_call import duties

    now = datetime.now(UTC).replace(microsecond=0)
    bounds = _rota.bounds_of(_moment(time, now), ahead)
    found = duties(_rota.read_policy(catalogue), team, bounds)
    click.echo(exported(team, found, now), nl=False)


@rota.command(name="overrides", epilog=_OVERRIDES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rotation", required=True, metavar="NAME", help="In whose local time they are.")
@_at_option
@_ahead_option
@catalogue_option
def read_overrides(
    file: Path, rotation: str, time: str | None, ahead: str, catalogue: Path | None
) -> None:
    """Print the events of an iCalendar FILE as the policy's overrides."""
    from sothat.commands import _rota

    bounds = _rota.bounds_of(_moment(time, datetime.now(UTC)), ahead)
    click.echo(_rota.overrides_in(file, _rota.read_policy(catalogue), rotation, bounds), nl=False)


def _moment(time: str | None, now: datetime) -> datetime:
    from sothat.commands._firing import parse_time

    return parse_time(time)[0] if time else now


def _say(lines: Iterable[str], problems: Iterable[Problem]) -> None:
    for line in lines:
        click.echo(line)
    for problem in problems:
        click.echo(render(problem), err=True)
