"""What a notifier is given, what it answers, and what it has to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sothat.incidents.labels import where
from sothat.runtime.secrets import Secret

GROUP = "sothat.notifiers"


@dataclass(frozen=True, slots=True)
class Brief:
    """Another incident that one message tells of, in short."""

    incident: int
    reason: str
    priority: str
    title: str
    state: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to people about one incident, and in short about others.

    Attributes:
        key: The same for every attempt at this notice: receivers can drop a repetition by it.
        reason: Why they are told, such as ``opened``, ``escalated`` or ``resolved``.
        url: The incident's page; empty when the service knows no address of its own.
        opened_at: RFC 3339.
        repeated: Whether an earlier attempt may have arrived: its end is not known.
        state: Of the incident, as it is when the message is sent.
        others: Incidents whose messages have waited for this one: a digest, or what was too much.
    """

    key: str
    incident: int
    reason: str
    priority: str
    title: str
    team: str
    condition: str
    action: str
    so_that: str
    url: str
    opened_at: str
    labels: Mapping[str, str]
    repeated: bool = False
    state: str = ""
    others: tuple[Brief, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It may work later.

    Attributes:
        after: The seconds that the provider asked for, if it did.
        unsure: Whether it may have arrived all the same: there was no answer.
    """

    reason: str
    after: float | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will never work like this."""

    reason: str


Result = Sent | Retry | Rejected


class Channel(Protocol):
    """A way to reach people, ready to send; no two threads send by one at once."""

    @property
    def provider(self) -> str:
        """Return who delivers: channels with the same answer share a bounded number of threads.

        It is shown in logs, so it tells no secret.
        """

    @property
    def deadline(self) -> float:
        """Return after how many seconds an attempt is given up, whatever it still does."""

    def send(self, notice: Notice) -> Result:
        """Send one notice within the channel's own deadline; must not raise."""


class Notifier(Protocol):
    """A type of channel: the extension point ``sothat.notifiers``, ``NOTIFIER`` in a module."""

    schema: Mapping[str, Any]
    """JSON Schema properties of the channel's settings, ``type`` excepted."""

    required: tuple[str, ...]
    """Which of them must be there."""

    def open(self, settings: Mapping[str, Any], secret: Callable[[str], Secret]) -> Channel:
        """Return a channel.

        Args:
            settings: The channel's settings, already checked against the schema.
            secret: Resolves the setting of a name (``{file: …}`` or ``{env: …}``) to the secret.

        Raises:
            Unusable: A secret is missing.
        """


def subject(notice: Notice) -> str:
    """Return a notice as one line."""
    word = "" if notice.reason == "opened" else f"{notice.reason.upper()} "
    more = f" (and {len(notice.others)} more)" if notice.others else ""
    return f"[{notice.priority}] {word}#{notice.incident} {notice.title}{more}"


def body(notice: Notice) -> str:
    """Return a notice as plain text: IF, DO, SO THAT, where it is, and where to acknowledge."""
    parts = [
        ("IF", notice.condition),
        ("DO", notice.action),
        ("SO THAT", notice.so_that),
        ("Where", where(notice.labels)),
        ("Team", notice.team),
        ("Opened", notice.opened_at),
        ("Now", "" if notice.state == "open" else notice.state),
        ("Incident", notice.url),
    ]
    lines = [subject(notice), "", *(f"{name}: {text}" for name, text in parts if text)]
    if notice.others:
        lines += ["", f"And {len(notice.others)} more:", *map(_line, notice.others)]
    if notice.repeated:
        lines += ["", "This may reach you twice: an earlier attempt ended without an answer."]
    return "\n".join(lines) + "\n"


def _line(brief: Brief) -> str:
    word = f"{brief.reason}, now {brief.state}"
    return f"[{brief.priority}] #{brief.incident} {brief.title} ({word}) {brief.url}".rstrip()


def brief_text(notice: Notice) -> str:
    """Return a notice for a small screen: one line, and where to acknowledge."""
    return "\n".join(part for part in (subject(notice), notice.url) if part)
