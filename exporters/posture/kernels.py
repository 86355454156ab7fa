"""The running kernel against those that are installed."""

import re
from collections.abc import Sequence

from sothat.exporters.posture.machine import Machine

_BOOT = "/boot"
_IMAGE = "vmlinuz-"
_MODULES = "/lib/modules"
_TOKEN = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
# Parts of a release's name that tell builds apart, not kinds of kernels.
_NO_FLAVOUR = frozenset(("bpo", "deb", "el", "fc", "rc", "ubuntu", "uek"))


def newer_installed(machine: Machine) -> bool | None:
    """Return whether a newer kernel of the running one's kind is installed.

    None where the running kernel is not one of the installed: in a container, say.

    Raises:
        OSError: There is no telling which are installed.
    """
    installed = _installed(machine)
    running = machine.release()
    if running not in installed:
        return None
    kind = _flavour(running)
    return any(
        _flavour(release) == kind and sort_key(release) > sort_key(running) for release in installed
    )


def _installed(machine: Machine) -> Sequence[str]:
    """Return the releases of which there is a kernel to start, or else those that have modules.

    A unit with ProtectKernelModules= may not look at modules.
    """
    images = machine.path(_BOOT).glob(f"{_IMAGE}*")
    if found := [path.name.removeprefix(_IMAGE) for path in images]:
        return found
    try:
        folders = list(machine.path(_MODULES).iterdir())
    except FileNotFoundError:
        return ()
    return [path.name for path in folders if (path / "kernel").exists()]


def sort_key(release: str) -> tuple[tuple[int, int | str], ...]:
    """Return what orders releases as packages order versions: a number is newer than a word."""
    return tuple(
        (1, int(token)) if token.isdecimal() else (0, token) for token in _TOKEN.findall(release)
    )


def _flavour(release: str) -> Sequence[str]:
    words = (token for token in _TOKEN.findall(release) if not token.isdecimal())
    return [word for word in words if word not in _NO_FLAVOUR]
