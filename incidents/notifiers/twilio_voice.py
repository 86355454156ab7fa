"""Notices as calls by Twilio: 1 acknowledges, 2 escalates; picking up alone does nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sothat.incidents.conversation.gestures import (
    ACKNOWLEDGE,
    ESCALATE,
    Answer,
    Gesture,
    Heard,
    Outcome,
    Refusal,
)
from sothat.incidents.notification import Channel, Notice, Notifier, Result
from sothat.incidents.notifiers._twilio import REQUIRED, SCHEMA, Line, account, spoken, twiml
from sothat.incidents.posting import plain
from sothat.runtime.secrets import Secret

_KEYS = {"1": ACKNOWLEDGE, "2": ESCALATE}
_WORDS = {ACKNOWLEDGE: "Press 1 to acknowledge.", ESCALATE: "Press 2 to ask the next level."}
# TwiML that comes with the request may have 4000 characters.
_MOST_OF_TEXT = 600
# No incident has a longer number.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class VoiceChannel(Line):
    """Calls one number. A call that was taken is no acknowledgement: a mailbox takes calls, too.

    Attributes:
        language: As in ``en-GB``; empty: Twilio's own.
    """

    language: str

    provider = "twilio voice"

    def send(self, notice: Notice) -> Result:
        """Start a call; what is said comes with it."""
        return self.account.create("Calls", {"Twiml": self._script(notice).content})

    def hear(self, heard: Heard) -> tuple[Gesture, ...] | Refusal:
        """Return what the pressed key means."""
        fields = self.account.heard(heard)
        if isinstance(fields, Refusal):
            return fields
        number = parse_qs(urlsplit(heard.url).query).get("incident", [""])[0]
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
            return Refusal(400, "the call is about no incident")
        # Whoever was called has pressed; a call that came in has them at its other end.
        called = fields.get("Direction", "outbound-api").startswith("outbound")
        who = f"tel:{fields.get('To' if called else 'From', '')}"
        command = _KEYS.get(fields.get("Digits", ""), "")
        key = f"twilio:{fields.get('CallSid', '')[:100]}:{command}"
        return (Gesture(int(number), command, who, key),)

    def answer(self, _heard: Heard, outcomes: tuple[Outcome, ...]) -> Answer:
        """Return what is said then."""
        texts = (plain(one.text, _MOST_OF_TEXT) for one in outcomes if one.gesture.command)
        return twiml(self._say(" ".join(texts) or "This key means nothing here.") + "<Hangup/>")

    def _script(self, notice: Notice) -> Answer:
        level = notice.priority.removeprefix("P")
        parts = [f"Priority {level} incident {notice.incident}.", f"{notice.title}.", notice.reason]
        if notice.text:
            parts = [f"{notice.title}.", notice.text]
        parts += [_WORDS[offer.command] for offer in notice.offers if offer.command in _WORDS]
        text = self._say(plain(" ".join(part for part in parts if part), _MOST_OF_TEXT), loop=2)
        if not notice.callback:
            return twiml(text)
        action = spoken(f"{notice.callback}?incident={notice.incident}")
        gather = (
            f'<Gather input="dtmf" numDigits="1" timeout="10" action="{action}">{text}</Gather>'
        )
        return twiml(gather + self._say("No key was pressed. Goodbye."))

    def _say(self, text: str, loop: int = 1) -> str:
        language = f' language="{self.language}"' if self.language else ""
        return f'<Say loop="{loop}"{language}>{spoken(text)}</Say>'


class VoiceNotifier:
    """Type ``twilio-voice``: as ``twilio-sms``; optionally ``language``."""

    schema: Mapping[str, Any] = {
        **SCHEMA,
        "language": {"type": "string", "pattern": "^[a-z]{2,3}-[A-Z]{2}$"},
    }
    required: tuple[str, ...] = REQUIRED

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return the channel."""
        return VoiceChannel(account(settings, secret), settings.get("language", ""))


NOTIFIER: Notifier = VoiceNotifier()
