"""Replies by mail: what they mean, and whose they are. Pure.

Two things must hold: the address that a reply was sent to carries the token of a message that the
sender had, and the sender is among the contacts. A sender alone is easily forged, and a token alone
is forwarded along with the mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from sothat.incidents.conversation.gestures import NOTE, Gesture
from sothat.incidents.conversation.links import BadLink
from sothat.incidents.conversation.performing import Way
from sothat.incidents.conversation.saying import said
from sothat.incidents.directory import Directory
from sothat.incidents.notification import identities

_LONGEST = 10_000
_QUOTED = re.compile(
    r"^(?:>|-- ?$|_{5,}|-{2,} ?original message ?-{2,}|from: .*@|von: .*@"
    r"|(?:on|am) .{1,200}(?:wrote|schrieb).{0,100}:\s*$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\A\s*[A-Za-z]+\b[\s:,.!]*")


class NoReply(Exception):  # noqa: N818 – it is named for what it says
    """A mail that nothing is done for; the text says why.

    Attributes:
        silent: Whether a program has sent it, which must not be answered.
    """

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wants by a reply, and how that came."""

    gesture: Gesture
    way: Way


def token_in(address: str, mailbox: str) -> str:
    """Return the token of an address for replies; empty: it is none of this mailbox's."""
    local, _, domain = address.strip("<>").lower().rpartition("@")
    own, _, own_domain = mailbox.lower().rpartition("@")
    prefix, plus, token = local.partition("+")
    return token if plus and (prefix, domain) == (own, own_domain) else ""


def reply_in(content: bytes, token: str, directory: Directory, now: int) -> Reply:
    """Return what a mail to an address of ours wants.

    Raises:
        NoReply: Nothing, or nobody can be told by it.
    """
    mail: EmailMessage = message_from_bytes(content, policy=policy.default)
    if _is_automatic(mail):
        raise NoReply("a program has sent it", silent=True)
    identity = f"mailto:{parseaddr(_header(mail, 'From'))[1].lower()}"
    if directory.links is None:
        raise NoReply("replies are not taken in here")
    try:
        link = directory.links.read_reply(token, now, tuple(_channels(identity, directory)))
    except BadLink as error:
        raise NoReply(str(error)) from error
    command, text = _meant(_text(mail), link.incident)
    key = f"mail:{_header(mail, 'Message-ID').strip()[:150]}"
    # A common mailbox that answers by itself is nobody's in particular.
    person = "" if directory.known_as(identity) else link.channel
    return Reply(Gesture(link.incident, command, identity, key, text), Way(link.channel, person))


def _channels(identity: str, directory: Directory) -> Iterator[str]:
    """Yield the channels by which a sender may have had a message: their own, and common ones.

    A stranger has none but the common mailbox that they are.
    """
    user = directory.known_as(identity)
    for name, channel in directory.channels.items():
        owner, known = directory.user_of(name), identities(channel)
        if identity in known or (
            user is not None and owner is None and any(one.startswith("mailto:") for one in known)
        ):
            yield name


def _meant(text: str, incident: int) -> tuple[str, str]:
    """Return command and text of a reply: what begins with no command is a note.

    Raises:
        NoReply: It names another incident than the message did.
    """
    saying = said(text)
    if saying.command == NOTE:
        # Whatever follows is the note, a number at its beginning, too.
        return NOTE, _WORD.sub("", text, count=1)
    if saying.incident not in (None, incident):
        raise NoReply(
            f"you answer a message about incident {incident}, and say {saying.incident}: "
            "open that one, or answer its own message"
        )
    if saying.command:
        return saying.command, saying.text
    return (NOTE, text) if text else ("", "")


def _is_automatic(mail: EmailMessage) -> bool:
    submitted = _header(mail, "Auto-Submitted").strip().lower()
    precedence = _header(mail, "Precedence").strip().lower()
    return (
        submitted not in ("", "no")
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or _header(mail, "X-Auto-Response-Suppress").strip().lower() in ("all", "oof")
        or mail.get_content_type() in ("multipart/report", "message/delivery-status")
    )


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        # The library stumbles over some headers that no standard allows.
        return ""


def _text(mail: EmailMessage) -> str:
    """Return what stands above the quotation in a mail's plain text."""
    try:
        part = mail.get_body(("plain",))
        content = part.get_content() if part else ""
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""
    if not isinstance(content, str):
        return ""
    lines: list[str] = []
    for line in content[:200_000].splitlines():
        if _QUOTED.match(line):
            break
        lines.append(line.rstrip())
    return "\n".join(lines).strip()[:_LONGEST]
