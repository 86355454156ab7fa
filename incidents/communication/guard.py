"""What a person adds to a customer's text, looked through for what is internal. Pure.

Two kinds of rules: what is internal by its form (addresses, hosts, queries, paths, keys, contacts)
and what is internal because this incident or this house has it (values of labels, names of people
and teams). What is published already – names of services and sites, words that the file allows –
is no secret.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

# A value of fewer letters stands in too much that is nobody's secret.
_LEAST = 3
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})"
)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?([^\s/:?#\"'<>)\]]*)")
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_HOST = re.compile(
    r"(?<![\w.@/-])((?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z][a-z0-9-]+)(?![\w-])"
)
_PHONE = re.compile(r"(?<!\w)(?:\+|00)\d[\d ()/-]{6,}\d")
_PATH = re.compile(r"(?<![\w/:])(?:/[\w.+-]+){2,}/?|\b[a-z]:\\[\w\\.-]+")
_SNAKE = re.compile(r"(?<![\w])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\w)|\b[a-z]\w*:\w+:\w+\b")
_CALL = re.compile(
    r"\b(?:rate|irate|increase|sum|avg|max|min|count|histogram_quantile|absent|label_replace|"
    r"topk|bottomk|\w+_over_time)\s*(?:by|without)?\s*\(|\b(?:select|update|delete)\s+.{1,80}?\bfrom\b"
)
_MATCHER = re.compile(r"\{[^{}]*(?:=~|!~|!=|=)[^{}]*\}|\w+\s*(?:=~|!~|!=|=)\s*\"[^\"]*\"")
_RANGE = re.compile(r"\[\d+(?:ms|[smhdwy])(?::[^\]]*)?\]|\$[a-z_]\w*|\{\{.*?\}\}|\$\{.*?\}")
_KEY = re.compile(r"(?<![\w/+-])(?=[\w/+-]*\d)(?=[\w/+-]*[a-z])[\w/+-]{24,}={0,2}(?![\w/+-])")
_COMMAND = re.compile(r"(?<!\w)(?:sudo|kubectl|systemctl|ssh|curl|psql|docker|helm)\s+\S+")
_SHAPES: Sequence[tuple[str, re.Pattern[str]]] = (
    ("a hardware address", _MAC),
    ("a phone number", _PHONE),
    ("a path", _PATH),
    ("a query", _CALL),
    ("a query", _MATCHER),
    ("a query", _RANGE),
    ("a command", _COMMAND),
    ("the name of a metric or label", _SNAKE),
    ("a key or token", _KEY),
)
# What is never seen, and so could hide a word from the eye but not from a reader's computer.
_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Internals:
    """What this house and this incident have that nobody outside is to read.

    Attributes:
        words: What it is, by the word: values of labels, names of people and teams.
        public: Texts that are published already; a word that stands in one is no secret.
        hosts: Hosts that texts may name.
    """

    words: tuple[tuple[str, str], ...] = ()
    public: tuple[str, ...] = ()
    hosts: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something internal in a text.

    Attributes:
        line: From 1; ``column`` likewise.
        what: What it is, such as ``a host``.
        word: As it stands in the text.
    """

    line: int
    column: int
    what: str
    word: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: '{self.word}' is {self.what}"


def findings(text: str, known: Internals) -> tuple[Finding, ...]:
    """Return what is internal in a text, in its order; of what overlaps the first and longest."""
    plain, places = _plain(text)
    spans = {*_shaped(plain, known.hosts), *_named(plain, known)}
    found: list[Finding] = []
    until = 0
    for start, end, what in sorted(spans, key=lambda one: (one[0], -one[1], one[2])):
        if start >= until:
            first, last = places[start], places[end - 1] + 1
            line, column = _place(text, first)
            found.append(Finding(line, column, what, text[first:last]))
            until = end
    return tuple(found)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text as it is compared, and where each of its characters stood."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if sign in _UNSEEN:
            continue
        for part in unicodedata.normalize("NFKC", sign).casefold():
            signs.append(part)
            places.append(place)
    return "".join(signs), places


def plain(text: str) -> str:
    """Return a text as it is compared."""
    return _plain(text)[0]


_Span = tuple[int, int, str]


def _shaped(text: str, hosts: frozenset[str]) -> Iterator[_Span]:
    for found in _ADDRESS.finditer(text):
        if _is_address(found[0]):
            yield (*found.span(), "an address")
    for what, shape in (
        ("a link to a host that is not public", _URL),
        ("an e-mail address", _MAIL),
    ):
        yield from (
            (*found.span(), what)
            for found in shape.finditer(text)
            if not _is_public(found[1], hosts)
        )
    for found in _HOST.finditer(text):
        if not _is_public(found[1], hosts) and not _is_prose(found[1]):
            yield (*found.span(), "a host or file")
    for what, shape in _SHAPES:
        yield from ((*found.span(), what) for found in shape.finditer(text))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return text != "::"


def _is_public(host: str, hosts: frozenset[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _is_prose(text: str) -> bool:
    """Return whether dots only shorten words: ``e.g``, ``a.m``."""
    return all(len(part) == 1 for part in text.split("."))


def _named(text: str, known: Internals) -> Iterator[_Span]:
    public = tuple(map(plain, known.public))
    for word, what in known.words:
        wanted = plain(word).strip()
        if len(wanted) < _LEAST or _is_count(wanted) or any(_spans(wanted, one) for one in public):
            continue
        yield from ((start, end, what) for start, end in _spans(wanted, text))


def _is_count(word: str) -> bool:
    return word.isdecimal() and len(word) < 4  # noqa: PLR2004 – numbers of people, minutes, rooms


def _spans(word: str, text: str) -> list[tuple[int, int]]:
    """Return where a word stands in a text as a whole: no letter or digit is before or after it."""
    found: list[tuple[int, int]] = []
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if _ends(text[start - 1 : start], word[0]) and _ends(text[end : end + 1], word[-1]):
            found.append((start, end))
        start = text.find(word, start + 1)
    return found


def _ends(neighbour: str, sign: str) -> bool:
    return not (neighbour.isalnum() and sign.isalnum())


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def words_of(what: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield values as words with what they are."""
    return ((value, what) for value in values)
