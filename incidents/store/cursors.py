"""Where a page of a list ended: opaque text that goes out and comes back. Pure."""

import base64
import binascii
import json
from collections.abc import Sequence

# More digits than any number of the store has.
_LONGEST = 200
_LARGEST = 2**63 - 1

Part = int | str


class BadCursor(ValueError):  # noqa: N818 – it is named for what it says
    """A text that no page of this list ended with."""


def sealed(parts: Sequence[Part]) -> str:
    """Return a position as text for URLs."""
    text = json.dumps(list(parts), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def opened(text: str, kinds: Sequence[type[Part]]) -> tuple[Part, ...]:
    """Return the position in a text.

    Args:
        text: What came back.
        kinds: The types of its parts.

    Raises:
        BadCursor: It is no position of this list.
    """
    parts = _parts(text)
    fits = len(parts) == len(kinds) and all(
        type(part) is kind for part, kind in zip(parts, kinds, strict=True)
    )
    if not fits or any(isinstance(part, int) and abs(part) > _LARGEST for part in parts):
        raise BadCursor(f"{text!r:.60} is no cursor of this list")
    return tuple(parts)


def _parts(text: str) -> list[Part]:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded)) if len(text) <= _LONGEST else []
    except (ValueError, binascii.Error, RecursionError):
        return []
    return found if isinstance(found, list) else []
