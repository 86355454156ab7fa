"""What apt would upgrade, asked of apt itself: no network, no lock, nothing written."""

import re

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.managers.pending import Pending
from sothat.exporters.source import PollFailed

# Inst NAME [INSTALLED] (CANDIDATE ORIGIN:VERSION/ARCHIVE, … [ARCHITECTURE]) …
_UPGRADE = re.compile(r"Inst (\S+) \[[^\]]*\] \((\S+) (.*?)\[[^\]]*\]\)")
_SECURITY = re.compile(r"security|UbuntuESM", re.IGNORECASE)
_STATUS = "/var/lib/dpkg/status"
_LISTS = "/var/lib/apt/lists"
_SUCCESS = "/var/lib/apt/periodic/update-success-stamp"


class Apt:
    """Debian, Ubuntu and what is made of them."""

    name = "apt"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def present(self) -> bool:
        """Return whether this machine is apt's."""
        found = self._machine.find("apt-get")
        return found is not None and self._machine.path(_STATUS).exists()

    def pending(self, deadline: Deadline) -> Pending | None:
        """Return what waits to be upgraded; None while apt has no package lists to know it from."""
        if not self._has_lists():
            return None
        output = self._machine.run(self._command(), deadline)
        if output.code != 0:
            raise PollFailed("command", f"apt-get ended with exit code {output.code}")
        upgrades = _UPGRADE.findall(output.text)
        return Pending(
            len({name for name, _, _ in upgrades}),
            len({name for name, _, origins in upgrades if _SECURITY.search(origins)}),
        )

    def lists_fetched(self) -> float | None:
        """Return when the package lists were last fetched.

        The stamp is there only where something writes it after a success; elsewhere it is the last
        attempt that is known.
        """
        for path in (_SUCCESS, f"{_LISTS}/partial"):
            try:
                return self._machine.path(path).stat().st_mtime
            except FileNotFoundError:
                continue
        return None

    def _has_lists(self) -> bool:
        folder = self._machine.path(_LISTS)
        return any("_Packages" in path.name for path in folder.glob("*_Packages*"))

    def _command(self) -> list[str]:
        options = ["Debug::NoLocking=true", "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache="]
        if self._machine.elsewhere:
            # RootDir would have apt look for dpkg itself below the root, and run it from there.
            status = self._machine.path(_STATUS)
            options += [f"Dir={self._machine.root}/", f"Dir::State::status={status}"]
        words = [word for option in options for word in ("-o", option)]
        return ["apt-get", "--simulate", *words, "dist-upgrade"]
