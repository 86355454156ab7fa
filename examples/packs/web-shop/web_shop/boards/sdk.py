"""A board by grafana-foundation-sdk, for whoever knows that better.

It needs that package, which the pack's dependency ``sothat[foundation-sdk]`` brings. Without it
every command says so (extension-broken): install it, or remove this file and its line in
pyproject.toml.
"""

import json
from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, stat
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from sothat.dashboards.grafana import classic


class SdkBoard:
    """Whether the figures can be trusted."""

    uid = "web-shop-sdk"
    title = "Shop: can we see orders"
    role = "technical"

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        """Return it as Grafana's classic JSON, with our data source and our order."""
        panel = (
            stat.Panel()
            .title("Servers whose orders can be read")
            .description("Where this falls, orders may wait that nobody sees.")
            .with_target(prometheus.Dataquery().expr("sum(shop_orders_up)"))
        )
        made = dashboard.Dashboard(self.title).uid(self.uid).with_panel(panel).build()
        return classic(json.loads(JSONEncoder(sort_keys=True).encode(made)))


BOARD = SdkBoard()
