"""``sothat shadow``: alerts on trial, what they showed, and the decision."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, inputs_of, inputs_options
from sothat.commands._happened import incidents_of, with_incidents
from sothat.commands._output import answer, examples, json_option, writing
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
    for option in (json_option, inputs_options(), with_incidents, since_option, with_prometheus):
        function = option(function)
    return function


@command.command(
    name="list", epilog=examples("sothat shadow list --prometheus http://127.0.0.1:9090")
)
@_deciding
def listing(
    since: str,
    incidents: str | None,
    incidents_token: Path | None,
    as_json: bool,
    named: Named,
    **server: Any,
) -> int:
    """List the alerts on trial with what they showed; 1 if the time of one is over."""
    from sothat.live.shadow import on_trial
    from sothat.live.shadow_evidence import summary

    trial = on_trial(_alerts(named))
    noise = _noise(since, incidents, incidents_token, server) if trial else None
    lines = (*(line for alert in trial for line in _lines(alert, noise)), summary(trial))
    data = {"alerts": [_data(alert, noise) for alert in trial]}
    answer("\n".join(lines), data, as_json=as_json)
    today = datetime.now(UTC).date().isoformat()
    return 1 if any(alert.shadow and alert.shadow.until < today for alert in trial) else 0


@command.command(
    epilog=examples("sothat shadow promote LobbyTooWarm --prometheus http://127.0.0.1:9090")
)
@click.argument("alert")
@_deciding
def promote(
    alert: str,
    since: str,
    incidents: str | None,
    incidents_token: Path | None,
    as_json: bool,
    named: Named,
    **server: Any,
) -> int:
    """Show what ALERT did, and let people hear it from the next build on."""
    from sothat.live.shadow import promoted

    one = _one(alert, named)
    noise = _noise(since, incidents, incidents_token, server)
    file = _changed(one, promoted)
    end = f"{alert} is promoted in {file}: build and apply, and people hear it"
    data = {"alerts": [_data(one, noise)], "promoted_in": file}
    answer("\n".join((*_lines(one, noise), end)), data, as_json=as_json)
    return 0


@command.command(
    epilog=examples("sothat shadow drop LobbyTooWarm --prometheus http://127.0.0.1:9090")
)
@click.argument("alert")
@_deciding
def drop(
    alert: str,
    since: str,
    incidents: str | None,
    incidents_token: Path | None,
    as_json: bool,
    named: Named,
    **server: Any,
) -> int:
    """Show what ALERT did, and take it out of the catalogue."""
    from sothat.live.shadow import dropped

    one = _one(alert, named)
    noise = _noise(since, incidents, incidents_token, server)
    file = _changed(one, dropped)
    data = {"alerts": [_data(one, noise)], "dropped_from": file}
    end = f"{alert} is dropped from {file}"
    answer("\n".join((*_lines(one, noise), end)), data, as_json=as_json)
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


def _lines(alert: "Alert", noise: "Noise | None") -> tuple[str, ...]:
    from sothat.live.shadow_evidence import evidence

    return (*evidence(alert, noise, datetime.now(UTC).date()), "") if noise else ()


def _data(alert: "Alert", noise: "Noise | None") -> dict[str, Any]:
    from sothat.live.noise.as_data import of_alert

    shown = [of_alert(o) for o in (noise.alerts if noise else ()) if o.known.name == alert.name]
    trial = asdict(alert.shadow) if alert.shadow else {}
    return {"alert": alert.name, **trial, "shown": shown[0] if shown else None}


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
