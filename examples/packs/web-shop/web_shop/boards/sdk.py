"""The same question with grafana-foundation-sdk, for whoever knows it better (extra ``sdk``).

To have it built and checked as well, add its line to pyproject.toml:
``web-shop-sdk = "web_shop.boards.sdk"`` in the group ``sothat.boards``.
"""

import json
from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from sothat.dashboards.grafana import classic


class SdkBoard:
    """A board that another library has drawn."""

    uid = "web-shop-sdk"
    title = "Shop: orders, drawn by the SDK"
    role = "technical"

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        """Return it as Grafana's classic JSON, with our data source and our order."""
        panel = (
            timeseries.Panel()
            .title("Orders that wait")
            .description("Paid for, and not shipped yet.")
            .with_target(prometheus.Dataquery().expr("sum(shop_orders_waiting)"))
        )
        made = dashboard.Dashboard(self.title).uid(self.uid).with_panel(panel).build()
        return classic(json.loads(JSONEncoder(sort_keys=True).encode(made)))


BOARD = SdkBoard()
