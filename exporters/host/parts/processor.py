"""What the processors do: time by mode, load, processes, interrupts."""

import os
from collections.abc import Iterator, Sequence

from sothat.exporters.declare import counter, gauge
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.part import Part
from sothat.exporters.source import Sample
from sothat.model.metric import Label

_MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
# The kernel counts in clock ticks, a hundred a second on every machine that matters.
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_CPU = Label("cpu", "Number of the processor")
_MODE = Label("mode", "What it was busy with", _MODES)
_COUNTS = {
    "ctxt": "host_context_switches_total",
    "intr": "host_interrupts_total",
    "processes": "host_forks_total",
    "procs_running": "host_processes_running",
    "procs_blocked": "host_processes_blocked",
    "btime": "host_boot_time_seconds",
}


def read(kernel: Kernel) -> Iterator[Sample]:
    """Yield what ``/proc/stat`` and ``/proc/loadavg`` say."""
    processors = 0
    for words in kernel.lines("/proc/stat"):
        key = words[0]
        if key in _COUNTS:
            yield Sample(_COUNTS[key], float(words[1]))
        elif key.startswith("cpu") and key != "cpu":
            processors += 1
            yield from _times(key[3:], words[1:])
    if processors:
        yield Sample("host_cpus", processors)
    for minutes, load in zip((1, 5, 15), kernel.text("/proc/loadavg").split(), strict=False):
        yield Sample(f"host_load{minutes}", float(load))
    yield Sample("host_processes", sum(name.isdigit() for name in kernel.names("/proc")))


def _times(cpu: str, ticks: Sequence[str]) -> Iterator[Sample]:
    for mode, count in zip(_MODES, ticks, strict=False):
        labels = {"cpu": cpu, "mode": mode}
        yield Sample("host_cpu_seconds_total", int(count) * _TICK, labels)


PART = Part(
    "processor",
    (
        counter("host_cpu_seconds_total", "Time the processors spent in each mode.", [_CPU, _MODE]),
        gauge("host_cpus", "Number of processors."),
        gauge("host_load1", "Load average over one minute."),
        gauge("host_load5", "Load average over five minutes."),
        gauge("host_load15", "Load average over fifteen minutes."),
        counter("host_context_switches_total", "Changes from one thread to another."),
        counter("host_interrupts_total", "Interrupts that were served."),
        counter("host_forks_total", "Processes and threads that were started."),
        gauge("host_processes", "Number of processes."),
        gauge("host_processes_running", "Threads that run or could run."),
        gauge("host_processes_blocked", "Threads that wait for a disk."),
        gauge("host_boot_time_seconds", "When the machine started, seconds since the epoch."),
    ),
    read,
)
