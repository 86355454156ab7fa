"""``sothat forecast``: when disks, memory, batteries or anything else of yours will be full."""

import time
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._output import answer, json_option
from sothat.commands._prometheus import prometheus_of, with_prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sothat.exporters.forecasts.asked import Asked
    from sothat.exporters.forecasts.table import Made


_NOTHING = "Nothing to forecast: no series has two weeks of history and some days more."


@click.command(short_help="When disks, memory, batteries … are full, and how sure that is.")
@with_prometheus
@click.option("--of", "names", multiple=True, help="disk, memory or battery; by default all.")
@click.option("--promql", help="An expression of your own: what is in use.")
@click.option("--item", "items", multiple=True, help="A label that names its series.")
@click.option(
    "--limit", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True
)
@click.option(
    "--weeks", type=click.IntRange(2, 52), default=8, show_default=True, help="Of history."
)
@json_option
def command(
    names: tuple[str, ...],
    promql: str | None,
    items: tuple[str, ...],
    limit: float,
    weeks: int,
    as_json: bool,
    **server: Any,
) -> int:
    """Say when something is full, with a band, and how wrong the method was over the past.

    \b
    Examples:
      sothat forecast --prometheus http://127.0.0.1:9090
      sothat forecast --prometheus http://127.0.0.1:9090 --promql pg_database_size_bytes \\
        --item datname --limit 500e9
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.exporters.forecasts.table import as_data, table

    asked = _asked(names, promql, items, limit)
    found = [*_made(prometheus_of(**server), asked, weeks)]
    words = "\n".join(table(found)) if found else _NOTHING
    answer(words, {"forecasts": as_data(found)}, as_json=as_json)
    return 0


def _asked(
    names: tuple[str, ...], promql: str | None, items: tuple[str, ...], limit: float
) -> "tuple[Asked, ...]":
    from sothat.exporters.forecasts.asked import STANDARD, Asked, asked_of
    from sothat.model.guessing import did_you_mean
    from sothat.model.problem import unusable

    for name in names:
        if name not in STANDARD:
            hint = did_you_mean(name, STANDARD, otherwise=f"known: {', '.join(STANDARD)}")
            raise unusable("unknown-value", f"there is no forecast '{name}'", hint=hint)
    own = (Asked("own", promql, items, limit),) if promql else ()
    return (*asked_of(names or (() if promql else [*STANDARD])), *own)


def _made(client: Any, asked: "tuple[Asked, ...]", weeks: int) -> "Iterator[Made]":
    from sothat.exporters.forecasts.collector import hours_of, labels_of
    from sothat.exporters.forecasts.judging import forecast
    from sothat.exporters.forecasts.model import HOUR, HOURS_OF_WEEK

    now, hours = time.time(), weeks * HOURS_OF_WEEK
    for one in asked:
        for series in client.range(one.promql, now - (hours - 1) * HOUR, now, HOUR):
            made = forecast(hours_of(series, one, now, hours))
            if made is not None:
                yield labels_of(one, series), made
