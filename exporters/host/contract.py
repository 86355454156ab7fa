"""What the host collector exposes."""

from sothat.exporters.declare import counter, gauge
from sothat.model.metric import Contract, Label

_CPU = Label("cpu", "Number of the processor")
_MODE = Label("mode", "What it was busy with", ("user", "system", "idle", "nice", "iowait", "irq",
                                               "softirq", "steal"))  # fmt: skip
_DEVICE = Label("device", "Kernel's name of the device")
_FILESYSTEM = (
    _DEVICE,
    Label("fstype", "Type of the file system"),
    Label("mountpoint", "Where it is mounted"),
)


def contract() -> Contract:
    """Return the contract of the host collector."""
    return Contract("host", _FAMILIES)


_FAMILIES = (
    counter("host_cpu_seconds_total", "Time the processors spent in each mode.", [_CPU, _MODE]),
    gauge("host_cpus", "Number of processors."),
    gauge("host_load1", "Load average over one minute."),
    gauge("host_load5", "Load average over five minutes."),
    gauge("host_load15", "Load average over fifteen minutes."),
    gauge("host_memory_total_bytes", "Memory there is."),
    gauge("host_memory_available_bytes", "Memory to be had without swapping."),
    gauge("host_swap_total_bytes", "Swap space there is."),
    gauge("host_swap_free_bytes", "Swap space left."),
    gauge("host_filesystem_size_bytes", "Size of a file system.", _FILESYSTEM),
    gauge("host_filesystem_available_bytes", "Space left for ordinary users.", _FILESYSTEM),
    counter("host_disk_read_bytes_total", "Bytes read from a disk.", [_DEVICE]),
    counter("host_disk_written_bytes_total", "Bytes written to a disk.", [_DEVICE]),
    counter("host_disk_io_time_seconds_total", "Time a disk was busy.", [_DEVICE]),
    counter("host_network_receive_bytes_total", "Bytes received.", [_DEVICE]),
    counter("host_network_transmit_bytes_total", "Bytes sent.", [_DEVICE]),
    counter("host_network_receive_errors_total", "Errors on receiving.", [_DEVICE]),
    counter("host_network_transmit_errors_total", "Errors on sending.", [_DEVICE]),
    gauge("host_boot_time_seconds", "When the machine started, seconds since the epoch."),
    gauge("host_processes", "Number of processes."),
)
