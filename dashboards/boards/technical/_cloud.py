"""The Tuya cloud: the budget, what is asked and refused, what the stream brings."""

from collections.abc import Iterator
from typing import Final

from sothat.dashboards.boards.technical._lines import gauge_line, rate_line
from sothat.dashboards.face import Tile
from sothat.dashboards.kit import Kit
from sothat.dashboards.query import Query

_EMPTY: Final = "no data: no Tuya cloud is configured"
_QUIET: Final = "no call has failed yet"


def tiles(kit: Kit) -> Iterator[Tile]:
    """Return the tiles on the cloud."""
    yield _budget(kit)
    yield _requests(kit)
    yield _errors(kit)
    yield _devices(kit)
    yield _stream(kit)


def _budget(kit: Kit) -> Tile:
    name = "tuya_cloud_budget_used_calls"
    description = "Calls of this month: used, what the month ends with at this pace, and allowed."
    queries = [
        Query(f"max by (instance) ({name})", "used, {{instance}}"),
        Query("max by (instance) (tuya_cloud_budget_forecast_calls)", "forecast, {{instance}}"),
        Query("max by (instance) (tuya_cloud_budget_calls)", "allowed, {{instance}}"),
    ]
    shown = kit.describe(description, "TuyaCloudBudgetShort")
    return gauge_line(kit, "Budget of calls", shown, name, *queries, empty=_EMPTY)


def _requests(kit: Kit) -> Tile:
    name = "tuya_cloud_requests_total"
    expr = f"sum by (endpoint) (rate({name}[$__rate_interval]))"
    description = "Calls made, by what is asked for."
    return rate_line(kit, "Calls", description, name, Query(expr, "{{endpoint}}"), empty=_EMPTY)


def _errors(kit: Kit) -> Tile:
    name = "tuya_cloud_errors_total"
    expr = f"sum by (kind, code) (rate({name}[$__rate_interval]))"
    description = "Calls that failed, by what helps against it and the cloud's code."
    query = Query(expr, "{{kind}} {{code}}")
    return rate_line(kit, "Failed calls", description, name, query, empty=_QUIET)


def _devices(kit: Kit) -> Tile:
    name = "tuya_cloud_devices"
    query = Query(f"max by (online) ({name})", "online: {{online}}")
    description = "Devices that the cloud lists, connected to it and not."
    return gauge_line(kit, "Devices by the cloud", description, name, query, empty=_EMPTY)


def _stream(kit: Kit) -> Tile:
    name = "tuya_stream_events_total"
    expr = f"sum by (kind) (rate({name}[$__rate_interval]))"
    description = "Events of the message stream, by kind."
    query = Query(expr, "{{kind}}")
    empty = "no data: no message stream is configured"
    return rate_line(kit, "Events of the stream", description, name, query, empty=empty)
