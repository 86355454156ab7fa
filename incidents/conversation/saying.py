"""What a short text from a person means: ``ack 12``, ``resolve 12 fixed the fan``. Pure."""

import re
from dataclasses import dataclass

from sothat.incidents.conversation.gestures import ACKNOWLEDGE, ESCALATE, NOTE, RESOLVE

_WORDS = {
    **dict.fromkeys(("ack", "acknowledge", "acknowledged"), ACKNOWLEDGE),
    **dict.fromkeys(("esc", "escalate"), ESCALATE),
    **dict.fromkeys(("res", "resolve", "resolved"), RESOLVE),
    **dict.fromkeys(("note", "comment"), NOTE),
}
_SHAPE = re.compile(r"\s*(?P<word>[A-Za-z]+)\b[\s:,.!]*(?:#?(?P<number>[0-9]{1,15})\b)?[\s:,.!]*")


@dataclass(frozen=True, slots=True)
class Saying:
    """What is wanted.

    Attributes:
        command: Empty: it was not understood.
        incident: None: no number was given.
        text: What follows.
    """

    command: str = ""
    incident: int | None = None
    text: str = ""


def said(text: str) -> Saying:
    """Return what a text means; of several lines the first has the command."""
    found = _SHAPE.match(text)
    if found is None or found["word"].lower() not in _WORDS:
        return Saying()
    number = int(found["number"]) if found["number"] else None
    return Saying(_WORDS[found["word"].lower()], number, text[found.end() :].strip()[:10_000])
