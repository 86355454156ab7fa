"""The clock: how far it is off, as the kernel's own discipline has it."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sothat.exporters.declare import flag, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of <sys/timex.h>
_NANOSECONDS = 0x2000  # STA_NANO: the offset is in nanoseconds, not microseconds


class _Timex(ctypes.Structure):
    """``struct timex`` of <sys/timex.h>, its beginning and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


@dataclass(frozen=True, slots=True)
class Discipline:
    """What the kernel knows of its clock: seconds off, and whether anything keeps it right."""

    offset: float
    synchronised: bool


def ask() -> Discipline | None:
    """Ask the kernel, changing nothing; None where it may not be asked."""
    found = _Timex()
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    if adjtimex(ctypes.byref(found)) < 0:
        return None
    unit = 1e-9 if found.status & _NANOSECONDS else 1e-6
    return Discipline(found.offset * unit, not found.status & _UNSYNCHRONISED)


def reader(discipline: Callable[[], Discipline | None]) -> Callable[[Kernel], Iterator[Sample]]:
    """Return the part's reader over a way to ask."""

    def read(_: Kernel) -> Iterator[Sample]:
        found = discipline()
        if found is not None:
            yield Sample("host_clock_offset_seconds", found.offset)
            yield Sample("host_clock_synchronised", float(found.synchronised))

    return read


PART = Part(
    "clock",
    (
        gauge("host_clock_offset_seconds", "How far the clock is off its source.", feature=True),
        flag("host_clock_synchronised", "1 while something keeps the clock right.", feature=True),
    ),
    reader(ask),
)
