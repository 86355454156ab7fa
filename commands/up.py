"""``sothat up``: the whole stack on this machine."""

import os
import sys
from pathlib import Path

import click
from sothat.commands._output import examples
from sothat.commands._stack import config_option, grafana_home_option, no_grafana_option

_EXAMPLES = examples(
    "sothat up",
    "sothat up --ports auto --data /tmp/loop",
    "sothat up --config stack.yaml --no-grafana",
)


@click.command(short_help="Run the whole loop on this machine.", epilog=_EXAMPLES)
@config_option
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path(".sothat-data"),
    show_default=True,
    help="The folder of all that the stack writes.",
)
@click.option(
    "--ports",
    type=click.Choice(["configured", "auto"]),
    default="configured",
    show_default=True,
    help="auto: choose free ports, and free addresses for the simulated devices.",
)
@grafana_home_option
@no_grafana_option
def command(
    config: Path | None, data: Path, ports: str, grafana_home: Path | None, no_grafana: bool
) -> int:
    """Start building, exporter, incident service, Alertmanager, Prometheus and Grafana.

    Everything is checked before anything starts. Ctrl-C or SIGTERM stops all of it, in reverse
    order; a second one kills. A part that fails is started again while the others go on.
    """
    from sothat.stack.checks import Declined, Interrupted
    from sothat.stack.prepare import Options
    from sothat.stack.screen import open_screen
    from sothat.stack.shipped import shipped
    from sothat.stack.up import up

    options = Options(
        config or shipped("demo/stack.yaml"), data, ports == "auto", grafana_home, not no_grafana
    )
    try:
        return up(options, os.environ, open_screen(sys.stdout, os.environ))
    except Declined as error:
        click.echo(error.text.rstrip(), err=True)
        return error.code
    except Interrupted:
        click.echo("stopped; nothing was started", err=True)
        return 0
