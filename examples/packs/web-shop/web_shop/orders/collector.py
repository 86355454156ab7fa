"""The collector ``web-shop-orders``: one file an order, in a folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sothat.exporters.clock import Clock
from sothat.exporters.source import Context, Deadline, Sample, Settings, Source
from sothat.model.metric import Contract

from web_shop.orders.contract import OLDEST, UP, WAITING, contract


class OrdersCollector:
    """Opens one source a folder."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of the settings."""
        return {
            "required": ["folder"],
            "properties": {"folder": {"type": "string", "minLength": 1}},
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of a folder, which need not be there yet."""
        return Orders(context.folder / settings.values["folder"], context.clock)


class Orders:
    """The orders of one folder."""

    contract: Contract = contract()

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the figures; of a folder that cannot be read only that it cannot."""
        ages = []
        try:
            for file in self._folder.iterdir():
                if deadline.expired():
                    break
                ages.append(self._clock.time() - file.stat().st_mtime)
        except OSError:
            yield Sample(UP.name, 0)
            return
        yield Sample(UP.name, 1)
        yield Sample(WAITING.name, len(ages))
        yield Sample(OLDEST.name, max(ages, default=0.0))

    def close(self) -> None:
        """There is nothing to close."""


COLLECTOR = OrdersCollector()
