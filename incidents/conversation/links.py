"""Signed links: what one person may do about one incident until a moment. Pure.

A link is its own proof: who has it, may. So it names the channel that it was sent to, ends soon,
and shows what it would do before it does it.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from sothat.incidents.conversation.gestures import COMMANDS
from sothat.incidents.times import SECOND
from sothat.runtime.secrets import Secret

_MAC_BYTES = 16
# Longer than any link of ours: what is longer is not looked at.
_LONGEST = 600
_LETTERS = {name[0]: name for name in COMMANDS}


class BadLink(Exception):  # noqa: N818 – it is named for what it is
    """A link that is none of ours, or whose time is over; the text says which."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link permits.

    Attributes:
        channel: The channel that it was sent to.
        until: End of its validity, seconds since 1970.
    """

    incident: int
    command: str
    channel: str
    until: int


class Links:
    """Signs links and reads them.

    Args:
        key: Whoever knows it can make links.
        valid: For how many seconds a link is.
        mailbox: The address that replies by mail go to; empty: none are taken in.
    """

    def __init__(self, key: Secret, valid: float, mailbox: str = "") -> None:
        # Derived, so that the same secret means nothing else elsewhere.
        self._key = hashlib.sha256(b"sothat links:" + key.reveal().encode()).digest()
        self._valid = valid
        self._mailbox = mailbox

    def token(self, incident: int, command: str, channel: str, now: int) -> str:
        """Return the part of a link's path that says everything."""
        until = int(now / SECOND + self._valid)
        what = f"{command[0]}.{incident:x}.{until:x}.{_packed(channel.encode())}"
        return f"{what}.{_packed(self._mac(b'link', what))}"

    def read(self, token: str, now: int) -> Link:
        """Return what a link permits.

        Raises:
            BadLink: It is none of ours, or its time is over.
        """
        what, _, mac = token.rpartition(".")
        wanted = _packed(self._mac(b"link", what))
        if len(token) > _LONGEST or not hmac.compare_digest(mac.encode(), wanted.encode()):
            raise BadLink("this link is damaged, or not one of ours")
        letter, incident, until, channel = what.split(".")
        link = Link(int(incident, 16), _LETTERS[letter], _unpacked(channel), int(until, 16))
        if link.until * SECOND < now:
            raise BadLink("this link's time is over: open the incident itself")
        return link

    def reply_address(self, incident: int, channel: str, now: int) -> str:
        """Return the address for replies to a message; empty where none are taken in."""
        if not self._mailbox:
            return ""
        local, _, domain = self._mailbox.rpartition("@")
        # Short, and the same in lower case: mail servers change the case.
        what = f"{incident:x}-{int(now / SECOND + self._valid):x}"
        return f"{local}+{what}-{self._reply_mac(what, channel)}@{domain}"

    def read_reply(self, token: str, now: int, channels: tuple[str, ...]) -> Link:
        """Return what a reply is about.

        Args:
            token: What follows the plus in the address.
            now: The moment.
            channels: Those that the sender may have had it from.

        Raises:
            BadLink: It is none of ours, was sent to somebody else, or its time is over.
        """
        what, _, mac = token.lower().rpartition("-")
        found = (name for name in channels if self._is_reply_mac(mac, what, name))
        channel = next(found, None)
        if len(token) > _LONGEST or channel is None:
            raise BadLink("the address that this was sent to is not one of yours")
        incident, _, until = what.partition("-")
        if int(until, 16) * SECOND < now:
            raise BadLink("the time to reply to that message is over: open the incident itself")
        return Link(int(incident, 16), "", channel, int(until, 16))

    def _is_reply_mac(self, mac: str, what: str, channel: str) -> bool:
        wanted = self._reply_mac(what, channel)
        return hmac.compare_digest(mac.encode("utf-8", "replace"), wanted.encode())

    def _reply_mac(self, what: str, channel: str) -> str:
        digest = self._mac(b"reply", f"{what}-{channel}")
        return base64.b32encode(digest).decode().rstrip("=").lower()

    def _mac(self, purpose: bytes, text: str) -> bytes:
        said = purpose + b":" + text.encode("utf-8", "replace")
        return hmac.digest(self._key, said, "sha256")[:_MAC_BYTES]


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadLink("this link is damaged, or not one of ours") from error
