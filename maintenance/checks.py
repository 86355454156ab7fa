"""Checks before and after work, asked of Prometheus or confirmed by a person."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sothat.maintenance.plan import Check
from sothat.runtime.prometheus import PrometheusFailed, Sample

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SHOWN = 3


class Asked(Protocol):
    """Who answers an instant query."""

    def instant(self, query: str) -> tuple[Sample, ...]:
        """Return the samples of now.

        Raises:
            PrometheusFailed: They could not be had.
        """


@dataclass(frozen=True, slots=True)
class Result:
    """What a check has given.

    Attributes:
        value: What was measured, in words.
    """

    check: Check
    passed: bool
    value: str


def run(check: Check, prometheus: Asked) -> Result:
    """Ask a check's query; no answer is no pass."""
    try:
        samples = prometheus.instant(check.query)
    except PrometheusFailed as error:
        return Result(check, passed=False, value=f"could not be asked: {error}")
    if not samples:
        return Result(check, passed=False, value="no data")
    wrong = [one for one in samples if not _COMPARED[check.operator](one.value, check.value)]
    return Result(check, not wrong, _words(wrong or samples))


def _words(samples: "tuple[Sample, ...] | list[Sample]") -> str:
    shown = ", ".join(f"{one.value:g}{_labels(one)}" for one in samples[:_SHOWN])
    more = len(samples) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _labels(sample: Sample) -> str:
    inner = ", ".join(f"{k}={v}" for k, v in sorted(sample.labels.items()) if k != "__name__")
    return f" ({inner})" if inner else ""
