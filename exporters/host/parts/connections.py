"""TCP as a whole: segments, sockets, and the firewall's table of connections."""

from collections.abc import Iterator

from sothat.exporters.declare import counter, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_STATES = {"inuse": "in-use", "orphan": "orphan", "tw": "time-wait"}
_STATE = Label("state", "What becomes of the socket", tuple(_STATES.values()))
_SEGMENTS = {
    "OutSegs": "host_tcp_sent_segments_total",
    "RetransSegs": "host_tcp_retransmitted_segments_total",
}
_TABLE = "/proc/sys/net/netfilter/nf_conntrack_"


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/net/snmp``, ``sockstat`` and ``nf_conntrack`` say."""
    tcp = [words for words in kernel.lines("/proc/net/snmp") if words[0] == "Tcp:"]
    for column, count in zip(*tcp, strict=True):
        if column in _SEGMENTS:
            yield Sample(_SEGMENTS[column], int(count))
    for words in kernel.lines("/proc/net/sockstat"):
        if words[0] == "TCP:":
            yield from _sockets(dict(zip(words[1::2], words[2::2], strict=True)))
    entries, limit = kernel.number(f"{_TABLE}count"), kernel.number(f"{_TABLE}max")
    if entries is not None and limit is not None:
        yield Sample("host_connection_table_entries", entries)
        yield Sample("host_connection_table_limit", limit)


def _sockets(counts: dict[str, str]) -> Iterator[Sample]:
    for key, state in _STATES.items():
        yield Sample("host_tcp_sockets", int(counts[key]), {"state": state})


PART = Part(
    "connections",
    (
        counter("host_tcp_sent_segments_total", "TCP segments that were sent."),
        counter("host_tcp_retransmitted_segments_total", "TCP segments that were sent again."),
        gauge("host_tcp_sockets", "TCP sockets.", [_STATE]),
        gauge("host_connection_table_entries", "Connections the firewall tracks.", feature=True),
        gauge("host_connection_table_limit", "Connections it can track.", feature=True),
    ),
    read,
)
