"""This machine's figures, and file systems that hang."""

import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.host.collector import COLLECTOR, HostSource
from sothat.exporters.host.contract import PARTS, contract
from sothat.exporters.host.filesystems import Filesystems, Mount, Space
from sothat.exporters.host.kernel import Kernel
from sothat.exporters.host.parts.clock import Discipline, ask, reader
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import Context, PollFailed, Settings
from sothat.model.metric import Presence
from sothat.runtime.documents import parse_document

# What a small machine's kernel says; figures that were made up.
FILES = {
    "/proc/stat": "cpu  9 9 9 9\ncpu0 100 20 30 4000 5 6 7 8 0 0\ncpu1 200 0 0 0\nintr 77 1 2\n"
    "ctxt 88\nbtime 1790000000\nprocesses 99\nprocs_running 3\nprocs_blocked 1\nsoftirq 5 5\n",
    "/proc/loadavg": "0.50 1.25 2.00 1/200 4242\n",
    "/proc/1/stat": "",
    "/proc/4242/stat": "",
    "/proc/meminfo": "MemTotal:       1000 kB\nMemFree:   100 kB\nMemAvailable:    600 kB\n"
    "SwapTotal:   0 kB\nSwapFree:   0 kB\nHugePages_Total:   0\n",
    "/proc/vmstat": "nr_free_pages 5\npgmajfault 12\noom_kill 1\npswpin 2\npswpout 3\n",
    "/proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n",
    "/proc/pressure/io": "some avg10=0 avg60=0 avg300=0 total=1\nfull avg10=0 total=500000\n",
    "/proc/diskstats": "   8  0 sda 10 0 20 30 40 0 50 60 2 70 80 0 0\n"
    "   8 1 sda1 1 1 1 1 1 1 1 1 1 1 1\n"
    " 259 0 nvme0n1 1 0 2 3 4 0 5 6 0 7 8\n 7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n",
    "/proc/net/dev": "Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n"
    "  eth0: 1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n",
    "/sys/class/net/eth0/carrier": "1\n",
    "/sys/class/net/eth0/speed": "1000\n",
    "/proc/net/snmp": "Ip: Forwarding\nIp: 1\nTcp: ActiveOpens OutSegs RetransSegs\nTcp: 4 500 6\n",
    "/proc/net/sockstat": "sockets: used 9\nTCP: inuse 7 orphan 1 tw 2 alloc 8 mem 3\n",
    "/proc/sys/net/netfilter/nf_conntrack_count": "5\n",
    "/proc/sys/net/netfilter/nf_conntrack_max": "100\n",
    "/proc/sys/fs/file-nr": "1024\t0\t9223372036854775807\n",
    "/proc/sys/kernel/osrelease": "6.1.0\n",
    "/etc/os-release": 'NAME="Some"\nPRETTY_NAME="Some Linux 1"\n',
    "/sys/class/hwmon/hwmon0/name": "coretemp\n",
    "/sys/class/hwmon/hwmon0/temp1_input": "45500\n",
    "/sys/class/hwmon/hwmon0/temp1_crit": "100000\n",
}


def machine(folder, files):
    for path, text in files.items():
        target = Path(f"{folder}{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="surrogatepass")
    return HostSource(kernel=Kernel(folder))


def figures(source):
    samples = list(source.collect(soon(5)))
    assert not Screen(contract()).screen(samples).complaints
    return {(s.name.removeprefix("host_"), *s.labels.values()): s.value for s in samples}


def test_each_figure_is_what_the_kernel_says_in_base_units(tmp_path):
    found = figures(machine(tmp_path, FILES))
    assert found["cpu_seconds_total", "0", "idle"] == 40
    assert found["cpu_seconds_total", "0", "steal"] == 0.08
    assert found["cpu_seconds_total", "1", "user"] == 2
    assert ("cpu_seconds_total", "1", "iowait") not in found
    assert found["cpus",] == 2
    assert found["load5",] == 1.25
    assert found["processes",] == 2
    assert found["processes_blocked",] == 1
    assert found["boot_time_seconds",] == 1790000000
    assert found["memory_total_bytes",] == 1024000
    assert found["memory_available_bytes",] == 614400
    assert found["swap_total_bytes",] == 0
    assert found["out_of_memory_kills_total",] == 1
    assert found["pressure_waiting_seconds_total", "cpu"] == 2.5
    assert found["pressure_stalled_seconds_total", "io"] == 0.5
    assert ("pressure_stalled_seconds_total", "memory") not in found
    assert found["disk_read_bytes_total", "sda"] == 20 * 512
    assert found["disk_io_time_seconds_total", "sda"] == 0.07
    assert found["disk_io_now", "sda"] == 2
    assert {key[1] for key in found if key[0] == "disk_reads_total"} == {"sda", "nvme0n1"}
    assert found["network_transmit_drops_total", "eth0"] == 4
    assert found["network_up", "eth0"] == 1
    assert found["network_speed_bytes", "eth0"] == 125e6
    assert found["tcp_retransmitted_segments_total",] == 6
    assert found["tcp_sockets", "time-wait"] == 2
    assert found["connection_table_limit",] == 100
    assert found["file_descriptors_open",] == 1024
    assert found["temperature_celsius", "coretemp-hwmon0", "temp1"] == 45.5
    assert found["info", "6.1.0", found_machine(found), "Some Linux 1"] == 1


def found_machine(found):
    return next(key[2] for key in found if key[0] == "info")


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_that_is_not_there_is_no_failure(tmp_path, path):
    rest = {name: text for name, text in FILES.items() if name != path}
    assert len(figures(machine(tmp_path, rest))) > 30


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/proc/stat", "ctxt x"),
        ("/proc/stat", "cpu0 1 y"),
        ("/proc/meminfo", "MemTotal:"),
        ("/proc/diskstats", "8 0 sda"),
        ("/proc/net/dev", "a\nb\neth0: 1"),
        ("/proc/net/snmp", "Tcp: A B\nTcp: 1"),
        ("/proc/pressure/cpu", "others total=1"),
    ],
)
def test_a_part_that_cannot_be_read_is_a_failure_that_costs_itself_only(tmp_path, path, text):
    source = machine(tmp_path, {**FILES, path: text})
    got = []
    with pytest.raises(PollFailed) as caught:
        got.extend(source.collect(soon(5)))
    assert caught.value.reason == "unreadable"
    assert len(got) > 30


