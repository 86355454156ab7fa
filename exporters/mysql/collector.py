"""The MySQL and MariaDB collector: many servers, one bounded read-only connection each."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sothat.exporters.client_tls import TLS_SCHEMA, client_tls
from sothat.exporters.mysql.contract import PARTS, contract
from sothat.exporters.mysql.part import PREFIX
from sothat.exporters.mysql.session import PORT, Session
from sothat.exporters.schema import DURATION_SCHEMA
from sothat.exporters.source import Context, Settings, Source
from sothat.exporters.targets import DISCOVER_SCHEMA, TARGETS_SCHEMA, Target, open_targets
from sothat.exporters.watch import Plan, Watch
from sothat.exporters.watched import WatchedServers
from sothat.exporters.wire import check_places
from sothat.model.duration import parse_duration
from sothat.runtime.secrets import SECRET_SCHEMA

if TYPE_CHECKING:
    from sothat.exporters.mysql.link import Access

# What says how each server is watched, in a collector and in a module of probes.
WATCH_SCHEMA: Mapping[str, Any] = {
    "user": {"type": "string", "minLength": 1, "maxLength": 255},
    "password": SECRET_SCHEMA,
    "tls": TLS_SCHEMA,
    "statement_timeout": {**DURATION_SCHEMA, "default": "2s"},
    "slow_interval": {**DURATION_SCHEMA, "default": "5m"},
    "top": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20},
    "without": {
        "type": "array",
        "items": {"enum": [part.name for part in PARTS]},
        "uniqueItems": True,
        "description": "Parts that are left out.",
    },
}


class MysqlCollector:
    """Opens one source for all its servers."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema of which servers there are and how they are watched."""
        return {
            "required": ["user"],
            "properties": {
                "targets": TARGETS_SCHEMA,
                "discover": DISCOVER_SCHEMA,
                "at_once": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
                **WATCH_SCHEMA,
            },
        }

    def open(self, settings: Settings, context: Context) -> Source:
        """Return the source; the servers may be down."""
        check_places(settings, PORT)
        watch = open_watch(settings, context)
        targets = open_targets(settings, context)
        at_once = settings.values.get("at_once", 10)
        return WatchedServers(contract(), targets, watch, at_once, f"{PREFIX}_up")


def open_watch(settings: Settings, context: Context) -> Callable[[Target], Watch[Session]]:
    """Return what begins to watch a server.

    Raises:
        Unusable: A secret or file is missing, or the driver is not installed.
    """
    access = _access(settings, context)
    without: Sequence[str] = settings.values.get("without", ())
    plan = Plan(
        PREFIX,
        [part for part in PARTS if part.name not in without],
        context.clock,
        settings.values.get("top", 20),
        parse_duration(settings.values.get("slow_interval", "5m")),
    )
    from sothat.exporters.mysql.link import MysqlLink  # noqa: PLC0415 – the driver is there now

    return lambda target: Watch(target.name, MysqlLink(target.address, access, context.clock), plan)


def _access(settings: Settings, context: Context) -> "Access":
    try:
        from sothat.exporters.mysql.link import Access  # noqa: PLC0415 – the driver is an extra
    except ImportError as error:
        message = f"the driver for MySQL is not installed: {error}"
        hint = "pip install 'sothat[mysql]'"
        raise settings.unusable("missing-driver", message, "type", hint=hint) from error
    return Access(
        settings.values["user"],
        settings.secret("password", context) if "password" in settings.values else None,
        client_tls(settings, context),
        max(0.1, parse_duration(settings.values.get("statement_timeout", "2s"))),
    )


COLLECTOR = MysqlCollector()
