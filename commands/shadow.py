"""``sothat shadow``: alerts on trial, what they showed, and the decision."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, inputs_of, inputs_options
from sothat.commands._happened import incidents_of, with_incidents
from sothat.commands._output import writing
from sothat.commands._prometheus import groups_of, prometheus_of, with_prometheus
from sothat.commands._span import since_option, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from sothat.live.noise.scoring import Noise
    from sothat.live.shadow import Place
    from sothat.model.alert import Alert


@click.group(short_help="Alerts on trial: what they showed, and the decision.")
def command() -> None:
    """Look at alerts on trial (`shadow:` in the catalogue), and decide.

    An alert in shadow is evaluated and kept by Prometheus, and nobody hears of it.
    """


def _deciding(function: Any) -> Any:
    """Add the options of subcommands that show evidence."""
    for option in (inputs_options(), with_incidents, since_option, with_prometheus):
        function = option(function)
    return function


@command.command(name="list")
@_deciding
def listing(
    since: str, incidents: str | None, incidents_token: Path | None, named: Named, **server: Any
) -> int:
    """List the alerts on trial with what they showed; 1 if the time of one is over."""
    from sothat.live.shadow import on_trial
    from sothat.live.shadow_evidence import summary

    trial = on_trial(_alerts(named))
    noise = _noise(since, incidents, incidents_token, server) if trial else None
    for alert in trial:
        _show(alert, noise)
    click.echo(summary(trial))
    today = datetime.now(UTC).date().isoformat()
    return 1 if any(alert.shadow and alert.shadow.until < today for alert in trial) else 0


@command.command()
@click.argument("alert")
@_deciding
def promote(
    alert: str,
    since: str,
    incidents: str | None,
    incidents_token: Path | None,
    named: Named,
    **server: Any,
) -> int:
    """Show what ALERT did, and let people hear it from the next build on."""
    from sothat.live.shadow import promoted

    one = _one(alert, named)
    _show(one, _noise(since, incidents, incidents_token, server))
    file = _changed(one, promoted)
    click.echo(f"{alert} is promoted in {file}: build and apply, and people hear it")
    return 0


@command.command()
@click.argument("alert")
@_deciding
def drop(
    alert: str,
    since: str,
    incidents: str | None,
    incidents_token: Path | None,
    named: Named,
    **server: Any,
) -> int:
    """Show what ALERT did, and take it out of the catalogue."""
    from sothat.live.shadow import dropped

    one = _one(alert, named)
    _show(one, _noise(since, incidents, incidents_token, server))
    click.echo(f"{alert} is dropped from {_changed(one, dropped)}")
    return 0


def _alerts(named: Named) -> "tuple[Alert, ...]":
    """Return the alerts of a catalogue, whatever else is wrong with it.

    Raises:
        Unusable: It cannot be read.
    """
    from sothat.generator.checked import installed_checks
    from sothat.generator.compile import sound_draft

    return sound_draft(inputs_of(named), installed_checks()).catalogue.alerts


def _one(name: str, named: Named) -> "Alert":
    """Return an alert on trial.

    Raises:
        Unusable: There is none of the name.
    """
    from sothat.live.shadow import on_trial
    from sothat.model.guessing import did_you_mean
    from sothat.model.problem import unusable

    found = {alert.name: alert for alert in on_trial(_alerts(named))}
    if name not in found:
        hint = did_you_mean(name, found) or "sothat shadow list names them"
        raise unusable("unknown-alert", f"no alert in shadow is named {name!r}", hint=hint)
    return found[name]


def _noise(
    since: str, incidents: str | None, token: Path | None, server: dict[str, Any]
) -> "Noise":
    from sothat.live.backtest.asking import Asker
    from sothat.live.backtest.subject import grid_of
    from sothat.live.noise.reading import finest, firings, loaded
    from sothat.live.noise.scoring import noise

    start, end = span(since, "", datetime.now(UTC))
    client = prometheus_of(**server)
    groups = groups_of(client)
    every = finest(groups)
    asker = Asker(client, time.monotonic, time.sleep)
    kept = firings(asker, grid_of(start, end, every, warm=every), shadow=True)
    return noise(kept, loaded(groups), incidents_of(incidents, token, start, end))


def _show(alert: "Alert", noise: "Noise | None") -> None:
    from sothat.live.shadow_evidence import evidence

    if noise:
        click.echo("\n".join((*evidence(alert, noise, datetime.now(UTC).date()), "")))


def _changed(alert: "Alert", change: "Callable[[Place], str]") -> Path:
    """Change the file that an alert stands in; return which."""
    from sothat.live.shadow import place_of

    place = place_of(alert)
    _write(place.file, change(place))
    return place.file


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all, with the permissions that it had."""
    with writing(file):
        beside = file.with_name(f".{file.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.chmod(file.stat().st_mode & 0o777)
        beside.replace(file)
