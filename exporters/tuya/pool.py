"""A bounded pool of daemon threads: a job that hangs must not keep the process from ending."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Job(Generic[T]):
    """A call that is made in another thread."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._done = threading.Event()
        self._result: T | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Make the call, in the calling thread."""
        try:
            self._result = self._call()
        except Exception as error:  # noqa: BLE001 – it is raised again where the result is taken
            self._error = error
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the call has come back."""
        return self._done.wait(seconds)

    def result(self) -> T:
        """Return what the call returned, or raise what it raised; only once it has come back."""
        if self._error:
            raise self._error
        return self._result  # type: ignore[return-value]  # None only where T allows it


class Pool:
    """Runs jobs, at most so many at once."""

    def __init__(self, workers: int) -> None:
        self._queue: queue.SimpleQueue[Job[object] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"tuya-{number}", daemon=True)
            for number in range(workers)
        ]
        self._started = False

    def submit(self, call: Callable[[], T]) -> Job[T]:
        """Queue a call."""
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()
        job = Job(call)
        self._queue.put(job)  # type: ignore[arg-type]  # the queue does not look at results
        return job

    def close(self) -> None:
        """Let each thread end after the job it has."""
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while job := self._queue.get():
            job.run()
