"""Space on real file systems; a hung mount costs its own figures only."""

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil
from sothat.exporters.declare import flag, gauge
from sothat.exporters.source import Deadline, PollFailed, Sample
from sothat.model.metric import Label

# Types that hold no data of their own, or only memory.
_PSEUDO = re.compile(
    r"autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devfs|devpts|devtmpfs|efivarfs|erofs"
    r"|fuse\.(gvfsd-fuse|lxcfs|portal)|fusectl|hugetlbfs|iso9660|mqueue|nfsd|nsfs|overlay|proc"
    r"|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs"
)


class Mount(NamedTuple):
    """One mounted file system."""

    device: str
    fstype: str
    mountpoint: str


class Space(NamedTuple):
    """What a file system has, and what ordinary users may still fill.

    Attributes:
        size: Bytes in all; ``available``: bytes left.
        files: Files (inodes) it can hold, 0 where it does not count them; ``files_free``: left.
        readonly: Whether nothing can be written.
    """

    size: int
    available: int
    files: int = 0
    files_free: int = 0
    readonly: bool = False


@dataclass(slots=True)
class _Asked:
    """A question to the kernel that may never be answered."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: Space | OSError | None = None


def real_mounts() -> Iterator[Mount]:
    """Yield the mounts that hold data, network file systems and a container's root included."""
    found = psutil.disk_partitions(all=True)
    mounts = [Mount(mount.device, mount.fstype, mount.mountpoint) for mount in found]
    root = [mount for mount in mounts if mount.mountpoint == "/"]
    # A changed root (chroot, some sandboxes) stands in no table, and can fill up all the same.
    yield root[-1] if root else Mount("rootfs", "rootfs", "/")
    for mount in mounts:
        if mount.mountpoint != "/" and not _PSEUDO.fullmatch(mount.fstype):
            yield mount


def space(mountpoint: str) -> Space:
    """Ask the kernel; a network file system whose server is gone may never answer."""
    answer = os.statvfs(mountpoint)
    return Space(
        answer.f_frsize * answer.f_blocks,
        answer.f_frsize * answer.f_bavail,
        answer.f_files,
        answer.f_favail,
        bool(answer.f_flag & os.ST_RDONLY),
    )


class Filesystems:
    """Asks for the space of each mount in a thread that is left behind when it hangs.

    While a mount's question hangs it is not asked again, so there is at most one thread a mount.
    """

    def __init__(
        self,
        mounts: Callable[[], Iterable[Mount]] = real_mounts,
        ask: Callable[[str], Space] = space,
    ) -> None:
        self._mounts = mounts
        self._space = ask
        self._hanging: dict[str, _Asked] = {}

    def samples(self, deadline: Deadline) -> Iterator[Sample]:
        """Yield size and space left of each real file system, each device and mount point once.

        Raises:
            PollFailed: Some did not answer in time; the others have been yielded.
        """
        silent = []
        for mount in self._mounts():
            asked = self._ask(mount.mountpoint)
            # Half of what is left, so that several hung mounts still leave time for the last.
            asked.done.wait(deadline.remaining() / 2)
            if not asked.done.is_set():
                silent.append(mount.mountpoint)
                continue
            self._hanging.pop(mount.mountpoint, None)
            yield from _samples(mount, asked.answer)
        if silent:
            raise PollFailed("mount-hangs", f"no answer from {', '.join(silent)}")

    def _ask(self, mountpoint: str) -> _Asked:
        if mountpoint in self._hanging:
            return self._hanging[mountpoint]
        asked = self._hanging[mountpoint] = _Asked()
        arguments = (asked, mountpoint)
        threading.Thread(target=self._answer, args=arguments, name="statvfs", daemon=True).start()
        return asked

    def _answer(self, asked: _Asked, mountpoint: str) -> None:
        try:
            asked.answer = self._space(mountpoint)
        except OSError as error:
            asked.answer = error
        finally:  # a defect leaves no mount waiting for ever
            asked.done.set()


def _samples(mount: Mount, answer: Space | OSError | None) -> Iterator[Sample]:
    # A mount that cannot be asked (no permission, stale handle) has no figures, not zero.
    if answer is None or isinstance(answer, OSError) or answer.size == 0:
        return
    labels = {"device": mount.device, "fstype": mount.fstype, "mountpoint": mount.mountpoint}
    yield Sample("host_filesystem_size_bytes", answer.size, labels)
    yield Sample("host_filesystem_available_bytes", answer.available, labels)
    yield Sample("host_filesystem_readonly", float(answer.readonly), labels)
    if answer.files:
        yield Sample("host_filesystem_files", answer.files, labels)
        yield Sample("host_filesystem_files_free", answer.files_free, labels)


_LABELS = (
    Label("device", "Kernel's name of the device"),
    Label("fstype", "Type of the file system"),
    Label("mountpoint", "Where it is mounted"),
)
FAMILIES = (
    gauge("host_filesystem_size_bytes", "Size of a file system.", _LABELS),
    gauge("host_filesystem_available_bytes", "Space left for ordinary users.", _LABELS),
    flag("host_filesystem_readonly", "1 if nothing can be written.", _LABELS),
    gauge("host_filesystem_files", "Files it can hold.", _LABELS, feature=True),
    gauge("host_filesystem_files_free", "Files it can still take.", _LABELS, feature=True),
)
