"""The cloud, asked in a thread of its own: for sources that may not wait for it."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping

from sothat.exporters.clock import Clock, Deadline
from sothat.exporters.source import Sample
from sothat.exporters.tuya_cloud import samples
from sothat.exporters.tuya_cloud.errors import CloudFailed, Kind
from sothat.exporters.tuya_cloud.watch import CloudWatch, Known
from sothat.runtime.secrets import Secret

log = logging.getLogger(__name__)

_EVERY_SECONDS = 30.0
_DEADLINE_SECONDS = 60.0
_STOP_SECONDS = 15.0


class CloudThread:
    """Polls a watch until it is closed.

    Args:
        watch: What is polled.
        clock: Time.
    """

    def __init__(self, watch: CloudWatch, clock: Clock) -> None:
        self.watch = watch
        self._clock = clock
        self._up = False
        self._said = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tuya-cloud", daemon=True)

    def start(self) -> None:
        """Begin, once."""
        if self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        """End; a call that is under way is waited for no longer than its own time-outs."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)
        self.watch.client.close()

    def samples(
        self, labels: Callable[[Known], Mapping[str, str]], keys: Mapping[str, Secret]
    ) -> Iterator[Sample]:
        """Yield what is known; waits for nothing."""
        now = self._clock.time()
        yield from samples.of_client(self.watch.client, now, up=self._up)
        yield from samples.of_devices(self.watch, labels, keys, now)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._once()
            self._stopping.wait(_EVERY_SECONDS)

    def _once(self) -> None:
        try:
            self.watch.poll(Deadline(self._clock.monotonic() + _DEADLINE_SECONDS, self._clock))
        except CloudFailed as error:
            self._up = self._up and error.kind is Kind.BUDGET
            self._tell(str(error))
        except Exception as error:  # a defect of ours must not end the thread unsaid
            self._up = False
            log.exception("the cloud cannot be asked", extra={"why": type(error).__name__})
        else:
            self._up = True
            self._said = ""

    def _tell(self, why: str) -> None:
        if why != self._said:
            log.warning("the cloud fails", extra={"why": why})
        self._said = why
