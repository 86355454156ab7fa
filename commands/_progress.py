"""How far long work has come: one line on standard error, drawn over, in a terminal only."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sothat.runtime.terminal import redraws

T = TypeVar("T")
Tell = Callable[[str], None]
_CLEAR = "\r\x1b[2K"


@contextmanager
def progress() -> Iterator[Tell]:
    """Give what shows a line in the place of the one before; it is gone at the end.

    No thread draws: the line changes when work does, and a child may be forked at any moment.
    """
    if not redraws(sys.stderr, os.environ):
        yield _silent
        return
    try:
        yield _draw
    finally:
        _write(_CLEAR)


def counted(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Yield items, and show how many of all there were."""
    with progress() as tell:
        tell(f"{what}: 0 of {total}")
        for number, item in enumerate(items, start=1):
            tell(f"{what}: {number} of {total}")
            yield item


class Watched:
    """Calls to one method after another, told by their number; everything else as it is."""

    def __init__(self, watched: Any, methods: Iterable[str], tell: Callable[[int], None]) -> None:
        self._watched, self._methods, self._tell = watched, frozenset(methods), tell
        self._count = 0

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of what is watched."""
        found = getattr(self._watched, name)
        return self._counting(found) if name in self._methods else found

    def _counting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            self._count += 1
            self._tell(self._count)
            return method(*args, **kwargs)

        return called


def _draw(text: str) -> None:
    _write(f"{_CLEAR}{text} …")


def _silent(_text: str) -> None:
    """Say nothing."""


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
