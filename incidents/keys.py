"""Texts that tell things apart, and fit into an index. Pure."""

import hashlib
import json

# An index row of PostgreSQL ends at 2.7 KB, and a character may take four bytes.
_LONGEST = 500
# Made once: `json.dumps` would make one for each text.
_JSON = json.JSONEncoder(separators=(",", ":"))


def canonical(value: object) -> str:
    """Return one ASCII text for one JSON value: itself, or its digest if it is long."""
    text = _JSON.encode(value)
    if len(text) <= _LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
