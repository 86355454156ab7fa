"""The server as such: version, start, role, settings that bound the rest."""

from sothat.exporters.declare import gauge
from sothat.exporters.postgresql.part import SERVER, Reading, plain
from sothat.model.metric import Label

PART = plain(
    "server",
    (
        gauge("postgresql_info", "Always 1.", [SERVER, Label("version", "As the server says it")]),
        gauge("postgresql_start_time_seconds", "When the server was started.", [SERVER]),
        gauge(
            "postgresql_configuration_load_time_seconds",
            "When the configuration was last loaded.",
            [SERVER],
        ),
        gauge("postgresql_is_replica", "Whether it replays another server's log.", [SERVER]),
    ),
    Reading(
        ("postgresql_info",),
        "SELECT current_setting('server_version'), 1",
        ("version",),
    ),
    Reading(
        (
            "postgresql_start_time_seconds",
            "postgresql_configuration_load_time_seconds",
            "postgresql_is_replica",
        ),
        "SELECT extract(epoch FROM pg_postmaster_start_time()),"
        " extract(epoch FROM pg_conf_load_time()), pg_is_in_recovery()::int",
    ),
)
