"""``sothat demo``: one fault, all the way round."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._output import examples, json_option, print_json
from sothat.commands._stack import config_option, grafana_home_option, no_grafana_option

if TYPE_CHECKING:
    from sothat.stack.rehearsal import Result
    from sothat.stack.timeline import Event as TimelineEvent


_EXAMPLES = examples(
    "sothat demo device-offline",
    "sothat demo gateway-down --json",
    "sothat demo battery-low --keep battery-data",
)


@click.command(
    short_help="Drive one fault all the way round, in a stack of its own.", epilog=_EXAMPLES
)
@click.argument("scenario")
@json_option
@config_option
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Leave all data in this folder; default: a temporary one that goes.",
)
@grafana_home_option
@no_grafana_option
def command(
    scenario: str,
    as_json: bool,
    config: Path | None,
    keep: Path | None,
    grafana_home: Path | None,
    no_grafana: bool,
) -> int:
    """Start the whole stack on free ports, drive SCENARIO, and show each station of the loop.

    Shipped scenarios: device-offline, gateway-down, battery-low, database-locked, sla-at-risk.

    Exit code 0: the loop closed, from the fault to the number that Prometheus scraped back; 1: it
    did not, and the text says which step failed.
    """
    from threading import Event

    from sothat.stack.checks import Declined, Interrupted
    from sothat.stack.prepare import Options
    from sothat.stack.rehearsal import event_line, find_scenario, folder_for, rehearse
    from sothat.stack.running import signals
    from sothat.stack.shipped import shipped

    def told(event: "TimelineEvent") -> None:
        click.echo(event_line(event), err=as_json)

    chosen = find_scenario(scenario)
    # With --json, standard output is for the one object alone.
    click.echo(f"{chosen.name}: {chosen.summary}; starting the stack", err=as_json)
    stack = config or shipped("demo/stack.yaml")
    flags = (Event(), Event())
    try:
        with signals(*flags), folder_for(keep) as data:
            options = Options(
                stack,
                Path(data),
                auto_ports=True,
                grafana_home=grafana_home,
                grafana=not no_grafana,
            )
            result = rehearse(chosen, options, os.environ, told, flags)
    except Declined as error:
        click.echo(error.text.rstrip(), err=True)
        return error.code
    except Interrupted:
        click.echo("stopped", err=True)
        return 130
    return _report(result, as_json)


def _report(result: "Result", as_json: bool) -> int:
    from sothat.stack import rehearsal

    if as_json:
        print_json(rehearsal.as_json(result))
    if result.failure:
        click.echo(rehearsal.failure_text(result.failure), err=True)
        return 1
    click.echo(f"the loop closed; incidents: {len(result.incidents)}", err=as_json)
    return 0
