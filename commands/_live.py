"""What the commands on running servers share."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, cases_kept, inputs_of
from sothat.commands._output import print_json

if TYPE_CHECKING:
    from sothat.live.change import Plan
    from sothat.live.reading.target import Target
    from sothat.live.state import State
    from sothat.model.artefact import Artefact

FORMATS = ("text", "json", "markdown")
compiled_option = click.option(
    "--compiled",
    type=click.Path(path_type=Path),
    help="A folder that `sothat build` wrote, instead of compiling the catalogue now.",
)


def format_option(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say how a plan is printed, as ``form``."""

    @click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How changes are printed.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
    @wraps(command)
    def with_form(form: str, as_json: bool, **others: Any) -> int:
        return command(form="json" if as_json else form, **others)

    return with_form


def target_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that name servers, as ``target``."""

    @click.option("--target", "file", type=click.Path(path_type=Path), help="kind: Deployment.")
    @click.option("--prometheus", metavar="URL", help="Prometheus, Mimir or Thanos ruler.")
    @click.option("--alertmanager", metavar="URL", help="Any one of a cluster.")
    @click.option("--grafana", metavar="URL", help="Its boards are compared.")
    @click.option(
        "--timeout",
        type=click.FloatRange(0.1, 600),
        default=30.0,
        show_default=True,
        help="Seconds that one question to a server may take.",
    )
    @wraps(command)
    def with_target(
        file: Path | None,
        prometheus: str | None,
        alertmanager: str | None,
        grafana: str | None,
        **others: Any,
    ) -> int:
        target = named_target(file, prometheus, alertmanager, grafana)
        return command(target=target, **others)

    return with_target


def named_target(
    file: Path | None, prometheus: str | None, alertmanager: str | None, grafana: str | None
) -> "Target":
    """Return the servers that a file names, or those of addresses."""
    from sothat.live.reading.target import Server, Target, load_target

    addresses = {"prometheus": prometheus, "alertmanager": alertmanager, "grafana": grafana}
    given = {name: Server(url) if url else None for name, url in addresses.items()}
    if file and any(given.values()):
        raise click.UsageError("--target names the servers: leave the addresses out")
    if file:
        return load_target(file, os.environ)
    if not any(given.values()):
        raise click.UsageError("name the servers: --target FILE, or --prometheus URL and so on")
    return Target(given["prometheus"], given["alertmanager"], given["grafana"])


def wanted_artefacts(named: Named, compiled: Path | None) -> "tuple[Artefact, ...]":
    """Return what is wanted: as it was compiled, or compiled now.

    Raises:
        Unusable: It cannot be had.
        Refused: The catalogue has problems.
    """
    from sothat.live.reading.compiled import read_compiled

    if compiled is None:
        return compiled_now(named)[0]
    if named.given:
        raise click.UsageError(f"--compiled is what it is: leave {named.given[0]} out")
    return read_compiled(compiled)


def compiled_now(
    named: Named, elsewhere: Path | None = None
) -> "tuple[tuple[Artefact, ...], dict[str, str]]":
    """Compile a catalogue; return the artefacts that servers read, and the units of its alerts.

    Args:
        named: What the command line says of it.
        elsewhere: A folder that holds another state of the same catalogue.

    Raises:
        Unusable: It cannot be read.
        Refused: It has problems.
    """
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import compile_catalogue
    from sothat.live.reading.compiling import deployed_artefacts, units_of

    with cases_kept(inputs_of(named)) as inputs:
        moved = replace(inputs, catalogue=elsewhere or inputs.catalogue)
        checked = compile_catalogue(moved, installed_checks())
        return deployed_artefacts(checked), units_of(checked)


def wanted_state(named: Named, compiled: Path | None) -> "State":
    """Return the state that is wanted; see `wanted_artefacts`."""
    from sothat.live.reading.compiled import state_of

    if compiled is None:
        return state_of(*compiled_now(named))
    return state_of(wanted_artefacts(named, compiled))


def compared(target: "Target", timeout: float, named: Named, compiled: Path | None) -> "Plan":
    """Return what differs between what servers run and what is wanted.

    Raises:
        Unusable: One of both cannot be had.
        Refused: The catalogue has problems.
    """
    from sothat.live.planning.planning import make_plan
    from sothat.live.reading.servers import running_state

    wanted = wanted_state(named, compiled)
    return make_plan(running_state(target, wanted, timeout), wanted, datetime.now(UTC))


def show(plan: "Plan", form: str, title: str) -> None:
    """Print a plan."""
    from sothat.live.planning.wording import as_data, as_markdown, as_text

    if form == "json":
        print_json(as_data(plan))
        return
    lines = as_markdown(plan, title) if form == "markdown" else as_text(plan)
    click.echo("\n".join(lines))
