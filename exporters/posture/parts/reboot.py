"""Whether what runs is what is installed: the package system's flag, and the kernel."""

from collections.abc import Iterator

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.kernels import newer_installed
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import Part, Reader
from sothat.exporters.source import Context, Sample, Settings
from sothat.model.metric import Label

_FLAGS = ("/run/reboot-required", "/var/run/reboot-required")
# Where one of these is installed, a flag that is not there says something.
_FLAGGERS = (
    "/usr/share/update-notifier/notify-reboot-required",
    "/etc/kernel/postinst.d/unattended-upgrades",
    "/etc/kernel/postinst.d/update-notifier",
)
_YES = "Reboot is required"
_NO = "Reboot should not be necessary"


def _open(_settings: Settings, machine: Machine, _context: Context) -> Reader:
    def read(deadline: Deadline) -> Iterator[Sample]:
        yield from _samples("flag", _flag(machine))
        yield from _samples("kernel", newer_installed(machine))
        yield from _samples("packages", _packages(machine, deadline))

    return read


def _samples(evidence: str, required: bool | None) -> Iterator[Sample]:  # noqa: FBT001 – an answer
    if required is not None:
        yield Sample("posture_reboot_required", float(required), {"evidence": evidence})


def _flag(machine: Machine) -> bool | None:
    if any(machine.path(flag).exists() for flag in _FLAGS):
        return True
    return False if any(machine.path(flagger).exists() for flagger in _FLAGGERS) else None


def _packages(machine: Machine, deadline: Deadline) -> bool | None:
    """Ask needs-restarting, by its words: its exit code 1 also stands for its own failures."""
    if machine.elsewhere or machine.find("needs-restarting") is None:
        return None
    said = machine.run(["needs-restarting", "-r"], deadline).text
    return True if _YES in said else False if _NO in said else None


PART = Part(
    "reboot",
    (
        gauge(
            "posture_reboot_required",
            "Whether an installed update waits for a restart, by what says so; absent where "
            "that is not known.",
            [
                Label(
                    "evidence",
                    "The package system's flag file, a newer kernel that is installed, or "
                    "needs-restarting's word on packages",
                    ("flag", "kernel", "packages"),
                )
            ],
            feature=True,
        ),
    ),
    _open,
)
