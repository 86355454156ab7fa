"""What dnf (4 and 5) would upgrade, from what it has in its cache: no network."""

import re
from collections.abc import Iterator

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.managers.pending import Pending
from sothat.exporters.source import PollFailed

_FOUND = 100  # dnf's exit code where there are updates
# NAME.ARCHITECTURE  VERSION  REPOSITORY
_UPDATE = re.compile(r"^(\S+\.\w+) +\S+ +\S+ *$")
_END = re.compile(r"^obsoleting packages", re.IGNORECASE)
_CACHES = ("/var/cache/dnf", "/var/cache/libdnf5")


class Dnf:
    """Fedora, Red Hat's Linux and what is made of them."""

    name = "dnf"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def present(self) -> bool:
        """Return whether this machine is dnf's."""
        return self._machine.find("dnf") is not None and any(map(self._is_there, _RPM))

    def pending(self, deadline: Deadline) -> Pending:
        """Return what waits to be upgraded; without a cache that is a failure."""
        return Pending(self._count(deadline), self._count(deadline, "--security"))

    def lists_fetched(self) -> float | None:
        """Return when the newest of the metadata was fetched."""
        times = [
            path.stat().st_mtime
            for cache in _CACHES
            for path in self._machine.path(cache).glob("*/repodata/repomd.xml")
        ]
        return max(times, default=None)

    def _is_there(self, path: str) -> bool:
        return self._machine.path(path).exists()

    def _count(self, deadline: Deadline, *options: str) -> int:
        root = ("--installroot", str(self._machine.root)) if self._machine.elsewhere else ()
        command = ["dnf", "-C", "-q", *root, "check-update", *options]
        output = self._machine.run(command, deadline)
        if output.code not in (0, _FOUND):
            raise PollFailed("command", f"dnf ended with exit code {output.code}")
        return len(set(_updates(output.text)))


_RPM = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")


def _updates(text: str) -> Iterator[str]:
    """Yield the packages; those that replace obsolete ones stand in the list before as well."""
    for line in text.splitlines():
        if _END.match(line):
            return
        if found := _UPDATE.match(line):
            yield found[1]
