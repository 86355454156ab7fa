"""Texts that tell things apart, and fit into an index. Pure."""

import hashlib
import json

import orjson

# An index row of PostgreSQL ends at 2.7 KB, and a character may take four bytes.
_LONGEST = 500
# Made once: `json.dumps` would make one for each text.
_JSON = json.JSONEncoder(separators=(",", ":"))
# The one ASCII character that only the standard library escapes.
_DELETE = b"\x7f"


def canonical(value: object) -> str:
    """Return one ASCII text for a JSON value of texts and whole numbers, or its digest if long."""
    text = _text(value)
    if len(text) <= _LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    """Return the standard library's text; orjson's is the same where nothing is to be escaped."""
    try:
        found = orjson.dumps(value)
    except TypeError:
        return _JSON.encode(value)
    if found.isascii() and _DELETE not in found:
        return found.decode("ascii")
    return _JSON.encode(value)
