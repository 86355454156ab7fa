"""``sothat demo``: one fault, all the way round."""

import json
import os
from pathlib import Path

import click


@click.command(short_help="Drive one fault all the way round, in a stack of its own.")
@click.argument("scenario")
@click.option("--json", "as_data", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The stack's configuration; default: the demo that comes with the package.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Leave all data in this folder; default: a temporary one that goes.",
)
@click.option(
    "--grafana-home",
    type=click.Path(path_type=Path),
    help="Grafana's unpacked folder; default: SOTHAT_GRAFANA_HOME, then a program on PATH.",
)
@click.option("--no-grafana", is_flag=True, help="Start no Grafana even where there is one.")
def command(
    scenario: str,
    as_data: bool,
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

    from sothat.stack import rehearsal
    from sothat.stack.checks import Declined, Interrupted
    from sothat.stack.prepare import Options
    from sothat.stack.running import signals
    from sothat.stack.shipped import shipped

    chosen = rehearsal.find_scenario(scenario)
    stack = config or shipped("demo/stack.yaml")
    flags = (Event(), Event())
    # With --json, standard output is for the one object alone.
    click.echo(f"{chosen.name}: {chosen.summary}; starting the stack", err=as_data)
    try:
        with signals(*flags), rehearsal.folder_for(keep) as data:
            options = Options(
                stack,
                Path(data),
                auto_ports=True,
                grafana_home=grafana_home,
                grafana=not no_grafana,
            )
            result = rehearsal.rehearse(
                chosen,
                options,
                os.environ,
                lambda event: click.echo(rehearsal.event_line(event), err=as_data),
                flags,
            )
    except Declined as error:
        click.echo(error.text.rstrip(), err=True)
        return error.code
    except Interrupted:
        click.echo("stopped", err=True)
        return 130
    if as_data:
        click.echo(json.dumps(rehearsal.as_json(result), indent=2, ensure_ascii=False))
    if result.failure:
        click.echo(rehearsal.failure_text(result.failure), err=True)
        return 1
    click.echo(f"the loop closed; incidents: {len(result.incidents)}", err=as_data)
    return 0
