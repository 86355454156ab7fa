"""Notices as text messages by Twilio, and replies to them: ``ACK 12``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sothat.incidents.conversation.gestures import Answer, Gesture, Heard, Outcome, Refusal
from sothat.incidents.conversation.saying import said
from sothat.incidents.notification import Channel, Notice, Notifier, Result, subject
from sothat.incidents.notifiers._twilio import REQUIRED, SCHEMA, Line, account, spoken, twiml
from sothat.incidents.posting import plain
from sothat.runtime.secrets import Secret

# Three segments of a message with characters beyond GSM's: more is neither read nor cheap.
_MOST_OF_TITLE, _MOST_OF_TEXT = 120, 300
_WORDS = {"acknowledge": "ACK", "escalate": "ESC", "resolve": "RESOLVE"}


@dataclass(frozen=True, slots=True)
class SmsChannel(Line):
    """Sends to one number."""

    provider = "twilio sms"

    def send(self, notice: Notice) -> Result:
        """Send one message."""
        return self.account.create("Messages", {"Body": _text(notice)})

    def hear(self, heard: Heard) -> tuple[Gesture, ...] | Refusal:
        """Return what a reply says."""
        fields = self.account.heard(heard)
        if isinstance(fields, Refusal):
            return fields
        saying = said(fields.get("Body", ""))
        who, key = f"tel:{fields.get('From', '')}", f"twilio:{fields.get('MessageSid', '')[:100]}"
        return (Gesture(saying.incident, saying.command, who, key, saying.text),)

    def answer(self, _heard: Heard, outcomes: tuple[Outcome, ...]) -> Answer:
        """Return what is written back."""
        texts = (f"<Message>{spoken(plain(one.text, 300))}</Message>" for one in outcomes)
        return twiml("".join(texts))


def _text(notice: Notice) -> str:
    lines = [plain(subject(notice), _MOST_OF_TITLE), plain(notice.text, _MOST_OF_TEXT), notice.url]
    words = [_WORDS[offer.command] for offer in notice.offers if offer.command in _WORDS]
    if words:
        lines.append(f"Reply {' or '.join(f'{word} {notice.incident}' for word in words)}")
    return "\n".join(line for line in lines if line)


class SmsNotifier:
    """Type ``twilio-sms``: ``account_sid``, ``auth_token`` (a secret), ``from``, ``to``."""

    schema: Mapping[str, Any] = SCHEMA
    required: tuple[str, ...] = REQUIRED

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return SmsChannel(account(settings, secret))


NOTIFIER: Notifier = SmsNotifier()
