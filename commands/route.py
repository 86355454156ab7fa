"""``sothat route``: the whole path of an alert to a person, at any hour."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._catalogue import Named, inputs_of, inputs_options
from sothat.commands._output import answer, examples, json_option
from sothat.model.problem import Problem, render

if TYPE_CHECKING:
    from sothat.commands._routed import Routed


_EXAMPLES = examples(
    "sothat route IotDeviceOffline",
    'sothat route IotDeviceOffline --label site=harbour --at "2026-12-25T22:00 Europe/Berlin"',
    "sothat route HostDown --config /etc/prometheus/alertmanager.yml --label team=db",
)


@click.command(epilog=_EXAMPLES)
@click.argument("alert")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="What it carries.")
@click.option("--at", "time", metavar="TIME", help="When: ISO 8601, UTC unless said; default now.")
@click.option(
    "--firing",
    "others",
    multiple=True,
    metavar="ALERT{NAME=VALUE}",
    help="What else fires, for inhibition.",
)
@click.option(
    "--support-contract",
    "terms",
    metavar="NAME",
    default="",
    help="A support contract of the policy whose terms are shown too.",
)
@inputs_options()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Anybody's alertmanager.yml instead of the catalogue.",
)
@json_option
def command(
    alert: str,
    labels: tuple[str, ...],
    time: str | None,
    others: tuple[str, ...],
    terms: str,
    config: Path | None,
    *,
    named: Named,
    as_json: bool,
) -> int:
    """Explain the path of ALERT to people; exit 1 when nobody is notified."""
    from sothat.commands._firing import parse_firing, parse_labels, parse_time
    from sothat.commands._routed import routed_by_catalogue, routed_by_file
    from sothat.commands._telling import lines_of
    from sothat.generator.alert_route import Firing

    at, naive = parse_time(time) if time else (datetime.now(UTC).replace(microsecond=0), False)
    firing = Firing(alert, parse_labels(labels))
    further = [parse_firing(text) for text in others]
    if config:
        _refuse_both([*named.given, *(["--support-contract"] if terms else [])])
        found = routed_by_file(config, firing, at, further)
    else:
        found = routed_by_catalogue(inputs_of(named), firing, at, further, terms)
    _warn(found.warnings)
    answer("\n".join(lines_of(found, naive=naive)), _data(found, naive=naive), as_json=as_json)
    return 0 if found.path.notified else 1


def _refuse_both(given: Sequence[str]) -> None:
    if given:
        raise click.UsageError(f"--config explains a file alone: leave {given[0]} out")


def _warn(warnings: Sequence[Problem]) -> None:
    for problem in warnings:
        click.echo(render(problem), err=True)


def _data(found: "Routed", *, naive: bool) -> dict[str, Any]:
    path = found.path
    return {
        "alert": path.labels["alertname"],
        "notified": path.notified,
        "verdict": found.verdict,
        "time_taken_as_utc": naive,
        **asdict(path),
        "at": path.at.isoformat(),
        "duty": asdict(found.duty) if found.duty else None,
        "links": dict(found.links),
        "warnings": [problem.message for problem in found.warnings],
    }
