"""Chance and daily life, reproducible: the same seed, device and time give the same values."""

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

_FIRST_WORKDAY_END = 5  # Monday is 0
_DAYS = 365.25
_COLDEST_DAY = 20
_COLDEST_HOUR = 4
# How far the weather of one day is from that of another, in degrees.
_CHANGE = 8.0


@dataclass(frozen=True, slots=True)
class Weather:
    """The air outside, in degrees Celsius.

    Attributes:
        mean: Over the year.
        season: How much warmer July is than the mean, and January colder.
        day: How much warmer the afternoon is than the day's mean, and the early morning colder.
    """

    mean: float = 10.0
    season: float = 7.0
    day: float = 4.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a device is exposed to; times are epoch seconds."""

    seed: int
    device: str
    zone: ZoneInfo
    weather: Weather = Weather()

    def constant(self, channel: str) -> float:
        """Return a number in [0, 1) that stays the same for this device."""
        return self._draw(channel, 0)

    def step(self, channel: str, now: float, period: float) -> float:
        """Return a number in [0, 1) that is drawn anew every ``period`` seconds."""
        return self._draw(channel, math.floor(now / period) + 1)

    def drift(self, channel: str, now: float, period: float) -> float:
        """Return a number in [0, 1) that wanders from one draw to the next."""
        tick, share = divmod(now / period, 1)
        before, after = (self._draw(channel, int(tick) + later) for later in (1, 2))
        return before + (after - before) * share

    def occupancy(self, now: float) -> float:
        """Return how busy the building is, 0 to 1: office hours, quieter at the weekend."""
        local = datetime.fromtimestamp(now, self.zone)
        hour = local.hour + local.minute / 60 + local.second / 3600
        busy = _ramp(hour, 7, 9) * (1 - _ramp(hour, 17, 19))
        return 0.05 + 0.95 * busy * (1.0 if local.weekday() < _FIRST_WORKDAY_END else 0.2)

    def outside(self, now: float) -> float:
        """Return the temperature of the air outside (°C), the same for the whole building."""
        local = datetime.fromtimestamp(now, self.zone)
        hour = local.hour + local.minute / 60
        season = -math.cos((local.timetuple().tm_yday - _COLDEST_DAY) / _DAYS * math.tau)
        day = -math.cos((hour - _COLDEST_HOUR) / 24 * math.tau)
        weather, everybody = self.weather, replace(self, device="")
        change = _CHANGE * (everybody.drift("weather", now, 6 * 3600) - 0.5)
        return weather.mean + weather.season * season + weather.day * day + change

    def _draw(self, channel: str, tick: int) -> float:
        text = f"{self.seed}/{self.device}/{channel}/{tick}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


def _ramp(hour: float, start: float, end: float) -> float:
    return min(1.0, max(0.0, (hour - start) / (end - start)))
