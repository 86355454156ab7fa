"""Texts that tell things apart, and fit into an index. Pure."""

import hashlib
import json

# An index row of PostgreSQL ends at 2.7 KB, and a character may take four bytes.
_LONGEST = 500


def canonical(value: object) -> str:
    """Return one ASCII text for one JSON value: itself, or its digest if it is long."""
    text = json.dumps(value, separators=(",", ":"))
    if len(text) <= _LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
