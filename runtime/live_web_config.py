"""A web configuration that is looked at again for each request and each handshake."""

import logging
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sothat.model.problem import Unusable
from sothat.runtime.connections import Secured
from sothat.runtime.tls import admits, context_of
from sothat.runtime.web_config import WebConfig, load_web_config

log = logging.getLogger(__name__)

# Size, time of change and number of a file on disk: another of each of these is another content.
_Mark = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read, and the files as they were then."""

    config: WebConfig
    secured: Secured | None
    marks: dict[Path, _Mark]


class LiveWebConfig:
    """The file's content at the moment; read again whenever it or a file it names has changed.

    Raises:
        Unusable: The file cannot be used when the process starts. Later, what it protects is
            refused until it can: neither the old certificate nor an open door would be right.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._complained: tuple[str, ...] = ()
        self._read = self._reading()

    def now(self) -> WebConfig:
        """Return the configuration.

        Raises:
            Unusable: It has changed, and cannot be used any more.
        """
        return self._current().config

    def secured(self) -> Secured | None:
        """Return how the next connection is secured; None: not at all.

        Raises:
            Unusable: The configuration has changed, and cannot be used any more. Where there was no
                TLS before, connections go on: whoever asks is told so, and nothing else.
        """
        try:
            return self._current().secured
        except Unusable:
            if self._read.secured:
                raise
            return None

    def _current(self) -> _Read:
        with self._lock:
            if any(_mark(file) != mark for file, mark in self._read.marks.items()):
                self._read = self._reading()
                self._complained = ()
            return self._read

    def _reading(self) -> _Read:
        # The marks are taken first: a change while reading is then seen the next time.
        own = {self._path: _mark(self._path)}
        try:
            config = load_web_config(self._path)
            marks = {**own, **{file: _mark(file) for file in config.files}}
            tls = config.tls
            secured = Secured(context_of(tls), partial(admits, tls)) if tls else None
        except Unusable as error:
            self._complain(error)
            raise
        return _Read(config, secured, marks)

    def _complain(self, error: Unusable) -> None:
        messages = tuple(problem.message for problem in error.problems)
        if messages != self._complained:
            log.error("the web configuration cannot be used", extra={"why": "; ".join(messages)})
        self._complained = messages


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
