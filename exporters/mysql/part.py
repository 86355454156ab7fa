"""Short forms for the parts of what is read from MySQL and MariaDB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sothat.exporters.mysql.session import Session, number
from sothat.exporters.namespace import Namespace
from sothat.exporters.source import Sample
from sothat.exporters.watch import Part, plain
from sothat.model.metric import MetricFamily

PREFIX = "mysql_server"
_NAMES = Namespace(PREFIX)
sample, shown, counted = _NAMES.sample, _NAMES.shown, _NAMES.counted


@dataclass(frozen=True, slots=True)
class Figure:
    """A sample that is one variable of the server, or the sum of several.

    Attributes:
        variables: In small letters; those that this server does not have do not count.
        scale: What leads to the base unit.
    """

    name: str
    variables: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0


def figure(name: str, *variables: str, scale: float = 1.0, **labels: str) -> Figure:
    """Return a figure; the name is given without its prefix."""
    return Figure(f"{PREFIX}_{name}", variables, labels, scale)


def figures(values: Mapping[str, str], wanted: Iterable[Figure]) -> Iterator[Sample]:
    """Yield those that the server has."""
    for one in wanted:
        found = [n for n in (number(values.get(v)) for v in one.variables) if n is not None]
        if found:
            yield Sample(one.name, sum(found) * one.scale, one.labels)


def known(name: str, value: float | None, **labels: str) -> Iterator[Sample]:
    """Yield a sample, unless the value is not known."""
    if value is not None:
        yield sample(name, value, **labels)


def from_status(
    name: str, families: Sequence[MetricFamily], wanted: Sequence[Figure]
) -> Part[Session]:
    """Return a part that is status variables and nothing more."""
    return plain(name, families, lambda session: figures(session.status, wanted))
