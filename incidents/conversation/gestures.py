"""What a channel hears, and what people mean by it. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

# What can be done from a conversation; the names are those of the API's commands.
ACKNOWLEDGE, ESCALATE, RESOLVE, NOTE = "acknowledge", "escalate", "resolve", "note"
COMMANDS = (ACKNOWLEDGE, ESCALATE, RESOLVE, NOTE)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request of a provider, as far as a channel can judge it.

    Attributes:
        url: The one that the provider was given, with the query: some sign it.
        headers: By lower-case name.
        now: The moment of receipt, nanoseconds.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    now: int


@dataclass(frozen=True, slots=True)
class Gesture:
    """What one person wants of one incident.

    Attributes:
        incident: Its number; None: they have not said which.
        command: One of `COMMANDS`; empty: it was not understood.
        who: The person as the provider knows them, such as ``slack:U123`` or ``mailto:…``.
        key: By which a repetition of the same request is known; at most 200 characters.
        text: What they add.
        answer_to: Where the provider wants what is said back, if not in the answer itself.
    """

    incident: int | None
    command: str
    who: str
    key: str
    text: str = ""
    answer_to: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was heard is not from the provider, or nothing that anybody could have meant.

    Attributes:
        status: Of the HTTP answer.
        reason: For the log; it repeats nothing of the request.
    """

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a gesture.

    Attributes:
        done: Whether the incident is now as was wanted, by this request or an earlier one of them.
        text: A sentence for whoever made it.
    """

    gesture: Gesture
    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer to a provider."""

    content: str = ""
    media_type: str = "text/plain"


@runtime_checkable
class Listener(Protocol):
    """A channel that hears, besides sending: see `sothat.incidents.notification.Conversing`."""

    def hear(self, heard: Heard) -> tuple[Gesture, ...] | Refusal:
        """Return what people want; pure, and it checks the provider's signature first."""

    def answer(self, heard: Heard, outcomes: tuple[Outcome, ...]) -> Answer:
        """Return what the provider is answered; pure."""


@runtime_checkable
class Speaker(Protocol):
    """A listener whose provider wants what is said back by a request of its own."""

    def say(self, outcome: Outcome) -> None:
        """Tell whoever made a gesture what became of it; must not raise, nor last long."""
