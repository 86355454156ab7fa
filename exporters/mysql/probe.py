"""MySQL and MariaDB servers that Prometheus' service discovery names."""

from collections.abc import Mapping
from typing import Any

from sothat.exporters.mysql.collector import WATCH_SCHEMA, open_watch
from sothat.exporters.mysql.contract import contract
from sothat.exporters.source import Context, Probe, Settings
from sothat.exporters.watched import WatchedProbe


class MysqlProber:
    """Opens modules that sign in with one user everywhere."""

    def schema(self) -> Mapping[str, Any]:
        """Return the schema; `targets` says who is given the password."""
        return {"required": ["user", "targets"], "properties": WATCH_SCHEMA}

    def open(self, settings: Settings, context: Context) -> Probe:
        """Return the module's probe."""
        return WatchedProbe(contract(), open_watch(settings, context))


PROBER = MysqlProber()
