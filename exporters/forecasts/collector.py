"""The forecasts collector: asks Prometheus for weeks of hours, and says when something is full."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sothat.exporters.asking import PROMETHEUS_SCHEMA, Asking, prometheus_of
from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.forecasts.asked import STANDARD, Asked, asked_of
from sothat.exporters.forecasts.contract import AHEAD, contract
from sothat.exporters.forecasts.judging import Forecast, forecast
from sothat.exporters.forecasts.model import HOUR, HOURS_OF_WEEK, grid
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, PollFailed, Sample, Settings, Source
from sothat.model.metric import Contract
from sothat.runtime.prometheus import PrometheusFailed, Series

DEFAULT_WEEKS = 8
DEFAULT_MAX_ITEMS = 200
_P = "forecast_"
_NAMES = {value: name for name, value in AHEAD.items()}


class ForecastsCollector:
    """Opens one source of forecasts."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of what is forecast, and from how much of the past."""
        own = {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "promql"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"},
                "promql": {"type": "string", "minLength": 1},
                "items": {"type": "array", "items": {"type": "string", "minLength": 1}},
                "limit": {"type": "number", "exclusiveMinimum": 0},
            },
        }
        entry = {"anyOf": [{"enum": list(STANDARD)}, own]}
        return {
            "required": ["prometheus"],
            "properties": {
                "interval": {**DURATION_SCHEMA, "default": "1h"},
                "deadline": {**DURATION_SCHEMA, "default": "2m"},
                "prometheus": PROMETHEUS_SCHEMA,
                "forecasts": {"type": "array", "minItems": 1, "items": entry},
                "weeks": {"type": "integer", "minimum": 2, "maximum": 52, "default": DEFAULT_WEEKS},
                "max_items": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 10_000,
                    "default": DEFAULT_MAX_ITEMS,
                },
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source; Prometheus may be down."""
        said = settings.values
        asked = asked_of(said.get("forecasts", [*STANDARD]))
        names = [one.name for one in asked]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            message = f"'{doubled}' is there twice"
            raise settings.unusable("name-clash", message, "forecasts")
        return Forecasts(
            prometheus_of(settings, context),
            asked,
            said.get("weeks", DEFAULT_WEEKS),
            said.get("max_items", DEFAULT_MAX_ITEMS),
            context.clock,
        )


class Forecasts:
    """The forecasts of one configuration."""

    contract: Contract = contract()

    def __init__(
        self, asking: Asking, asked: Sequence[Asked], weeks: int, most: int, clock: Clock
    ) -> None:
        self._asking = asking
        self._asked = asked
        self._hours = weeks * HOURS_OF_WEEK
        self._most = most
        self._clock = clock

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield what can be said; a series with too little of a past has nothing.

        Raises:
            PollFailed: Prometheus did not answer for some, or there was no time for all.
        """
        failures: dict[str, str] = {}
        for one in self._asked:
            try:
                found = series_of(self._asking, one, self._hours, self._clock.time(), deadline)
            except PrometheusFailed as error:
                failures[f"{one.name}: {error}"] = "prometheus"
                continue
            if len(found) > self._most:
                failures[f"{one.name}: more than {self._most} series"] = "budget"
            for labels, made in self._made(one, found[: self._most], deadline, failures):
                yield from samples_of(labels, made)
        if failures:
            raise PollFailed(next(iter(failures.values())), "; ".join(failures))

    def close(self) -> None:
        """Hang up."""
        self._asking.close()

    def _made(
        self,
        one: Asked,
        found: Sequence[Series],
        deadline: Deadline,
        failures: dict[str, str],
    ) -> Iterator[tuple[Mapping[str, str], Forecast]]:
        for series in found:
            if deadline.remaining() <= 0:
                failures[f"{one.name}: no time for all series"] = "timeout"
                return
            made = forecast(hours_of(series, one, self._clock.time(), self._hours))
            if made is not None:
                yield labels_of(one, series), made


def series_of(
    asking: Asking, one: Asked, hours: int, now: float, deadline: Deadline
) -> Sequence[Series]:
    """Return the past of what is forecast, hour by hour.

    Raises:
        PrometheusFailed: It did not answer in time.
    """
    seconds = max(0.2, deadline.remaining() / 2)
    return asking.range(one.promql, now - (hours - 1) * HOUR, now, HOUR, seconds)


def hours_of(series: Series, one: Asked, now: float, hours: int) -> list[float | None]:
    """Return a series as shares of all there is, an hour each."""
    return grid([(at, value / one.limit) for at, value in series.points], now, hours)


def labels_of(one: Asked, series: Series) -> Mapping[str, str]:
    """Return what a forecast is called by."""
    item = "/".join(filter(None, (series.labels.get(name, "") for name in one.items)))
    return {
        "forecast": one.name,
        "instance": series.labels.get("instance", ""),
        "item": item,
    }


def samples_of(labels: Mapping[str, str], made: Forecast) -> Iterator[Sample]:
    """Yield a forecast as samples."""
    yield Sample(f"{_P}history_seconds", made.history, labels)
    for name, seconds in made.full.items():
        yield Sample(f"{_P}seconds_until_full", seconds, {**labels, "band": name})
    for days, one in made.used.items():
        ahead = {**labels, "ahead": _NAMES[days]}
        for name, value in (("early", one.early), ("expected", one.expected), ("late", one.late)):
            yield Sample(f"{_P}used_ratio", value, {**ahead, "band": name})
    for days, test in made.tests.items():
        if days in _NAMES:
            ahead = {**labels, "ahead": _NAMES[days]}
            yield Sample(f"{_P}error_ratio", test.error, ahead)
            yield Sample(f"{_P}naive_error_ratio", test.naive, ahead)
            yield Sample(f"{_P}band_hit_ratio", test.hits, ahead)


COLLECTOR = ForecastsCollector()
