"""Collectors and modules of probes that watch servers of one kind, from their settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sothat.exporters.access import STATEMENT
from sothat.exporters.client_tls import TLS_SCHEMA
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Probe, Settings, Source
from sothat.exporters.targets import DISCOVER_SCHEMA, TARGETS_SCHEMA, Target, open_targets
from sothat.exporters.watch import Link, Part, Plan, Watch
from sothat.exporters.watched import WatchedProbe, WatchedServers
from sothat.exporters.wire import check_places
from sothat.model.duration import parse_duration
from sothat.model.metric import Contract
from sothat.runtime.secrets import SECRET_SCHEMA

S = TypeVar("S")

_CONCURRENCY = 16
_SEATS = 20
_SLOW = "5m"


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """A kind of server.

    Attributes:
        prefix: Of its families.
        parts: In the order of their worth.
        port: Where it listens by default.
        required: Settings that must be there.
        links: Returns what makes the way to an address; raises `Unusable` for settings that cannot
            work, and where the driver is not installed.
    """

    prefix: str
    contract: Callable[[], Contract]
    parts: Sequence[Part[S]]
    port: int
    required: tuple[str, ...]
    links: Callable[[Settings, Context], Callable[[str], Link[S]]]

    def schema(self) -> Mapping[str, Any]:
        """Return the properties of what says how each server is watched."""
        return {
            "user": {"type": "string", "minLength": 1, "maxLength": 255},
            "password": SECRET_SCHEMA,
            "tls": TLS_SCHEMA,
            "statement_timeout": {**DURATION_SCHEMA, "default": STATEMENT},
            "slow_interval": {**DURATION_SCHEMA, "default": _SLOW},
            "top": {"type": "integer", "minimum": 1, "maximum": 1000, "default": _SEATS},
            "without": {
                "type": "array",
                "items": {"enum": [part.name for part in self.parts]},
                "uniqueItems": True,
                "description": "Parts that are left out.",
            },
        }

    def watches(self, settings: Settings, context: Context) -> Callable[[Target], Watch[S]]:
        """Return what begins to watch a server.

        Raises:
            Unusable: The settings cannot work.
        """
        link = self.links(settings, context)
        without: Sequence[str] = settings.values.get("without", ())
        plan = Plan(
            self.prefix,
            [part for part in self.parts if part.name not in without],
            context.clock,
            settings.values.get("top", _SEATS),
            parse_duration(settings.values.get("slow_interval", _SLOW)),
        )
        return lambda target: Watch(target.name, link(target.address), plan)


class ServersCollector(Generic[S]):
    """Opens one source for all its servers."""

    def __init__(self, kind: Kind[S]) -> None:
        self._kind = kind

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of which servers there are and how they are watched."""
        concurrency = {"type": "integer", "minimum": 1, "maximum": 100, "default": _CONCURRENCY}
        own = {
            "targets": TARGETS_SCHEMA,
            "discover": DISCOVER_SCHEMA,
            "concurrency": concurrency,
        }
        return {"required": [*self._kind.required], "properties": {**own, **self._kind.schema()}}

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source; the servers may all be down."""
        check_places(settings, self._kind.port)
        watch = self._kind.watches(settings, context)
        targets = open_targets(settings, context)
        concurrency = settings.values.get("concurrency", _CONCURRENCY)
        up = f"{self._kind.prefix}_up"
        return WatchedServers(self._kind.contract(), targets, watch, concurrency, up)


class ServersProber(Generic[S]):
    """Opens modules that sign in with one user everywhere."""

    def __init__(self, kind: Kind[S]) -> None:
        self._kind = kind

    def schema(self) -> Mapping[str, Any]:
        """Return the schema; `targets` says who is given the password."""
        required = [*self._kind.required, "targets"]
        return {"required": required, "properties": self._kind.schema()}

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe."""
        return WatchedProbe(self._kind.contract(), self._kind.watches(settings, context))
