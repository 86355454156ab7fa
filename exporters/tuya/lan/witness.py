"""What other sources know of a device, for what the wire alone cannot tell."""

from typing import Protocol

from sothat.exporters.tuya.devices import Device
from sothat.exporters.tuya.failure import KEY_OR_VERSION, DeviceFailed, Reason
from sothat.runtime.secrets import Secret


class Witness(Protocol):
    """Another source, such as the cloud. Answers from memory, at once, from any thread."""

    def key(self, device_id: str) -> Secret | None:
        """Return the device's key in force, None where that is not known."""

    def online(self, device_id: str) -> bool | None:
        """Return whether the device is online, None where that is not known."""

    def suspect(self, device_id: str) -> None:
        """Take note that knowledge of this device is wanted, when there is budget for it."""


class NoWitness:
    """Nobody knows more than the wire."""

    def key(self, device_id: str) -> Secret | None:  # noqa: ARG002 – the protocol's
        """Return None."""
        return None

    def online(self, device_id: str) -> bool | None:  # noqa: ARG002 – the protocol's
        """Return None."""
        return None

    def suspect(self, device_id: str) -> None:
        """Do nothing."""


def judge(device: Device, failure: DeviceFailed, witness: Witness) -> DeviceFailed:
    """Return a failure as it is in the light of what a witness knows.

    Silence and a broken handshake may both come of a changed key; only one who knows the key in
    force can tell.
    """
    if failure.reason not in (Reason.TIMEOUT, Reason.WRONG_KEY, Reason.PROTOCOL):
        return failure
    witness.suspect(device.id)
    key = witness.key(device.id)
    if key is None:
        return failure
    if key.reveal() != device.key.reveal():
        why = "by the cloud, its key is another than the device list has"
        return DeviceFailed(Reason.WRONG_KEY, KEY_OR_VERSION, why)
    if failure.reason is Reason.WRONG_KEY:
        why = f"{failure.why}; by the cloud, the key is right"
        return DeviceFailed(Reason.PROTOCOL, failure.code, why)
    return failure
