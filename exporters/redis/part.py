"""Short forms for the parts of what is read from Redis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.namespace import Namespace
from sothat.exporters.redis.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import Part, plain
from sothat.model.metric import MetricFamily

PREFIX = "redis_server"
_NAMES = Namespace(PREFIX)
sample, shown, counted = _NAMES.sample, _NAMES.shown, _NAMES.counted


@dataclass(frozen=True, slots=True)
class Figure:
    """A sample that is one field of INFO.

    Attributes:
        scale: What leads to the base unit.
    """

    name: str
    field: str
    scale: float = 1.0


def figures(info: Mapping[str, str], wanted: Iterable[Figure]) -> Iterator[Sample]:
    """Yield those that the server has."""
    for one in wanted:
        value = number(info.get(one.field))
        if value is not None:
            yield sample(one.name, value * one.scale)


def status(info: Mapping[str, str], name: str, field: str, good: str) -> Iterator[Sample]:
    """Yield 1 where a field says what it should, 0 where it says something else."""
    if info.get(field):
        yield sample(name, info[field] == good)


def from_info(
    name: str, families: Sequence[MetricFamily], wanted: Sequence[Figure]
) -> Part[Session]:
    """Return a part that is fields of INFO and nothing more."""
    return plain(name, families, lambda session: figures(session.info, wanted))
