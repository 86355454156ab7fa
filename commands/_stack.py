"""What the commands on a stack share."""

from pathlib import Path

import click

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The stack's configuration; default: the demo that comes with the package.",
)
grafana_home_option = click.option(
    "--grafana-home",
    type=click.Path(path_type=Path),
    help="Grafana's unpacked folder; default: SOTHAT_GRAFANA_HOME, then a program on PATH.",
)
no_grafana_option = click.option(
    "--no-grafana", is_flag=True, help="Start no Grafana even where there is one."
)
