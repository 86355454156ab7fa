"""A board in grafanalib, for whoever knows it or brings boards along.

`classic` makes it load in Grafana 9 to 13: it gives ids, and the data source that people choose.
"""

from collections.abc import Mapping
from typing import Any

from grafanalib import core
from sothat.dashboards.grafana import classic


def line(title: str, meaning: str, expr: str, column: int) -> core.TimeSeries:
    """Return lines over time, of half the board's width."""
    return core.TimeSeries(
        title=title,
        description=meaning,
        targets=[core.Target(expr=expr, legendFormat="{{instance}}", refId="A")],
        gridPos=core.GridPos(h=8, w=12, x=column, y=0),
    )


class GrafanalibBoard:
    """How the orders have come and gone."""

    uid = "web-shop-grafanalib"
    title = "Shop: orders over time"
    role = "technical"

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        """Return it as Grafana's classic JSON."""
        panels = [
            line("Orders that wait", "Paid for, and not shipped yet.", "shop_orders_waiting", 0),
            line(
                "Oldest order",
                "How long the order has waited that waits longest.",
                "shop_oldest_order_seconds",
                12,
            ),
        ]
        return classic(core.Dashboard(title=self.title, uid=self.uid, panels=panels))


BOARD = GrafanalibBoard()
