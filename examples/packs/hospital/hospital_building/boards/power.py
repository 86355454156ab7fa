"""Mains and generators, in grafanalib."""

from collections.abc import Mapping
from typing import Any

from grafanalib import core
from sothat.dashboards.grafana import classic


def line(title: str, meaning: str, expr: str, legend: str, column: int) -> core.TimeSeries:
    """Return lines over time, of a third of the board's width."""
    return core.TimeSeries(
        title=title,
        description=meaning,
        targets=[core.Target(expr=expr, legendFormat=legend, refId="A")],
        gridPos=core.GridPos(h=9, w=8, x=column, y=0),
    )


class PowerBoard:
    """Whether the building would stay lit."""

    uid = "hospital-building-power"
    title = "Emergency power"
    role = "operational"

    def build(self, _catalogue: object, _contracts: object) -> Mapping[str, Any]:
        """Return it as Grafana's classic JSON."""
        panels = [
            line(
                "Boards fed by the mains",
                "0: by a generator, or by nothing.",
                "mqtt_value_mains_present",
                "{{board}}",
                0,
            ),
            line(
                "Fuel",
                "A full tank lasts for a day under full load.",
                "mqtt_value_generator_fuel_ratio",
                "{{generator}}",
                8,
            ),
            line(
                "Starter batteries",
                "Below 23.5 V a generator may not start.",
                "mqtt_value_generator_starter_volts",
                "{{generator}}",
                16,
            ),
        ]
        return classic(core.Dashboard(title=self.title, uid=self.uid, panels=panels))


BOARD = PowerBoard()
