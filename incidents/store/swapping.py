"""One text for others, in each form that they may have in a text, in JSON or in a URL. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, quote_plus

from sothat.incidents.store.tables import decode, encode

# How deep a document may be; beyond that it is a text like any other.
_DEPTH = 200


class Swap:
    """Names for another one.

    A word's border holds: Anna is not swapped in Annabel.
    """

    def __init__(self, names: Sequence[str], instead: str) -> None:
        forms = {form for name in names for form in _forms(name)}
        longest = sorted(forms, key=len, reverse=True)
        self._text = re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE)
        self._instead = instead

    def of(self, value: Any) -> Any:
        """Return a value without the names; the same object where none is in it."""
        if isinstance(value, str):
            return self._document(value)
        if isinstance(value, bytes):
            shown = value.decode("utf-8", "surrogateescape")
            return self._document(shown).encode("utf-8", "surrogateescape")
        return value

    def _document(self, text: str) -> str:
        """Swap in a text, and if it is a JSON document, in what that says."""
        if text.lstrip()[:1] not in ("[", "{", '"'):
            return self._plain(text)
        try:
            said = decode(text)
            swapped = mapped(said, self._plain, _DEPTH)
        except (ValueError, RecursionError):
            return self._plain(text)
        return self._rest(text if swapped == said else encode(swapped))

    def _rest(self, document: str) -> str:
        """Swap what a document hides, such as a member that comes twice, if it stays one."""
        plain = self._plain(document)
        try:
            decode(plain)
        except ValueError:
            return document
        return plain

    def _plain(self, text: str) -> str:
        return self._text.sub(lambda _: self._instead, text)


def mapped(node: Any, change: Callable[[str], str], depth: int) -> Any:
    """Return a JSON value with each text in it changed, names of members too.

    Raises:
        RecursionError: It is deeper than allowed.
    """
    if depth == 0:
        raise RecursionError
    if isinstance(node, str):
        return change(node)
    if isinstance(node, dict):
        return {change(key): mapped(inner, change, depth - 1) for key, inner in node.items()}
    if isinstance(node, list):
        return [mapped(inner, change, depth - 1) for inner in node]
    return node


def _forms(name: str) -> Iterator[str]:
    """Yield a name as a pattern for each way of writing it; any white space stands for any."""
    for one in {name, normalize("NFC", name), normalize("NFD", name)}:
        yield r"\s+".join(map(re.escape, one.split()))
        escaped = (json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
        yield from map(re.escape, (*escaped, quote(one), quote(one, safe=""), quote_plus(one)))
