"""Delivery by quality of service: messages that we send to ourselves, through the broker."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator

from sothat.exporters.histogram import Histogram
from sothat.exporters.mqtt.contract import DELIVERY, DELIVERY_SECONDS
from sothat.exporters.source import Sample

_QOS = (0, 1, 2)
_KEPT = 10_000


class Canary:
    """Counts what is sent and what comes back. Safe for several threads.

    Args:
        broker: Name of the broker.
        patience: Seconds within which a message counts as delivered.
        clock: Gives seconds of a clock that is never set back.
    """

    def __init__(self, broker: str, patience: float, clock: Callable[[], float]) -> None:
        self._broker = broker
        self._patience = patience
        self._clock = clock
        self._number = 0
        self._sent: dict[str, tuple[int, float]] = {}
        self._back: dict[str, int] = {}
        self._attempts: Counter[int] = Counter()
        self._deliveries: Counter[int] = Counter()
        self._repeats: Counter[int] = Counter()
        self._durations = {
            qos: Histogram(DELIVERY, DELIVERY_SECONDS, {"broker": broker, "qos": str(qos)})
            for qos in _QOS
        }
        self._lock = threading.Lock()

    def next(self, qos: int) -> str:
        """Return what to send next."""
        with self._lock:
            self._number += 1
            mark = f"{self._number}"
            now = self._clock()
            self._sent = {m: s for m, s in self._sent.items() if now - s[1] <= self._patience}
            self._sent[mark] = (qos, now)
            self._attempts[qos] += 1
            return mark

    def back(self, mark: str) -> None:
        """Take note of what came back."""
        with self._lock:
            if mark in self._back:
                self._repeats[self._back[mark]] += 1
                return
            qos, sent = self._sent.pop(mark, (-1, 0.0))
            took = self._clock() - sent
            if qos < 0 or took > self._patience:
                return  # too late, or another's
            self._deliveries[qos] += 1
            self._durations[qos].observe(took)
            self._back[mark] = qos
            if len(self._back) > _KEPT:
                del self._back[next(iter(self._back))]

    def samples(self) -> Iterator[Sample]:
        """Yield attempts, deliveries and how long these took."""
        with self._lock:
            for qos in _QOS:
                labels = {"broker": self._broker, "qos": str(qos)}
                yield Sample("mqtt_delivery_attempts_total", self._attempts[qos], labels)
                yield Sample("mqtt_deliveries_total", self._deliveries[qos], labels)
                yield Sample("mqtt_delivery_repeats_total", self._repeats[qos], labels)
        for histogram in self._durations.values():
            yield from histogram.samples()
