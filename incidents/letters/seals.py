"""Links that only who got them by mail can have: a number, and a seal over what it is for."""

import hashlib
import hmac

from sothat.runtime.secrets import Secret


class Seals:
    """Makes and checks seals.

    Args:
        key: A secret of the configuration; another one makes all links stale.
    """

    def __init__(self, key: Secret) -> None:
        # Derived, so that no other use of the secret can be mistaken for this one.
        self._key = hashlib.sha256(b"sothat letters:" + key.reveal().encode()).digest()

    def seal(self, purpose: str, number: int, address: str) -> str:
        """Return the seal of a link."""
        text = f"{purpose}:{number}:{address}".encode("utf-8", "replace")
        return hmac.new(self._key, text, "sha256").hexdigest()[:40]

    def genuine(self, seal: str, purpose: str, number: int, address: str) -> bool:
        """Return whether a link's seal is ours."""
        wanted = self.seal(purpose, number, address).encode()
        return hmac.compare_digest(seal.encode("utf-8", "replace"), wanted)
