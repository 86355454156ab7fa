"""Network interfaces: bytes, packets, errors, state and speed."""

from collections.abc import Iterator

from sothat.exporters.declare import counter, flag, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_DEVICE = Label("device", "Kernel's name of the interface")
_MEGABIT = 125_000  # bytes
# Column after the interface's name in /proc/net/dev, name, help.
_COLUMNS = (
    (0, "host_network_receive_bytes_total", "Bytes received."),
    (1, "host_network_receive_packets_total", "Packets received."),
    (2, "host_network_receive_errors_total", "Errors on receiving."),
    (3, "host_network_receive_drops_total", "Packets received and thrown away."),
    (8, "host_network_transmit_bytes_total", "Bytes sent."),
    (9, "host_network_transmit_packets_total", "Packets sent."),
    (10, "host_network_transmit_errors_total", "Errors on sending."),
    (11, "host_network_transmit_drops_total", "Packets thrown away instead of being sent."),
)
_HEADER_LINES = 2


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/net/dev`` and ``/sys/class/net`` say."""
    for line in kernel.text("/proc/net/dev").splitlines()[_HEADER_LINES:]:
        device, _, numbers = line.rpartition(":")
        counts = numbers.split()
        labels = {"device": device.strip()}
        for column, name, _ in _COLUMNS:
            yield Sample(name, int(counts[column]), labels)
        yield from _state(kernel, labels)


def _state(kernel: Kernel, labels: dict[str, str]) -> Iterator[Sample]:
    """Yield whether the interface has a carrier, and its speed where the driver knows one."""
    folder = f"/sys/class/net/{labels['device']}"
    carrier = kernel.number(f"{folder}/carrier")
    if carrier is not None:
        yield Sample("host_network_up", carrier, labels)
    speed = kernel.number(f"{folder}/speed")
    if speed is not None and speed > 0:  # -1: not known
        yield Sample("host_network_speed_bytes", speed * _MEGABIT, labels)


PART = Part(
    "network",
    (
        *(counter(name, text, [_DEVICE]) for _, name, text in _COLUMNS),
        flag("host_network_up", "1 if the interface has a carrier.", [_DEVICE], feature=True),
        gauge(
            "host_network_speed_bytes",
            "Bytes a second that the interface was made for.",
            [_DEVICE],
            feature=True,
        ),
    ),
    read,
)
