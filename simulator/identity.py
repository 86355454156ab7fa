"""Who a device is: identifiers from its name and the seed, a local key from chance."""

import hashlib
import secrets
import string
from dataclasses import dataclass

from sothat.simulator.plan import BuildingPlan, DevicePlan

_ALPHABET = string.ascii_lowercase + string.digits
_KEY_ALPHABET = string.ascii_letters + string.digits + "!#$%&()*+,-./:;<=>?@[]^_{|}~"
KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """The names that one device goes by on the wire and in Tuya's cloud.

    Attributes:
        cid: A sub-device's node id, 16 hexadecimal digits; empty for others.
        mac: Empty for sub-devices.
    """

    id: str
    uuid: str
    serial: str
    mac: str
    cid: str


def identify(plan: BuildingPlan, device: DevicePlan) -> Identity:
    """Return a device's identity; the same seed and name give the same one."""
    digest = hashlib.blake2b(f"{plan.seed}/{device.name}".encode(), digest_size=64).digest()
    mac = ":".join(f"{byte:02x}" for byte in bytes([0x02]) + digest[50:55])
    return Identity(
        id="bf" + _letters(digest[:18]),
        uuid=digest[20:28].hex(),
        serial=str(int.from_bytes(digest[28:34], "big")),
        mac="" if device.gateway else mac,
        cid=digest[40:48].hex() if device.gateway else "",
    )


def random_key() -> str:
    """Return a new local key."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(KEY_LENGTH))


def _letters(digest: bytes) -> str:
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)
