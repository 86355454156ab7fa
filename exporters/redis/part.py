"""Short forms for the parts of what is read from Redis."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sothat.exporters.declare import counter, gauge
from sothat.exporters.redis.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import SERVER, Part
from sothat.model.metric import Label, MetricFamily

PREFIX = "redis_server"


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


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return a sample; the name is given without its prefix."""
    return Sample(f"{PREFIX}_{name}", value, labels)


def shown(name: str, help_text: str, *labels: Label, feature: bool = False) -> MetricFamily:
    """Return a gauge that is absent while its server is down, or does not have it."""
    labelled = [SERVER, *labels]
    return gauge(f"{PREFIX}_{name}", help_text, labelled, event=not feature, feature=feature)


def counted(name: str, help_text: str, *labels: Label, feature: bool = False) -> MetricFamily:
    """Return a counter that is absent while its server is down, or does not have it."""
    labelled = [SERVER, *labels]
    return counter(f"{PREFIX}_{name}", help_text, labelled, event=not feature, feature=feature)


def plain(
    name: str, families: Sequence[MetricFamily], read: Callable[[Session], Iterable[Sample]]
) -> Part[Session]:
    """Return a part that remembers nothing."""
    return Part(name, tuple(families), lambda _: read)


def from_info(
    name: str, families: Sequence[MetricFamily], wanted: Sequence[Figure]
) -> Part[Session]:
    """Return a part that is fields of INFO and nothing more."""
    return plain(name, families, lambda session: figures(session.info, wanted))
