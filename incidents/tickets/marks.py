"""The mark at the end of what we write in a ticket: by it we know our own words again. Pure.

It says which ticket it is of, and how far the incident's timeline has been told. Only a text that
ends with it is ours: whoever quotes us says something of their own below. How far we have told is
believed where the mark has our seal: else whoever may comment could say for us that all is told.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace

from sothat.runtime.secrets import Secret

_SEAL_BYTES = 8
_MARK = re.compile(r"[(-] ?(sothat-[0-9a-f]+-\d+) (\d+)\.(\d+)(?:\.([0-9a-f]+))?(?:\)| -->)\s*\Z")
_ESCAPE = re.compile(r"\\(?=[-().<>!])")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a text of ours tells of.

    Attributes:
        key: Of the ticket.
        told: The last timeline entry that is told by it.
        answers: How many answers to people have been told by it and those before.
        seal: Proves that the service wrote it; empty: nothing does.
    """

    key: str
    told: int = 0
    answers: int = 0
    seal: str = ""


class Sealer:
    """Seals marks, and knows its own seals again.

    Args:
        key: A secret that all replicas have. With another one, former marks are still known as
            ours, only what they say has been told is no longer taken from them.
    """

    def __init__(self, key: Secret) -> None:
        # Derived, so that no other use of the secret can be mistaken for this one.
        self._key = hashlib.sha256(b"sothat tickets:" + key.reveal().encode()).digest()

    def sealed(self, mark: Mark) -> Mark:
        """Return a mark with our seal."""
        return replace(mark, seal=self._seal(mark))

    def genuine(self, mark: Mark) -> bool:
        """Return whether the seal of a mark is ours."""
        return hmac.compare_digest(mark.seal, self._seal(mark))

    def _seal(self, mark: Mark) -> str:
        said = f"{mark.key} {mark.told}.{mark.answers}".encode()
        return hmac.digest(self._key, said, "sha256")[:_SEAL_BYTES].hex()


def marked(text: str, mark: Mark, *, hidden: bool) -> str:
    """Return a text with its mark; hidden as a comment of HTML where the system shows Markdown."""
    inner = f"{mark.key} {mark.told}.{mark.answers}" + (f".{mark.seal}" if mark.seal else "")
    return f"{text.rstrip()}\n\n" + (f"<!-- {inner} -->" if hidden else f"({inner})")


def mark_of(text: str) -> Mark | None:
    """Return the mark with which a text ends; None if it is not ours."""
    # A system that keeps rich text may give it back with signs escaped that mean nothing here.
    found = _MARK.search(_ESCAPE.sub("", text[-200:]))
    return Mark(found[1], int(found[2]), int(found[3]), found[4] or "") if found else None
