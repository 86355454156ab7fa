"""``sothat check --live``: the catalogue held against the series of a server that runs."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, collector_paused, refuse
from sothat.commands._live import compiled_now
from sothat.commands._output import print_json
from sothat.model.duration import parse_duration
from sothat.model.problem import Severity

if TYPE_CHECKING:
    from sothat.live.reconciling.reconciling import Reconciled

_MOST_PRICES = 10
_MOST_METRICS = 5
_PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Live:
    """What the command line says of a server.

    Attributes:
        past: Seconds in which series count as having been there.
        textfile: Where rules whose series vanished are written as metrics.
    """

    url: str
    past: float
    textfile: Path | None
    token_file: Path | None
    tenant: str
    authority: Path | None


def live_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a server, as ``live``; None where it names none."""

    @click.option("--live", "url", metavar="URL", help="Hold the catalogue against a Prometheus.")
    @click.option("--past", default="7d", show_default=True, help="--live: how far back counts.")
    @click.option(
        "--textfile", type=_PATH, help="--live: write dead rules as metrics, for a collector."
    )
    @click.option("--token-file", type=_PATH, help="--live: file with the bearer token.")
    @click.option("--tenant", default="", help="--live: tenant of Mimir or Cortex.")
    @click.option("--ca-file", type=_PATH, help="--live: authority of the server's certificate.")
    @wraps(command)
    def with_live(
        url: str | None,
        past: str,
        textfile: Path | None,
        token_file: Path | None,
        tenant: str,
        ca_file: Path | None,
        **others: Any,
    ) -> int:
        if url is None:
            return command(live=None, **others)
        try:
            seconds = parse_duration(past)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--past") from error
        live = Live(url, seconds, textfile, token_file, tenant, ca_file)
        return command(live=live, **others)

    return with_live


def check_live(live: Live, named: Named, form: str) -> int:
    """Hold a catalogue against a server; exit 1 where something is not as declared.

    Raises:
        Unusable: The server does not tell.
    """
    from sothat.commands._catalogue import inputs_of
    from sothat.generator.checked import Refused
    from sothat.generator.declared import series_of
    from sothat.live.reading.compiled import state_of
    from sothat.live.reconciling.reconciling import reconcile
    from sothat.live.textfiles.writing import write_dead_rules
    from sothat.runtime.prometheus import Prometheus
    from sothat.runtime.prometheus_access import access_from

    access = access_from(token_file=live.token_file, tenant=live.tenant, authority=live.authority)
    server = Prometheus(live.url, access=access)
    server.instant("vector(1)")  # who does not answer is told so before anything is compiled
    with collector_paused():
        try:
            state = state_of(*compiled_now(named))
        except Refused as refused:
            return refuse(refused.problems)
    now = time.time()
    found = reconcile(server, state, series_of(inputs_of(named).contracts), now, live.past)
    if live.textfile:
        write_dead_rules(live.textfile, found.dead, now)
    _show(found, form)
    return int(any(problem.severity is Severity.ERROR for problem in found.problems))


def _show(found: "Reconciled", form: str) -> None:
    from sothat.generator.reporting import FORMATS

    if form == "json":
        data = {**asdict(found), "series": dict(found.series)}
        print_json(data)
        return
    click.echo(FORMATS[form](found.problems))
    if form == "text":
        click.echo(f"\n{len(found.series)} metrics, {sum(found.series.values())} series")
        click.echo("\nThe largest metrics\n   series")
        for metric in sorted(found.series, key=lambda name: -found.series[name])[:_MOST_METRICS]:
            click.echo(f"{found.series[metric]:>9}  {metric}")
        click.echo("\nThe dearest queries\n  samples   peak      ms  who asks")
        for price in found.prices[:_MOST_PRICES]:
            figures = f"{price.samples:>9}{price.peak:>7}{price.seconds * 1000:>8.1f}"
            click.echo(f"{figures}  {price.kind} {price.name}")
