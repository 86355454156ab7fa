"""Which metrics the streams of ``exporter.yaml`` become: alerts and boards may ask for these."""

from sothat.exporters.declare import gauge
from sothat.model.metric import Contract, Label

_THEATRE = Label("theatre", "Operating theatre")
_GENERATOR = Label("generator", "Emergency generator")


def contract() -> Contract:
    """Return all families; a test holds them against ``exporter.yaml``."""
    return Contract(
        "hospital-building-sensors",
        (
            gauge(
                "mqtt_value_medicine_celsius",
                "Temperature in a store of medicine.",
                [Label("store", "Store of medicine"), Label("sensor", "Sensor in it")],
                event=True,
            ),
            gauge(
                "mqtt_value_theatre_pressure_pascals",
                "Pressure of an operating theatre above that of its corridor.",
                [_THEATRE],
                event=True,
            ),
            gauge(
                "mqtt_value_theatre_air_changes_per_hour",
                "How often in an hour an operating theatre's air is renewed.",
                [_THEATRE],
                event=True,
            ),
            gauge(
                "mqtt_value_mains_present",
                "Whether a distribution board is fed by the mains.",
                [Label("board", "Distribution board")],
                event=True,
            ),
            gauge(
                "mqtt_value_generator_fuel_ratio",
                "How full the tank of an emergency generator is.",
                [_GENERATOR],
                event=True,
            ),
            gauge(
                "mqtt_value_generator_starter_volts",
                "Voltage of the battery that starts an emergency generator.",
                [_GENERATOR],
                event=True,
            ),
        ),
    )
