"""The hash by which Alertmanager tells which text it has loaded."""

import hashlib
import struct

_BYTES_THAT_A_FLOAT_HOLDS = 6


def text_hash(text: str) -> float:
    """Return the value of ``alertmanager_config_hash`` for a configuration's text.

    The first six bytes of its MD5, which is how Alertmanager makes a number of it.
    """
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    first = digest[:_BYTES_THAT_A_FLOAT_HOLDS].ljust(8, b"\0")
    number: int = struct.unpack("<Q", first)[0]
    return float(number)
