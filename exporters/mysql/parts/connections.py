"""How many connections there are, of how many there may be, and why some fail."""

from collections.abc import Iterator

from sothat.exporters.mysql.part import counted, figure, figures, sample, shown
from sothat.exporters.mysql.session import Session, number
from sothat.exporters.source import Sample
from sothat.exporters.watch import plain
from sothat.model.metric import Label

_CAUSES = ("accept", "internal", "max_connections", "peer_address", "select", "tcpwrap")
_STATUS = (
    figure("connections_peak", "max_used_connections"),
    figure("connection_attempts_total", "connections"),
    figure("aborted_clients_total", "aborted_clients"),
    figure("aborted_connects_total", "aborted_connects"),
    figure("threads_created_total", "threads_created"),
    figure("received_bytes_total", "bytes_received"),
    figure("sent_bytes_total", "bytes_sent"),
    *(
        figure("connection_errors_total", f"connection_errors_{cause}", cause=cause)
        for cause in _CAUSES
    ),
)
_LIMIT = (figure("connections_limit", "max_connections"),)


def read(session: Session) -> Iterator[Sample]:
    """Yield connections; ours is one of them."""
    connected = number(session.status.get("threads_connected"))
    running = number(session.status.get("threads_running"))
    if connected is not None and running is not None:
        # The server's own threads may be running as well.
        active = min(running, connected)
        yield sample("connections", active, state="active")
        yield sample("connections", connected - active, state="idle")
    yield from figures(session.status, _STATUS)
    yield from figures(session.settings, _LIMIT)


PART = plain(
    "connections",
    (
        shown(
            "connections",
            "Open connections by what they do, ours included.",
            Label("state", "Whether a statement is at work", ("active", "idle")),
        ),
        shown("connections_limit", "Most connections that the server accepts."),
        shown("connections_peak", "Most connections at once since the server was started."),
        counted("connection_attempts_total", "Attempts to connect."),
        counted("aborted_clients_total", "Connections whose client vanished without a word."),
        counted("aborted_connects_total", "Attempts to connect or sign in that failed."),
        counted(
            "connection_errors_total",
            "Attempts to connect that the server failed or refused, by cause.",
            Label("cause", "What it was", _CAUSES),
        ),
        counted("threads_created_total", "Threads made because none was left over."),
        counted("received_bytes_total", "Bytes received from clients."),
        counted("sent_bytes_total", "Bytes sent to clients."),
    ),
    read,
)
