"""``sothat noise``: what alerts did to people, as Prometheus and the incident service remember."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sothat.commands._happened import incidents_of, with_incidents
from sothat.commands._output import answer, json_option
from sothat.commands._prometheus import groups_of, prometheus_of, with_prometheus
from sothat.commands._span import (
    interval,
    interval_option,
    span,
    until_option,
    zone_of,
    zone_option,
)

if TYPE_CHECKING:
    from sothat.live.noise.reading import Kept, Known

# An incident may have begun before the time that is looked at.
_EARLIER = 7 * 86_400_000


@click.command(short_help="What alerts did to people, and what would make it quieter.")
@with_prometheus
@click.option("--since", default="7d", show_default=True, help="A duration, or an ISO 8601 time.")
@until_option
@interval_option
@zone_option
@with_incidents
@json_option
def command(
    since: str,
    until: str,
    every: str,
    zone: str,
    incidents: str | None,
    incidents_token: Path | None,
    as_json: bool,
    **server: Any,
) -> int:
    """Say what fired, flapped, woke people and was of use; and what to change, with evidence.

    \b
    Examples:
      sothat noise --prometheus http://127.0.0.1:9090
      sothat noise --prometheus http://127.0.0.1:9090 --incidents http://127.0.0.1:9781 --since 30d
    """  # noqa: D301 – click's mark for a block that is not rewrapped
    from sothat.live.noise.as_data import as_data
    from sothat.live.noise.proposals import proposals
    from sothat.live.noise.report import report
    from sothat.live.noise.scoring import noise

    start, end = span(since, until, datetime.now(UTC))
    step, hours = interval(every), zone_of(zone)
    kept, known = _kept(prometheus_of(**server), start, end, step)
    happened = incidents_of(incidents, incidents_token, start - _EARLIER, end)
    found = noise(kept, known, happened, hours)
    wanted = proposals(found)
    answer("\n".join(report(found, wanted)), as_data(found, wanted), as_json=as_json)
    return 0


def _kept(client: Any, start: int, end: int, step: int) -> "tuple[Kept, list[Known]]":
    from sothat.live.backtest.asking import Asker
    from sothat.live.backtest.subject import grid_of
    from sothat.live.noise.reading import finest, firings, loaded

    groups = groups_of(client)
    every = step or finest(groups)
    # One evaluation more, so that what fires at the start is known to have begun before.
    grid = grid_of(start, end, every, warm=every)
    asker = Asker(client, time.monotonic, time.sleep)
    return firings(asker, grid), list(loaded(groups))
