"""This machine's figures, and file systems that hang."""

import threading

import psutil
import pytest
from sothat.exporters.clock import Deadline, SystemClock
from sothat.exporters.host.collector import HostSource
from sothat.exporters.host.contract import contract
from sothat.exporters.host.filesystems import Filesystems, Mount, Space
from sothat.exporters.snapshot import Screen
from sothat.exporters.source import PollFailed
from sothat.model.metric import Presence


def soon(seconds):
    clock = SystemClock()
    return Deadline(clock.monotonic() + seconds, clock)


def test_every_family_of_the_contract_is_there_and_true():
    samples = list(HostSource().collect(soon(5)))
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
        return Space(100, 40)

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
        assert [sample.value for sample in found] == [100, 40]
    assert threading.active_count() == before + 1
    answer.set()
    healed = list(filesystems.samples(soon(5)))
    assert {sample.labels["mountpoint"] for sample in healed} == {"/", "/hung"}


def test_a_mount_that_may_not_be_asked_has_no_figures():
    def ask(mountpoint):
        raise PermissionError(mountpoint)

    filesystems = Filesystems(lambda: [Mount("x", "ext4", "/x")], ask)
    assert list(filesystems.samples(soon(1))) == []
