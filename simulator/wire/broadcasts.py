"""How a device makes itself known on the network: plain (3.1), AES-ECB, or sealed (3.5)."""

import hashlib
import json
from typing import Any

from sothat.simulator.wire.ciphers import NONCE, ecb_encrypt
from sothat.simulator.wire.dialects import Randomness
from sothat.simulator.wire.frames import Frame, pack_55aa, pack_6699

# The same in every device: it hides nothing.
_KEY = hashlib.md5(b"yGAdlopoPVldABfn", usedforsecurity=False).digest()
_PLAIN, _UDP_NEW = 0, 0x13


def is_plain(version: str) -> bool:
    """Return whether devices of a version make themselves known in clear, on a port of its own."""
    return version == "3.1"


def broadcast(said: dict[str, Any], version: str, randomness: Randomness) -> bytes:
    """Return the datagram in which a device says who and where it is."""
    text = json.dumps(said, separators=(",", ":")).encode()
    if is_plain(version):
        return pack_55aa(Frame(0, _PLAIN, text, 0))
    if version == "3.5":
        return pack_6699(Frame(0, _UDP_NEW, text, 0), _KEY, randomness(NONCE))
    return pack_55aa(Frame(0, _UDP_NEW, ecb_encrypt(_KEY, text), 0))
