"""Updates that wait to be installed, and when the lists of packages were last fetched."""

from collections.abc import Iterator

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import gauge
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.managers.apt import Apt
from sothat.exporters.posture.managers.dnf import Dnf
from sothat.exporters.posture.managers.pending import Manager
from sothat.exporters.posture.part import Part, Reader
from sothat.exporters.source import Context, Sample, Settings
from sothat.model.metric import Label


def _open(_settings: Settings, machine: Machine, _context: Context) -> Reader:
    managers: tuple[Manager, ...] = (Apt(machine), Dnf(machine))

    def read(deadline: Deadline) -> Iterator[Sample]:
        for manager in managers:
            if manager.present():
                yield from _samples(manager, deadline)

    return read


def _samples(manager: Manager, deadline: Deadline) -> Iterator[Sample]:
    labels = {"manager": manager.name}
    fetched = manager.lists_fetched()
    if fetched is not None:
        yield Sample("posture_package_lists_timestamp_seconds", fetched, labels)
    pending = manager.pending(deadline)
    if pending is not None:
        yield Sample("posture_updates_pending", pending.all, labels)
        yield Sample("posture_security_updates_pending", pending.security, labels)


_MANAGER = (Label("manager", "Package manager", ("apt", "dnf")),)
PART = Part(
    "updates",
    (
        gauge(
            "posture_updates_pending",
            "Installed packages that a newer version is known of; absent while there are no "
            "package lists.",
            _MANAGER,
            feature=True,
        ),
        gauge(
            "posture_security_updates_pending",
            "Those of them whose newer version comes from a security archive or advisory.",
            _MANAGER,
            feature=True,
        ),
        gauge(
            "posture_package_lists_timestamp_seconds",
            "When the package lists were last fetched.",
            _MANAGER,
            feature=True,
        ),
    ),
    _open,
)
