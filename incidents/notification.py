"""What a notifier is given, what it answers, and what it has to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
class Offer:
    """Something that whoever reads a message may do about the incident now.

    Attributes:
        command: Name of the command, as in the API's path.
        text: What stands on the button.
        url: A signed link that does it once it is confirmed; empty where none are made.
    """

    command: str
    text: str
    url: str = ""


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
        reference: The provider's name of the message that the channel has about the incident, if
            it has one: a further one belongs to it, such as a reply in its thread.
        update: Whether that message is to be changed in place; it wakes nobody.
        offers: What can be done now; only for channels that converse, as `callback` is.
        callback: The URL under which the channel hears.
        answer_to: The address that replies by mail go to, and which tells what they are about.
        taken_by: Who has the incident, or has ended it.
        text: What is said to people, in full, where somebody has written it for them: then the
            title is the subject, and nothing else of the incident is in the notice.
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
    reference: str = ""
    update: bool = False
    offers: tuple[Offer, ...] = ()
    callback: str = ""
    answer_to: str = ""
    taken_by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it.

    Attributes:
        reference: Its name of the message, where a later one refers to it; empty: nothing does.
    """

    # Two that were taken are the same answer, whatever the provider calls each message.
    reference: str = field(default="", compare=False)


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


class Conversing(Channel, Protocol):
    """A channel that can be answered: its notices have offers and a reference.

    Attributes:
        converses: Always true.
        updates: Whether it changes a message in place that `Sent.reference` names.
        identities: Who reads there, as the provider knows them, such as ``mailto:…``, ``tel:…``;
            a person is whoever has one of these among their contacts.
    """

    converses: bool
    updates: bool
    identities: tuple[str, ...]


def converses(channel: Channel) -> bool:
    """Return whether a channel can be answered."""
    return bool(getattr(channel, "converses", False))


def updates(channel: Channel) -> bool:
    """Return whether a channel changes its messages in place."""
    return converses(channel) and bool(getattr(channel, "updates", False))


def identities(channel: Channel) -> tuple[str, ...]:
    """Return who reads a channel, as its provider knows them."""
    found: tuple[str, ...] = getattr(channel, "identities", ())
    return found


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
    if notice.text:
        return notice.title
    word = "" if notice.reason == "opened" else f"{notice.reason.upper()} "
    more = f" (and {len(notice.others)} more)" if notice.others else ""
    return f"[{notice.priority}] {word}#{notice.incident} {notice.title}{more}"


def body(notice: Notice) -> str:
    """Return a notice as plain text: IF, DO, SO THAT, where it is, and where to acknowledge."""
    if notice.text:
        return notice.text
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
    links = [f"{offer.text}: {offer.url}" for offer in notice.offers if offer.url]
    lines += ["", *links] if links else []
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
