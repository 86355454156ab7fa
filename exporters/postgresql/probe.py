"""The PostgreSQL probe: servers that Prometheus names, `/probe?module=&target=HOST:PORT`."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from sothat.exporters.postgresql.configuration import SCHEMA, Configuration, configuration
from sothat.exporters.postgresql.contract import contract
from sothat.exporters.postgresql.server import Server
from sothat.exporters.source import (
    Context,
    Deadline,
    Log,
    PollFailed,
    Probe,
    Sample,
    Settings,
)
from sothat.model.metric import Contract

# Servers whose top lists and slow parts are remembered from probe to probe.
_REMEMBERED = 500
# Seconds of a probe that are kept for the answer.
_SPARE = 0.2


class PostgresqlProber:
    """Opens a module; whoever may reach it has its password used, so targets must be named."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of a module's settings."""
        return {"required": ["targets"], "properties": dict(SCHEMA)}

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe."""
        return PostgresqlProbe(configuration(settings, context))


class PostgresqlProbe:
    """Any server that the module's targets allow; no connection outlives a probe."""

    contract: Contract = contract()

    def __init__(self, configured: Configuration) -> None:
        self._configured = configured
        self._servers: OrderedDict[str, Server] = OrderedDict()
        self._lock = threading.Lock()  # guards the servers

    def probe(self, target: str, deadline: Deadline, log: Log) -> Iterator[Sample]:
        """Yield the samples of one server.

        Raises:
            PollFailed: It is down, or the target is no address.
        """
        server = self._known(target)
        if server is None:
            raise PollFailed("address", "the target is no address: HOST[:PORT][/DATABASE]")
        try:
            samples = server.poll(deadline.sooner(min(_SPARE, deadline.remaining() / 10)))
        finally:
            server.hang_up()
        yield from samples
        for sample in samples:
            if sample.name == "postgresql_part_refusals_total":
                log("a part was refused", **sample.labels)
        down = [s.labels["reason"] for s in samples if s.name == "postgresql_unreachable"]
        if down:
            raise PollFailed(down[0], "the server is down")

    def close(self) -> None:
        """Forget the servers."""
        with self._lock:
            self._servers.clear()

    def _known(self, target: str) -> Server | None:
        """Return the server of an address, remembered while it is asked for."""
        with self._lock:
            server = self._servers.get(target) or self._configured.server(target, target)
            if server:
                self._servers[target] = server
                self._servers.move_to_end(target)
            if len(self._servers) > _REMEMBERED:
                self._servers.popitem(last=False)
        return server


PROBER = PostgresqlProber()
