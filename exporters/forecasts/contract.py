"""What the forecasts collector exposes."""

from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label

BANDS = ("early", "expected", "late")
AHEAD = {"7d": 7, "28d": 28}
_WHAT = (
    Label("forecast", "Name of the forecast"),
    Label("instance", "Where it is"),
    Label("item", "Which one there: a mount point, an interface, a device; may be empty"),
)
_AHEAD = Label("ahead", "How far ahead", tuple(AHEAD))
_BAND = Label("band", "The forecast, and the edges of its 80 % band", BANDS)


def contract() -> Contract:
    """Return the contract of the forecasts collector."""
    return Contract("forecasts", _FAMILIES)


_FAMILIES = (
    gauge(
        "forecast_seconds_until_full",
        "Time until all is used; absent where that is beyond the horizon.",
        [*_WHAT, _BAND],
        event=True,
    ),
    gauge(
        "forecast_used_ratio",
        "Share that will be in use, so far ahead.",
        [*_WHAT, _AHEAD, _BAND],
        event=True,
    ),
    gauge(
        "forecast_error_ratio",
        "Mean absolute error that the method made over the past, as a share of all there is.",
        [*_WHAT, _AHEAD],
        event=True,
    ),
    gauge(
        "forecast_naive_error_ratio",
        "The same for the forecast that all will be as a week ago: what is to be beaten.",
        [*_WHAT, _AHEAD],
        event=True,
    ),
    gauge(
        "forecast_band_hit_ratio",
        "Share of the forecasts over the past that came out within their band.",
        [*_WHAT, _AHEAD],
        event=True,
    ),
    gauge(
        "forecast_history_seconds",
        "How far back the measurements go that the forecast is made of.",
        _WHAT,
        event=True,
    ),
)
