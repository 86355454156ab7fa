"""The PostgreSQL collector: many servers side by side, on one connection each."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any

from sothat.exporters.crew import Crew
from sothat.exporters.postgresql.address import parse_address
from sothat.exporters.postgresql.configuration import SCHEMA, Configuration, configuration
from sothat.exporters.postgresql.contract import contract
from sothat.exporters.postgresql.server import Server
from sothat.exporters.source import Context, Deadline, PollFailed, Sample, Settings, Source
from sothat.exporters.targets import (
    DISCOVER_SCHEMA,
    TARGETS_SCHEMA,
    Target,
    Targets,
    open_targets,
)
from sothat.model.metric import Contract

_CONCURRENCY = 16
# Of a poll's time, seconds that are kept for saying what became of the servers.
_SPARE = 0.5


class PostgresqlCollector:
    """Opens one source for all servers of an entry."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of its settings."""
        concurrency = {"type": "integer", "minimum": 1, "maximum": 100, "default": _CONCURRENCY}
        return {
            "properties": {
                "targets": TARGETS_SCHEMA,
                "discover": DISCOVER_SCHEMA,
                **SCHEMA,
                "concurrency": concurrency,
            }
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source of servers that may all be down."""
        targets = open_targets(settings, context)
        for target in targets.current():
            if parse_address(target.address) is None:
                message = f"no address of a server: {target.address}"
                hint = "write HOST, HOST:PORT or HOST:PORT/DATABASE; user and password apart"
                raise settings.unusable("bad-address", message, _named(settings), hint=hint)
        size = settings.values.get("concurrency", _CONCURRENCY)
        return PostgresqlSource(targets, configuration(settings, context), size)


def _named(settings: Settings) -> str:
    return "targets" if "targets" in settings.values else "discover"


class PostgresqlSource:
    """The servers of one entry of the configuration."""

    contract: Contract = contract()

    def __init__(self, targets: Targets, configured: Configuration, size: int) -> None:
        self.share = targets.share
        self._targets = targets
        self._configured = configured
        self._size = size
        self._crew: Crew[Target, list[Sample]] = Crew(size, "postgresql")
        self._servers: dict[Target, Server] = {}

    def collect(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield the samples of each server as it comes back; one that is late is down.

        Raises:
            PollFailed: The discovery file has become unusable, or names what is no address.
        """
        unfit = self._renew(self._targets.current())
        waiting = dict(self._servers)
        defects: list[Exception] = []
        for target, result in self._results(waiting, deadline):
            del waiting[target]
            if isinstance(result, Exception):
                defects.append(result)
            else:
                yield from result
        for target in waiting:
            yield from _late(target)
        if defects:  # of ours: what the others have told counts
            raise defects[0]
        problem = self._targets.problem or unfit
        if problem:
            raise PollFailed("discovery", problem)

    def close(self) -> None:
        """Close all connections."""
        for server in self._servers.values():
            server.retire()

    def _results(
        self, servers: Mapping[Target, Server], deadline: Deadline
    ) -> Iterator[tuple[Target, list[Sample] | Exception]]:
        """Ask all servers; where there are more than threads, each has a part of the time."""
        rounds = max(1, ceil(len(servers) / self._size))
        spare = min(_SPARE, deadline.remaining() / 10)
        seconds = (deadline.remaining() - spare) / rounds
        calls = {t: partial(_poll, s, seconds, deadline) for t, s in servers.items()}
        return self._crew.results(calls, deadline.sooner(spare / 2))

    def _renew(self, targets: Sequence[Target]) -> str:
        """Forget the servers that are gone, meet those that are new; return what is no address."""
        unfit = ""
        for target in self._servers.keys() - set(targets):
            self._servers.pop(target).retire()
        for target in targets:
            if target not in self._servers:
                server = self._configured.server(target.name, target.address)
                if server:
                    self._servers[target] = server
                else:
                    unfit = f"no address of a server: {target.address}"
        return unfit


def _poll(server: Server, seconds: float, deadline: Deadline) -> list[Sample]:
    clock = deadline.clock
    return server.poll(Deadline(min(deadline.at, clock.monotonic() + seconds), clock))


def _late(target: Target) -> Iterator[Sample]:
    labels = {"server": target.name}
    yield Sample("postgresql_up", 0, labels)
    yield Sample("postgresql_unreachable", 1, {**labels, "reason": "timeout"})


COLLECTOR = PostgresqlCollector()
