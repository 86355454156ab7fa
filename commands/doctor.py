"""``sothat doctor``: what this machine has for the stack, and what it lacks."""

import json
import os
from pathlib import Path

import click


@click.command(short_help="Say which tools are here, and how to install what is missing.")
@click.option("--json", "as_data", is_flag=True, help="One JSON object instead of a page.")
@click.option(
    "--grafana-home",
    type=click.Path(path_type=Path),
    help="Grafana's unpacked folder; default: SOTHAT_GRAFANA_HOME.",
)
def command(as_data: bool, grafana_home: Path | None) -> int:
    """List the tools found, their versions, and how to install what is missing.

    Tools are looked for in the folder named by SOTHAT_TOOLS, then on PATH. Exit code 0: the
    stack can run here; 1: something required is missing.
    """
    from sothat.stack.doctor import as_json, as_text, examine, fit

    findings = examine(os.environ, grafana_home)
    click.echo(json.dumps(as_json(findings), indent=2) if as_data else as_text(findings))
    return 0 if fit(findings) else 1
