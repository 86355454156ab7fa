"""What has come through the stream, counted and judged. Safe for several threads."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from sothat.exporters.flows.anomaly import Judge
from sothat.exporters.flows.flow import SECONDS
from sothat.exporters.histogram import Histogram
from sothat.exporters.source import Sample
from sothat.exporters.tuya_stream.contract import DELAY, KINDS
from sothat.exporters.tuya_stream.envelope import (
    Event,
    Unopened,
    acknowledgement,
    frame,
    opened,
)
from sothat.runtime.secrets import Secret

_MAX_DEVICES = 10_000
_MAX_JUDGES = 20_000
# Integers whose unit is not known here: a step of one is no anomaly, whatever they count.
_FLOOR = 1.0
_ONLINE: Mapping[str, bool] = {"online": True, "offline": False}

Sighted = Callable[[str, float, Mapping[str, object]], None]


class Ledger:
    """Counts a stream.

    Args:
        secret: Of the project; messages are encrypted for it.
        clock: Gives seconds since the epoch.
        sighted: Told of each device's values: id, time, values by code.
    """

    def __init__(
        self, secret: Secret, clock: Callable[[], float], sighted: Sighted | None = None
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._sighted = sighted
        self._kinds: Counter[str] = Counter()
        self._unopened: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self._online: dict[str, bool] = {}
        self._judges: dict[tuple[str, str], Judge] = {}
        self._bytes = self._redelivered = self._judged = self._anomalies = 0
        self._latest: float | None = None
        self._delays = Histogram(DELAY, SECONDS)
        self._lock = threading.Lock()

    def take(self, text: str | bytes) -> str:
        """Take a message up; return what confirms it.

        What cannot be opened is confirmed, too: the stream would send it again without end.
        """
        with self._lock:
            self._bytes += len(text)
            try:
                one = frame(text)
            except Unopened as error:
                self._unopened[error.reason] += 1
                return ""
            self._redelivered += one.redelivered
            try:
                event = opened(one, self._secret)
            except Unopened as error:
                self._unopened[error.reason] += 1
            else:
                self._note(event, fresh=not one.redelivered)
            return acknowledgement(one)

    def samples(self) -> Iterator[Sample]:
        """Yield what is true of the stream as a whole."""
        with self._lock:
            for kind in KINDS:
                yield Sample("tuya_stream_events_total", self._kinds[kind], {"kind": kind})
            for reason, number in sorted(self._unopened.items()):
                yield Sample("tuya_stream_unopened_total", number, {"reason": reason})
            yield Sample("tuya_stream_received_bytes_total", self._bytes)
            yield Sample("tuya_stream_redelivered_total", self._redelivered)
            yield Sample("tuya_stream_judged_values_total", self._judged)
            yield Sample("tuya_stream_anomalies_total", self._anomalies)
            yield Sample("tuya_stream_devices", len(self._last))
            if self._latest is not None:
                yield Sample("tuya_stream_last_event_timestamp_seconds", self._latest)
        yield from self._delays.samples()

    def of_devices(self, labels: Callable[[str], Mapping[str, str] | None]) -> Iterator[Sample]:
        """Yield what is true of each device that has labels."""
        with self._lock:
            for device, at in self._last.items():
                named = labels(device)
                if named is None:
                    continue
                yield Sample("tuya_stream_device_last_event_timestamp_seconds", at, named)
                yield Sample("tuya_stream_device_events_total", self._events[device], named)
                if device in self._online:
                    yield Sample("tuya_stream_device_online", self._online[device], named)

    def _note(self, event: Event, *, fresh: bool) -> None:
        now = self._clock()
        self._kinds[event.kind if event.kind in KINDS else "other"] += 1
        self._latest = now
        if fresh:
            self._delays.observe(max(0.0, now - event.at))
        if event.device not in self._last and len(self._last) >= _MAX_DEVICES:
            return
        self._last[event.device] = now
        self._events[event.device] += 1
        if event.kind in _ONLINE:
            self._online[event.device] = _ONLINE[event.kind]
        for code, value in event.points.items():
            self._judge(event.device, code, value)
        if self._sighted and event.points:
            self._sighted(event.device, event.at, event.points)

    def _judge(self, device: str, code: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return
        if (device, code) not in self._judges and len(self._judges) >= _MAX_JUDGES:
            return
        judge = self._judges.setdefault((device, code), Judge(_FLOOR))
        strays = judge.take(float(value)) if abs(value) < 1e300 else None  # noqa: PLR2004 – no NaN
        if strays is not None:
            self._judged += 1
            self._anomalies += strays
