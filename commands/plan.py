"""``sothat plan``: what would change on the servers, in words; nothing is changed."""

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

if TYPE_CHECKING:
    from sothat.live.reading.target import Target


@click.command(short_help="Say what applying the catalogue would change on live servers.")
@target_options
@compiled_option
@format_option
@inputs_options()
@collector_paused()
def command(
    target: "Target",
    timeout: float,
    compiled: Path | None,
    form: str,
    *,
    named: Named,
) -> int:
    """Compare the catalogue with what Prometheus, Alertmanager and Grafana run, read-only.

    Formatting, order, and what servers fill in are no change. Exit code 0: no changes; 1: there
    are some; 2: unusable input, or a server that does not tell.

    \b
    Examples:
      sothat plan --prometheus http://127.0.0.1:9090 --alertmanager http://127.0.0.1:9093
      sothat plan --target production.yaml --values production-values.yaml
      sothat plan --target production.yaml --compiled compiled/ --format json
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.generator.checked import Refused

    try:
        plan = compared(target, timeout, named, compiled)
    except Refused as refused:
        return refuse(refused.problems)
    show(plan, form, "What would change")
    return int(not plan.empty)
