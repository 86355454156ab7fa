"""From the units of metric contracts to those of Grafana."""

from types import MappingProxyType
from typing import Final

PERCENT: Final = "percentunit"
COUNT: Final = "short"
NONE: Final = "none"
SECONDS: Final = "s"
KILOWATT_HOURS: Final = "kwatth"
PER_SECOND: Final = "suffix:/s"

JOULES_PER_KILOWATT_HOUR: Final = 3.6e6

_GRAFANA = MappingProxyType(
    {
        "": COUNT,
        "amperes": "amp",
        "boolean": COUNT,
        "bytes": "bytes",
        "bytes-per-second": "Bps",
        "celsius": "celsius",
        "dbm": "dBm",
        "joules": "joule",
        "per-second": PER_SECOND,
        "ratio": PERCENT,
        "seconds": SECONDS,
        "volts": "volt",
        "watts": "watt",
    }
)
_RATES = MappingProxyType({"": PER_SECOND, "bytes": "Bps", "joules": "watt", "seconds": PERCENT})


def grafana_unit(unit: str) -> str:
    """Return Grafana's id for a contract's unit; a unit it does not know is shown as a suffix."""
    return _GRAFANA.get(unit, f"suffix: {unit}")


def grafana_rate_unit(unit: str) -> str:
    """Return Grafana's id for the rate by second of a counter in a contract's unit."""
    return _RATES.get(unit, f"suffix: {unit}/s")
