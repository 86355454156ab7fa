"""Commands: how many, how long, by kind; and how often a key was there."""

from collections.abc import Iterable, Iterator, Mapping

from sothat.exporters.redis.part import Figure, counted, from_info, sample
from sothat.exporters.redis.session import Session, number, parse_values
from sothat.exporters.source import Sample
from sothat.exporters.topmost import Recent, Remainder, Topmost
from sothat.exporters.watch import Part
from sothat.model.metric import Label

_PREFIX = "cmdstat_"
_OTHER = "other"
# Family, field, and what leads to the base unit.
_VALUES = (
    ("command_calls_total", "calls", 1.0),
    ("command_seconds_total", "usec", 1e-6),
    ("command_failures_total", "failed_calls", 1.0),
)
_SECONDS = 1


class Commands:
    """The top list of one server; seats are kept, so that series do not come and go."""

    def __init__(self, seats: int) -> None:
        self._topmost: Topmost[str] = Topmost(seats)
        self._recent: Recent[str] = Recent()
        self._others: list[Remainder[str]] = [Remainder() for _ in _VALUES]

    def read(self, session: Session) -> Iterator[Sample]:
        """Yield the counters of the heaviest, then of all others."""
        found = _by_command(session.section("commandstats"))
        grown = self._recent.update({name: values[_SECONDS] for name, values in found.items()})
        weights = {name: grown[name] + values[_SECONDS] * 1e-6 for name, values in found.items()}
        seated = self._topmost.choose(weights)
        for name in seated:
            yield from _samples(name, found[name])
        yield from _samples(_OTHER, [self._other(found, seated, i) for i in range(len(_VALUES))])

    def _other(self, found: Mapping[str, list[float]], seated: Iterable[str], i: int) -> float:
        total = sum(values[i] for values in found.values())
        return self._others[i].update(total, {name: found[name][i] for name in seated})


def _by_command(info: Mapping[str, str]) -> dict[str, list[float]]:
    found = {}
    for field, said in info.items():
        if field.startswith(_PREFIX):
            values = parse_values(said)
            numbers = [(number(values.get(name)) or 0.0) * scale for _, name, scale in _VALUES]
            found[field.removeprefix(_PREFIX)] = numbers
    return found


def _samples(command: str, values: list[float]) -> Iterator[Sample]:
    for (name, _, _), value in zip(_VALUES, values, strict=True):
        yield sample(name, value, command=command)


_COMMAND = Label("command", "Command, |-separated subcommand; other: all without own series")
PART: Part[Session] = Part(
    "commands",
    (
        counted("command_calls_total", "Times that a command was executed.", _COMMAND),
        counted("command_seconds_total", "Processor time that it took.", _COMMAND),
        counted("command_failures_total", "Times that it failed.", _COMMAND),
    ),
    lambda seats: Commands(seats).read,
)
TOTALS = from_info(
    "totals",
    (
        counted("commands_total", "Commands that were executed."),
        counted("hits_total", "Look-ups of keys that were there."),
        counted("misses_total", "Look-ups of keys that were not there."),
        counted("errors_total", "Answers that were errors.", feature=True),
    ),
    (
        Figure("commands_total", "total_commands_processed"),
        Figure("hits_total", "keyspace_hits"),
        Figure("misses_total", "keyspace_misses"),
        Figure("errors_total", "total_error_replies"),
    ),
)
