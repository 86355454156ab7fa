"""The metrics that data points can become: help, bounds, and which of them count."""

from collections.abc import Mapping
from typing import NamedTuple

_MAX_JOULES = 1e9 * 3.6e6


class Bounds(NamedTuple):
    """A metric with what can be true of it.

    Attributes:
        help: Of the family.
        low: Least value in the base unit that can be true.
        high: The greatest.
    """

    help: str
    low: float
    high: float


GAUGES: Mapping[str, Bounds] = {
    "battery_ratio": Bounds("Charge of its battery.", 0, 1),
    "battery_voltage_volts": Bounds("Voltage of its battery.", 0, 100),
    "signal_dbm": Bounds("Strength of its radio signal.", -130, 0),
    "link_quality_ratio": Bounds("Quality of its radio link.", 0, 1),
    "power_watts": Bounds("Power that it meters.", -100_000, 100_000),
    "apparent_power_volt_amperes": Bounds("Apparent power that it meters.", 0, 100_000),
    "power_factor_ratio": Bounds("Power factor that it meters.", -1, 1),
    "frequency_hertz": Bounds("Mains frequency that it meters.", 0, 500),
    "voltage_volts": Bounds("Voltage that it meters.", 0, 1_000),
    "current_amperes": Bounds("Current that it meters.", -1_000, 1_000),
    "leakage_current_amperes": Bounds("Residual current that it meters.", 0, 100),
    "temperature_celsius": Bounds("Temperature it measures.", -60, 150),
    "target_temperature_celsius": Bounds("Temperature it is set to.", -60, 150),
    "floor_temperature_celsius": Bounds("Temperature of its floor or outer sensor.", -60, 150),
    "humidity_ratio": Bounds("Relative humidity it measures.", 0, 1),
    "target_humidity_ratio": Bounds("Relative humidity it is set to.", 0, 1),
    "soil_moisture_ratio": Bounds("Moisture of the soil.", 0, 1),
    "illuminance_lux": Bounds("Illuminance it measures.", 0, 200_000),
    "pressure_pascals": Bounds("Air pressure it measures.", 30_000, 120_000),
    "co2_ratio": Bounds("Carbon dioxide in the air, by volume.", 0, 0.1),
    "carbon_monoxide_ratio": Bounds("Carbon monoxide in the air, by volume.", 0, 0.1),
    "voc_ratio": Bounds("Volatile organic compounds in the air, by volume.", 0, 0.1),
    "voc_grams_per_cubic_meter": Bounds("Volatile organic compounds in the air.", 0, 1),
    "formaldehyde_grams_per_cubic_meter": Bounds("Formaldehyde in the air.", 0, 1),
    "pm1_grams_per_cubic_meter": Bounds("Particles up to 1 µm in the air.", 0, 0.1),
    "pm2_5_grams_per_cubic_meter": Bounds("Particles up to 2.5 µm in the air.", 0, 0.1),
    "pm10_grams_per_cubic_meter": Bounds("Particles up to 10 µm in the air.", 0, 0.1),
    "brightness_ratio": Bounds("Brightness of its light.", 0, 1),
    "color_temperature_ratio": Bounds("Colour of its white light: 0 warm, 1 cold.", 0, 1),
    "cover_position_ratio": Bounds("Position of its curtain or blind, as reported.", 0, 1),
    "valve_opening_ratio": Bounds("Opening of its valve.", 0, 1),
    "filter_life_ratio": Bounds("What is left of its filter.", 0, 1),
    "fan_speed_ratio": Bounds("Speed of its fan.", 0, 1),
}
COUNTERS: Mapping[str, Bounds] = {
    "energy_joules_total": Bounds("Energy that it has metered.", 0, _MAX_JOULES),
    "energy_returned_joules_total": Bounds("Energy metered in reverse.", 0, _MAX_JOULES),
    "water_cubic_meters_total": Bounds("Water that it has metered.", 0, 1e9),
    "gas_cubic_meters_total": Bounds("Gas that it has metered.", 0, 1e9),
}
FLAGS: Mapping[str, str] = {
    "contact_open": "Whether its contact is open.",
    "motion_detected": "Whether it senses motion.",
    "leak_detected": "Whether it senses water.",
    "smoke_detected": "Whether it senses smoke.",
    "gas_detected": "Whether it senses gas.",
    "carbon_monoxide_detected": "Whether it senses carbon monoxide.",
    "vibration_detected": "Whether it senses vibration.",
    "tampered": "Whether somebody tampers with it.",
    "battery_low": "Whether it says that its battery is low.",
    "lock_unlocked": "Whether its lock is unlocked.",
    "window_open": "Whether it takes a window for open.",
    "switch_on": "Whether its switch is on, by data point.",
}
# What gateways with a system of their own report; other devices have no such points.
GATEWAY_GAUGES: Mapping[str, Bounds] = {
    "uptime_seconds": Bounds("How long the gateway has been running.", 0, 1e10),
    "load_ratio": Bounds("Share of its processing power in use.", 0, 1),
    "memory_used_ratio": Bounds("Share of its memory in use.", 0, 1),
    "storage_used_ratio": Bounds("Share of its storage in use.", 0, 1),
    "queue_messages": Bounds("Messages that wait in the gateway.", 0, 1e6),
    "connections": Bounds("Connections that the gateway holds.", 0, 1e6),
}
QUANTITIES: Mapping[str, Bounds] = {**GAUGES, **COUNTERS, **GATEWAY_GAUGES}
