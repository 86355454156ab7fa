"""Another time of another day, for a process that is begun to see what depends on the clock."""

import datetime as dt
import time
from datetime import date, datetime
from typing import Any


class _OfAll(type):
    """Takes the instances of the real class for its own."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


def shift(seconds: float) -> None:
    """Let this whole process think that it is later; before anything else is imported."""
    later = dt.timedelta(seconds=seconds)
    real_time, real_ns = time.time, time.time_ns

    class Datetime(datetime, metaclass=_OfAll):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return datetime.now(tz) + later

        @classmethod
        def utcnow(cls) -> Any:
            return datetime.now(dt.UTC).replace(tzinfo=None) + later

        @classmethod
        def today(cls) -> Any:
            return datetime.now() + later  # noqa: DTZ005 – as the real one does it

    class Date(date, metaclass=_OfAll):
        @classmethod
        def today(cls) -> Any:
            return date.today() + later  # noqa: DTZ011 – as the real one does it

    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_ns() + int(seconds * 1e9)
    dt.datetime, dt.date = Datetime, Date  # type: ignore[misc]
