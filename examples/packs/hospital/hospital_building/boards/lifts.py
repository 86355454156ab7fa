"""The lifts, by grafana-foundation-sdk.

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


def tile(title: str, meaning: str, expr: str) -> stat.Panel:
    """Return one number, as it is now."""
    query = prometheus.Dataquery().expr(expr)
    return stat.Panel().title(title).description(meaning).with_target(query)


class LiftsBoard:
    """Whether everybody gets where they have to be."""

    uid = "hospital-building-lifts"
    title = "Lifts"
    role = "operational"

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        """Return it as Grafana's classic JSON, with our data source and our order."""
        made = (
            dashboard.Dashboard(self.title)
            .uid(self.uid)
            .with_panel(
                tile(
                    "Lifts that hold somebody",
                    "They stand between floors, and somebody is in them.",
                    "sum(lift_holds_somebody)",
                )
            )
            .with_panel(
                tile(
                    "Lifts for beds that run",
                    "With none of them, no patient gets to theatre.",
                    'sum(lift_in_service{use="bed"})',
                )
            )
            .build()
        )
        return classic(json.loads(JSONEncoder(sort_keys=True).encode(made)))


BOARD = LiftsBoard()
