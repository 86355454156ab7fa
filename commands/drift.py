"""``sothat drift``: whether what runs is still what is reviewed; for cron and CI."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sothat.commands._catalogue import Named, collector_paused, inputs_options, refuse
from sothat.commands._live import (
    compared,
    compiled_option,
    format_option,
    show,
    target_options,
)
from sothat.model.problem import Unusable

if TYPE_CHECKING:
    from sothat.live.reading.target import Target


@click.command(short_help="Tell whether live servers still run what is reviewed.")
@target_options
@compiled_option
@format_option
@click.option(
    "--textfile",
    type=click.Path(path_type=Path),
    metavar="FILE.prom",
    help="Write the result as metrics for node_exporter's textfile collector.",
)
@inputs_options()
@collector_paused()
def command(
    target: "Target",
    timeout: float,
    compiled: Path | None,
    form: str,
    textfile: Path | None,
    *,
    named: Named,
) -> int:
    """Look for drift: changes that somebody made on a server, or that nobody has applied yet.

    Exit code 0: none; 1: drift; 2: it could not be found out. The alerts DeploymentDrifted and
    DriftCheckStale watch the metrics of --textfile.

    \b
    Examples:
      sothat drift --target production.yaml
      sothat drift --target production.yaml --compiled compiled/ \\
        --textfile /var/lib/prometheus/node-exporter/sothat-drift.prom
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.checked import Refused
    from sothat.live.textfiles.writing import write_drift

    try:
        plan = compared(target, timeout, named, compiled)
    except (Refused, Unusable) as error:
        if textfile:
            write_drift(textfile, None, datetime.now(UTC))
        if isinstance(error, Refused):
            refuse(error.problems)
            return 2
        raise
    if textfile:
        write_drift(textfile, plan, datetime.now(UTC))
    show(plan, form, "Drift")
    return int(not plan.empty)
