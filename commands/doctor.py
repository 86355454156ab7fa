"""``sothat doctor``: what this machine has for the stack, and what it lacks."""

import os
from pathlib import Path

import click
from sothat.commands._output import answer, examples, json_option


@click.command(
    short_help="Say which tools are here, and how to install what is missing.",
    epilog=examples("sothat doctor", "sothat doctor --json"),
)
@json_option
@click.option(
    "--grafana-home",
    type=click.Path(path_type=Path),
    help="Grafana's unpacked folder; default: SOTHAT_GRAFANA_HOME.",
)
def command(as_json: bool, grafana_home: Path | None) -> int:
    """List the tools found, their versions, and how to install what is missing.

    Tools are looked for in the folder named by SOTHAT_TOOLS, then on PATH. Exit code 0: the
    stack can run here; 1: something required is missing.
    """
    from sothat.stack import doctor

    findings = doctor.examine(os.environ, grafana_home)
    answer(doctor.as_text(findings), doctor.as_json(findings), as_json=as_json)
    return 0 if doctor.fit(findings) else 1