@given(st.sampled_from(sorted(FILES)), st.text(max_size=200))
def test_whatever_a_file_says_nothing_worse_than_a_failed_poll_comes_of_it(
    tmp_path_factory, path, text
):
    source = machine(tmp_path_factory.mktemp("host"), {**FILES, path: text})
    got = []
    with suppress(PollFailed):
        got.extend(source.collect(soon(5)))
    assert len(got) > 20


def opened(text, tmp_path):
    settings = Settings(parse_document(text, "x.yaml"), ())
    return COLLECTOR.open(settings, Context("host", tmp_path, {}, SystemClock()))


def test_parts_can_be_left_out(tmp_path):
    names = [*(part.name for part in PARTS), "filesystems"]
    kept = [name for name in names if name != "memory"]
    source = opened(f"{{type: host, without: [{', '.join(kept)}]}}", tmp_path)
    assert {s.name.split("_")[1] for s in source.collect(soon(5))} <= {
        *("memory", "swap", "major", "out"),
    }
    assert COLLECTOR.schema()["properties"]["without"]["items"]["enum"] == names


def test_a_clock_that_may_not_be_asked_has_no_figures():
    assert list(reader(lambda: None)(Kernel())) == []
    off = list(reader(lambda: Discipline(-0.25, synchronised=False))(Kernel()))
    assert [(s.name, s.value) for s in off] == [
        ("host_clock_offset_seconds", -0.25),
        ("host_clock_synchronised", 0),
    ]
    known = ask()
    assert known is None or abs(known.offset) < 3600


def soon(seconds):
    clock = SystemClock()
    return Deadline(clock.monotonic() + seconds, clock)


def test_every_family_of_the_contract_is_there_and_true():
    samples = list(HostSource(filesystems=Filesystems()).collect(soon(5)))
    screened = Screen(contract()).screen(samples)
    assert not screened.complaints
    assert not screened.doubled
    found = {sample.name: sample.value for sample in samples}
    always = {f.name for f in contract().families if f.presence is Presence.ALWAYS}
    assert always - set(found) == set()
    assert found["host_memory_total_bytes"] == psutil.virtual_memory().total
    assert found["host_cpus"] == psutil.cpu_count()
    mounts = {s.labels["mountpoint"] for s in samples if s.name == "host_filesystem_size_bytes"}
    assert "/" in mounts
    assert not mounts & {"/proc", "/sys", "/dev"}


@pytest.mark.usefixtures("same_threads")
def test_a_mount_that_hangs_costs_its_own_figures_and_one_thread():
    answer = threading.Event()

    def ask(mountpoint):
        if mountpoint == "/hung":
            answer.wait(20)
        return Space(100, 40)  # a file system that does not count its files

    mounts = [Mount("server:/x", "nfs", "/hung"), Mount("/dev/sda", "ext4", "/")]
    filesystems = Filesystems(lambda: mounts, ask)

    def poll():
        found = []
        with pytest.raises(PollFailed) as caught:
            found.extend(filesystems.samples(soon(0.2)))
        assert caught.value.reason == "mount-hangs"
        assert "/hung" in str(caught.value)
        return found

    before = threading.active_count()
    for _ in range(3):
        found = poll()
        assert {sample.labels["mountpoint"] for sample in found} == {"/"}
        assert [sample.value for sample in found] == [100, 40, 0]
    assert threading.active_count() == before + 1
    answer.set()
    healed = list(filesystems.samples(soon(5)))
    assert {sample.labels["mountpoint"] for sample in healed} == {"/", "/hung"}


def test_a_mount_that_may_not_be_asked_has_no_figures():
    def ask(mountpoint):
        raise PermissionError(mountpoint)

    filesystems = Filesystems(lambda: [Mount("x", "ext4", "/x")], ask)
    assert list(filesystems.samples(soon(1))) == []
