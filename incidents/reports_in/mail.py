"""A mail as a report, or as an answer to what a reporter was asked. Pure."""

import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.utils import parseaddr
from html.parser import HTMLParser

from sothat.incidents.letters.subscribers import mail_address

LONGEST = 20_000
_LONGEST_TITLE = 200
# What stands in the subject of every letter about a report, so that answers find their way back.
_MARK = re.compile(r"\[R-(\d{1,18})-([0-9a-f]{10})\]")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|antw|fwd?|wg)\s*:)+\s*", re.IGNORECASE)
_QUOTED = re.compile(
    r"^(?:>|on .{1,200} wrote:\s*$|am .{1,200} schrieb.{0,200}:\s*$"
    r"|-{2,} ?original message ?-{2,})",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\n{3,}")
_HIDDEN = frozenset(("script", "style", "head", "title"))
_BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "table"))


class NoReport(ValueError):  # noqa: N818 – it is named for what it says
    """A mail that nobody is to answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a mail says.

    Attributes:
        message_id: By which a second copy is known; empty if it has none.
        report: Number of the report that it answers, with the seal of that; None: it is a new one.
        seal: Proves that the sender got our letter.
    """

    sender: str
    name: str
    title: str
    text: str
    message_id: str = ""
    report: int | None = None
    seal: str = ""


def mark(report: int, seal: str) -> str:
    """Return what tells the subject of a letter about a report."""
    return f"[R-{report}-{seal[:10]}]"


def mailed(message: Message | EmailMessage) -> Mailed:
    """Return what a mail says.

    Raises:
        NoReport: A program has sent it, or nobody can be told from it.
    """
    _want_person(message)
    name, address = parseaddr(_header(message, "From"))
    try:
        sender = mail_address(address)
    except ValueError as error:
        raise NoReport(f"its sender cannot be told: {error}") from error
    subject = _header(message, "Subject")
    found = _MARK.search(subject)
    text = _text(message)
    title = _PREFIX.sub("", _MARK.sub("", subject)).strip() or text.partition("\n")[0]
    if not title and not text:
        raise NoReport("there is nothing in it")
    return Mailed(
        sender=sender,
        name=_plain(name)[:_LONGEST_TITLE],
        title=_plain(title)[:_LONGEST_TITLE],
        text=(_unquoted(text) if found else text)[:LONGEST],
        message_id=_plain(_header(message, "Message-ID"))[:500],
        report=int(found[1]) if found else None,
        seal=found[2] if found else "",
    )


def _want_person(message: Message) -> None:
    """Refuse what a program has sent: an answer to it could go round for ever."""
    submitted = _header(message, "Auto-Submitted").strip().casefold()
    bulk = _header(message, "Precedence").strip().casefold() in ("bulk", "junk", "list")
    if (submitted and submitted != "no") or bulk or message.get("List-Id") is not None:
        raise NoReport("a program has sent it")
    if _header(message, "Return-Path").strip() == "<>" or message.get_content_type() in (
        "multipart/report",
        "message/delivery-status",
    ):
        raise NoReport("it tells of the delivery of another mail")


def _header(message: Message, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError):
        # The library stumbles over some headers that no standard allows.
        return ""


def _text(message: Message) -> str:
    plain, html = "", ""
    names: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            names.append(_plain(str(part.get_filename() or "without a name")))
        elif part.get_content_type() == "text/plain":
            plain += _decoded(part)
        elif part.get_content_type() == "text/html":
            html += _decoded(part)
    text = plain if plain.strip() else _from_html(html)
    text = _BLANKS.sub("\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    # They are not kept: nobody here opens what a stranger attached.
    return f"{text}\n\nAttached, not kept: {', '.join(names)[:1000]}" if names else text


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _unquoted(text: str) -> str:
    """Return an answer without what it answers."""
    kept: list[str] = []
    for line in text.splitlines():
        if _QUOTED.match(line.strip()):
            break
        kept.append(line)
    return "\n".join(kept).strip() or text


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class _Words(HTMLParser):
    """Collects what of a page people would read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 – the library's
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _from_html(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).splitlines())
    return "\n".join(lines)
