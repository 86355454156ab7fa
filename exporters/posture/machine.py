"""The machine that is looked at: its root, clock and programs, all of them passed in."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sothat.exporters.clock import Clock
from sothat.exporters.posture.commands import Run, runner


def kernel_release() -> str:
    """Return the release of the kernel that runs."""
    return os.uname().release


@dataclass(frozen=True, slots=True)
class Machine:
    """What posture is read from.

    Attributes:
        root: The root of the file system that packages are installed in; another than ``/`` where
            this process runs in a container and the host is mounted below a folder.
        folder: Relative paths in settings start here.
        run: Runs a program.
        find: Returns a program's path, or None where it is not installed.
        release: Returns the release of the running kernel.
    """

    folder: Path
    clock: Clock
    run: Run
    find: Callable[[str], str | None]
    root: Path = Path("/")
    release: Callable[[], str] = field(default=kernel_release)

    def path(self, absolute: str) -> Path:
        """Return where a path of the machine lies."""
        return self.root / absolute.lstrip("/")

    @property
    def elsewhere(self) -> bool:
        """Return whether the machine's root is not that of this process."""
        return self.root != Path("/")


def this_machine(
    folder: Path, clock: Clock, environment: Mapping[str, str], root: Path = Path("/")
) -> Machine:
    """Return the machine that this process runs on."""

    def find(program: str) -> str | None:
        return shutil.which(program, path=environment.get("PATH", os.defpath))

    return Machine(folder, clock, runner(environment), find, root)
